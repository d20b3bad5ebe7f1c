//! Who is in the networks, in a few words.

use super::*;

#[derive(Clone, Copy)]
pub(super) struct Sketch {
    pub(super) app: bool,
    pub(super) alias: Option<&'static str>,
    pub(super) language: Language,
    pub(super) active: bool,
    pub(super) drills: bool,
    pub(super) mail: bool,
}
const APP_FRIEND: Sketch = Sketch {
    app: true,
    alias: Some("Tu vecina"),
    language: Language::Es,
    active: true,
    drills: true,
    mail: false,
};
const PHONE_FRIEND: Sketch = Sketch {
    app: false,
    alias: Some("Tu prima"),
    mail: true,
    ..APP_FRIEND
};
const BARE_FRIEND: Sketch = Sketch {
    alias: None,
    language: Language::En,
    drills: false,
    mail: true,
    ..APP_FRIEND
};
const LATE_APP: Sketch = Sketch {
    alias: Some("Tu jefa"),
    active: false,
    ..APP_FRIEND
};
const LATE_PHONE: Sketch = Sketch {
    app: false,
    alias: None,
    active: false,
    ..APP_FRIEND
};

pub(super) const NETWORKS: [&[Sketch]; 6] = [
    &[APP_FRIEND, BARE_FRIEND],
    &[APP_FRIEND, PHONE_FRIEND, BARE_FRIEND, LATE_APP],
    &[PHONE_FRIEND],
    &[APP_FRIEND],
    &[LATE_PHONE],
    &[PHONE_FRIEND, APP_FRIEND, LATE_PHONE],
];
