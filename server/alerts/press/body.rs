//! Reads the body of a press: takes what it can, and never says no.

use serde_json::Value;

use crate::bounds;
use crate::clock::At;
use crate::http::LenientBody;
use crate::identity::model::Policy;
use crate::location::{Fix, Warning, parse_fix, read_share, read_time};

/// What a press says. Every part may be missing: the path and the token are the alert.
#[derive(Debug, Default)]
pub struct Press {
    /// A rehearsal: told as one, never to 911.
    pub drill: bool,
    /// Her choice for this alert, where it differs from her standing one.
    pub policy: Option<Policy>,
    /// The phone's clock at the press, as it claims.
    pub phone_at: Option<At>,
    /// The same by our clock, where `sent_at` shows how the two differ.
    pub pressed_at: Option<At>,
    /// Words of hers for the record.
    pub note: Option<String>,
    /// Where she was.
    pub fix: Option<Fix>,
    /// 0.0 to 1.0.
    pub battery: Option<f64>,
    /// What could not be understood, by path and code.
    pub warnings: Vec<Warning>,
}

impl Press {
    /// Reads a body. `now` is the server's time, against which the phone's is judged.
    #[must_use]
    pub fn read(body: &LenientBody, now: At) -> Self {
        let is_empty = body.bytes.is_empty();
        let body = body.salvage();
        let (fix, arrival, mut warnings) = parse_fix(&body, "location", now);
        for flaw in &body.flaws {
            warnings.push(Warning::new(flaw.path.clone(), flaw.code));
        }
        let mut press = Self {
            fix,
            warnings,
            ..Self::default()
        };
        match &body.value {
            Value::Object(parts) => {
                for (name, value) in parts {
                    press.take(name, value);
                }
            }
            _ if is_empty || body.has("", "bad-json") => {}
            _ => press.warn("", "not-an-object"),
        }
        // Said twice it is not readable, and unreadable is real.
        press.drill &= !body.has("drill", "duplicate-key");
        if let Some((path, text)) = body.cut_text.filter(|_| press.note.is_none())
            && path == "note"
        {
            press.note = Some(cut(&text));
        }
        press.pressed_at = press.phone_at.map(|at| arrival.ours(at));
        // What her phone is told goes by it, and is found again by the latest fix.
        press.battery = press.battery.or(press.fix.as_ref().and_then(|f| f.battery));
        if let Some(fix) = &mut press.fix {
            fix.battery = press.battery;
        }
        press
    }

    fn take(&mut self, name: &str, value: &Value) {
        if value.is_null() {
            return;
        }
        match name {
            // Unreadable is real: a drill told as real is a fright, the other way round it may be a
            // death.
            "drill" => match value.as_bool() {
                Some(drill) => self.drill = drill,
                None => self.warn(name, "not-a-bool"),
            },
            "policy" => match value.as_str().and_then(Policy::parse) {
                Some(policy) => self.policy = Some(policy),
                None => self.warn(name, "unknown-policy"),
            },
            "at" => match read_time(value) {
                Some(at) => self.phone_at = Some(at),
                None => self.warn(name, "not-a-time"),
            },
            "note" => match value.as_str() {
                Some(note) => self.note = Some(cut(note)),
                None => self.warn(name, "not-a-text"),
            },
            "battery" => match read_share(value) {
                Some(battery) => self.battery = Some(battery),
                None => self.warn(name, "out-of-range"),
            },
            // Fields of a newer app need no warning.
            _ => {}
        }
    }

    fn warn(&mut self, path: &str, code: &'static str) {
        self.warnings.push(Warning::new(path, code));
    }
}

fn cut(note: &str) -> String {
    note.chars().take(*bounds::PRESS_NOTE.end()).collect()
}

/// How far apart the phone's clock and ours were at a press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneClock {
    /// The phone named no time.
    Silent,
    /// Within two minutes.
    Agrees,
    /// The press was queued on the phone for that many seconds.
    Late(u64),
    /// The phone claims a time to come: its clock is wrong.
    Ahead,
}

impl PhoneClock {
    /// Judges `phone` against `ours`.
    #[must_use]
    pub fn judge(phone: Option<At>, ours: At) -> Self {
        const SLACK_S: u64 = 120;
        let Some(phone) = phone else {
            return Self::Silent;
        };
        if phone.since(ours).as_secs() > SLACK_S {
            return Self::Ahead;
        }
        match ours.since(phone).as_secs() {
            late if late > SLACK_S => Self::Late(late),
            _ => Self::Agrees,
        }
    }
}
