//! A press and all on which it may depend, as the dice say.

use ampara::escalation::model::Post;
use ampara::identity::model::{Hold, Policy};

/// Two operators and two supervisors of the first centre, and a supervisor of the second.
pub const OFFICERS: [(&str, Post, usize); 5] = [
    ("OP-1", Post::Operator, 0),
    ("OP-2", Post::Operator, 0),
    ("SUP-1", Post::Supervisor, 0),
    ("SUP-2", Post::Unlisted, 0),
    ("SUP-3", Post::Supervisor, 1),
];
/// People to choose. The `n`-th has the app on `n % 3` phones.
pub const ACCOUNTS: usize = 6;

/// Numbers that look drawn, the same for the same seed (xorshift64*).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap() % n
    }

    /// True `times` times in ten.
    fn often(&mut self, times: usize) -> bool {
        self.below(10) < times
    }

    fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.below(some.len())]
    }
}

/// Somebody she chose.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Which of the people with an account; `None`: a number alone.
    pub account: Option<usize>,
    /// The account was made after the yes, and is found by its number.
    pub later: bool,
    pub alias: bool,
    pub english: bool,
    pub drills: bool,
    pub email: bool,
}

/// A press, and all on which it may depend.
#[derive(Clone, Debug)]
pub struct Case {
    pub policy: Policy,
    pub policy_of_press: Option<Policy>,
    pub if_nobody_reached: Hold,
    pub if_duress: Hold,
    pub home: Option<usize>,
    pub names: Vec<&'static str>,
    pub chosen: Vec<Chosen>,
    pub drill: bool,
    /// Degrees and the radius.
    pub place: Option<(f64, f64, Option<f64>)>,
    pub battery: Option<f64>,
    pub late_s: Option<u64>,
    pub note: bool,
    pub connected: Vec<usize>,
    pub sms: Option<&'static str>,
    pub second_sms: Option<&'static str>,
    pub calls: Option<&'static str>,
}

impl Case {
    /// One contact by text message, with a place; an operator is connected.
    pub fn plain() -> Self {
        Self {
            policy: Policy::Now,
            policy_of_press: None,
            if_nobody_reached: Hold::Call911,
            if_duress: Hold::Call911,
            home: None,
            names: Vec::new(),
            chosen: vec![Chosen {
                account: None,
                later: false,
                alias: false,
                english: false,
                drills: false,
                email: false,
            }],
            drill: false,
            place: Some((28.5, -106.5, Some(12.0))),
            battery: None,
            late_s: None,
            note: false,
            connected: vec![0],
            sms: Some("+526141112222"),
            second_sms: None,
            calls: None,
        }
    }

    pub fn of(dice: &mut Dice) -> Self {
        let chosen = (0..dice.below(5)).map(|_| Chosen {
            account: dice.often(6).then(|| dice.below(ACCOUNTS)),
            later: dice.often(3),
            alias: dice.often(5),
            english: dice.often(3),
            drills: dice.often(6),
            email: dice.often(3),
        });
        let chosen = chosen.collect();
        let places = [
            (28.5, -106.5, Some(12.0)),
            (28.5, -105.5, Some(30.0)),
            (25.0, -100.0, None),
            (28.5, -105.5, Some(5_000.0)),
        ];
        Self {
            policy: dice.of(&[
                Policy::Now,
                Policy::Now,
                Policy::IfUnanswered,
                Policy::NetworkOnly,
            ]),
            policy_of_press: dice.often(2).then(|| dice.of(Policy::ALL)),
            if_nobody_reached: dice.of(Hold::ALL),
            if_duress: dice.of(Hold::ALL),
            home: dice.often(5).then(|| dice.below(2)),
            names: OFFICERS
                .iter()
                .filter(|_| dice.below(12) == 0)
                .map(|(badge, ..)| *badge)
                .collect(),
            chosen,
            drill: dice.often(2),
            place: dice.often(7).then(|| dice.of(&places)),
            battery: dice.often(5).then(|| dice.of(&[0.1, 0.3, 0.9])),
            late_s: dice.often(2).then(|| dice.of(&[30, 600])),
            note: dice.often(3),
            connected: (0..OFFICERS.len()).filter(|_| dice.often(2)).collect(),
            sms: dice.often(8).then_some("+526141112222"),
            second_sms: dice.often(3).then_some("MGsecond"),
            calls: dice.often(5).then_some("+526141113333"),
        }
    }
}
