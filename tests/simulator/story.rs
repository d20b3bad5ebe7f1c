//! What happens in one seed, drawn before it begins: who she is, what she and others do and when,
//! what breaks and when. Acts can be left out one by one, which is how a failing seed shrinks.

use std::time::Duration;

use ampara::delivery::model::Channel;
use ampara::identity::model::Policy;
use ampara::network::model::Answer;
use ampara::plan::model::CloseKind;

use super::dice::Dice;

/// When a process dies or freezes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Between two steps.
    Now,
    /// With a message leased and not yet sent.
    BeforeSend,
    /// With a provider's answer in hand and not yet written down.
    BeforeRecord,
    /// Before its n-th write from now on.
    BeforeWrite(u32),
    /// After the commit of its n-th write, before it knows.
    AfterWrite(u32),
}

/// How a provider fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    /// It says that it is unavailable.
    Refuses,
    /// It says nothing.
    Silent,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// She presses: raises, or presses again.
    Presses,
    /// Her phone repeats the latest press, as after a lost answer.
    Retries,
    /// She presses, and her phone says where she is.
    PressesWithPlace,
    /// She presses for a drill.
    Drills,
    Closes(CloseKind, Pin),
    Escalates,
    Removes(usize),
    /// A contact invited before says yes.
    Accepts(usize),
    Answers(usize, Answer),
    /// A contact looks.
    Looks(usize),
    /// A contact sends a text to the number that the texts come from.
    Texts(usize, &'static str),
    OnShift(bool),
    Claims,
    Dispatches,
    Arrives,
    Releases,
    ClosesRecord,
    Crashes {
        node: usize,
        when: When,
        back_after: Duration,
    },
    Freezes {
        node: usize,
        when: When,
        lasts: Duration,
    },
    ClockJumps {
        node: usize,
        by_ms: i64,
        lasts: Duration,
    },
    /// The machine's clock jumps under the process, as an administrator or NTP sets it.
    WallJumps {
        node: usize,
        by_s: i64,
    },
    Outage {
        channel: Channel,
        how: Failing,
        lasts: Duration,
    },
}

/// What she gives to end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    Right,
    Wrong,
    NoneSet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// Since the beginning.
    pub at: Duration,
    pub deed: Deed,
    /// Which act it is of the whole story.
    pub number: usize,
}

/// One seed's story.
#[derive(Clone, Debug)]
pub struct Story {
    pub seed: u64,
    /// Processes that share the database; one alone has SQLite's rules.
    pub nodes: usize,
    /// Which of the cast presses.
    pub she: usize,
    pub policy: Policy,
    pub on_shift: bool,
    /// How far her phone's clock is off, in weeks: a receiver that lost 1,024 of them, or gained them.
    pub phone_off_weeks: i64,
    /// Numbers can be called.
    pub calls: bool,
    /// In seconds.
    pub expires_s: u64,
    pub acts: Vec<Act>,
    /// Providers and phones do what they should.
    pub calm: bool,
    /// When the last act may be.
    pub ends: Duration,
}

/// Of a press: when the plan has something to do, in seconds.
const HOT: [u64; 12] = [0, 1, 5, 6, 30, 31, 60, 61, 90, 120, 180, 300];

const PRESSED_AT: Duration = Duration::from_secs(1);

impl Story {
    /// The whole story of a seed. `cast` is how many there are who may press.
    pub fn of(seed: u64, cast: usize) -> Self {
        let dice = Dice::of(seed);
        let forever = dice.with(1).percent(15);
        let minutes = if forever {
            35
        } else {
            dice.with(2).pick(&[2, 3, 4, 6, 8, 12, 20])
        };
        let mut story = Self {
            seed,
            nodes: if dice.with(3).percent(65) { 2 } else { 1 },
            she: usize::try_from(dice.with(4).below(cast as u64)).unwrap(),
            policy: dice.with(5).pick(&[
                Policy::Now,
                Policy::Now,
                Policy::IfUnanswered,
                Policy::NetworkOnly,
            ]),
            on_shift: dice.with(6).percent(70),
            phone_off_weeks: match dice.with(18).below(100) {
                0..=9 => -1_024,
                10..=14 => 1_024,
                _ => 0,
            },
            calls: dice.with(15).percent(70),
            expires_s: if forever { 1_200 } else { 86_400 },
            acts: Vec::new(),
            calm: dice.with(7).percent(15),
            ends: Duration::from_secs(minutes * 60),
        };
        let first = if dice.with(16).percent(15) {
            Deed::Drills
        } else {
            Deed::PressesWithPlace
        };
        story.acts.push(Act {
            at: PRESSED_AT,
            deed: first,
            number: 0,
        });
        for n in 0..dice.with(8).between(2, 10) {
            story.add(dice.with(100 + n), |story, dice| {
                story.of_people(dice, forever)
            });
        }
        for n in 0..dice.with(9).below(6) {
            story.add(dice.with(200 + n), Self::of_machines);
        }
        for n in 0..dice.with(17).below(4) {
            story.add(dice.with(300 + n), |_, dice| Self::of_lines(dice));
        }
        if !forever {
            story.end_it(dice);
        }
        story.acts.sort_by_key(|act| act.at);
        for (number, act) in story.acts.iter_mut().enumerate() {
            act.number = number;
        }
        story
    }

    /// She ends it; in some stories a node freezes meanwhile.
    fn end_it(&mut self, dice: Dice) {
        let pin = if dice.with(10).percent(70) {
            Pin::Right
        } else {
            Pin::NoneSet
        };
        let at = self.moment(dice.with(11));
        let early = dice.with(12).percent(50);
        let at = if early { at } else { self.ends };
        self.acts.push(Act {
            at,
            deed: Deed::Closes(CloseKind::Resolved, pin),
            number: 0,
        });
        if dice.with(13).percent(40) {
            self.freeze_over(at, dice.with(14));
        }
    }

    /// The same without some of its acts.
    #[must_use]
    pub fn keeping(&self, keep: impl Fn(&Act) -> bool) -> Self {
        let mut less = self.clone();
        less.acts.retain(keep);
        less
    }

    fn add(&mut self, dice: Dice, deed: impl Fn(&Self, Dice) -> Deed) {
        let (at, deed) = (self.moment(dice.with(1)), deed(self, dice.with(2)));
        self.acts.push(Act {
            at,
            deed,
            number: 0,
        });
    }

    /// Mostly when much happens.
    fn moment(&self, dice: Dice) -> Duration {
        let hot = Duration::from_secs(dice.with(1).pick(&HOT))
            + Duration::from_millis(dice.with(2).below(4_000));
        let any = Duration::from_millis(
            dice.with(3)
                .below(u64::try_from(self.ends.as_millis()).unwrap()),
        );
        let after = if dice.with(4).percent(65) { hot } else { any };
        (PRESSED_AT + after).min(self.ends)
    }

    /// A process holds a message, and she closes meanwhile: what it does when it wakes must not
    /// reach anybody.
    fn freeze_over(&mut self, closes: Duration, dice: Dice) {
        let when = dice
            .with(1)
            .pick(&[When::BeforeSend, When::BeforeSend, When::BeforeRecord]);
        let at = closes.saturating_sub(Duration::from_millis(dice.with(2).between(10, 4_000)));
        let lasts = Duration::from_millis(dice.with(3).pick(&[4_500, 5_500, 9_000, 40_000]));
        let node = usize::try_from(dice.with(4).below(self.nodes as u64)).unwrap();
        self.acts.push(Act {
            at,
            deed: Deed::Freezes { node, when, lasts },
            number: 0,
        });
    }

    fn of_people(&self, dice: Dice, forever: bool) -> Deed {
        let who = usize::try_from(dice.with(1).below(4)).unwrap();
        let kind = dice
            .with(2)
            .pick(&[CloseKind::Cancelled, CloseKind::Resolved]);
        match dice.with(3).below(if forever { 60 } else { 100 }) {
            0..=9 => Deed::Answers(who, dice.with(4).pick(Answer::ALL)),
            10..=17 => Deed::Looks(who),
            18..=27 => Deed::Claims,
            28..=31 => Deed::Dispatches,
            32..=33 => Deed::Arrives,
            34..=36 => Deed::Releases,
            37..=39 => Deed::OnShift(dice.with(5).percent(50)),
            40..=45 => Deed::Removes(who),
            46..=49 => Deed::Accepts(who),
            50..=53 => Deed::Escalates,
            54..=56 => Deed::Closes(kind, Pin::Wrong),
            57..=59 => Deed::ClosesRecord,
            60..=69 => Deed::Presses,
            70..=76 => Deed::PressesWithPlace,
            77..=80 => Deed::Retries,
            81..=94 => Deed::Answers(who, dice.with(6).pick(Answer::ALL)),
            _ => Deed::Closes(
                kind,
                if dice.with(7).percent(60) {
                    Pin::Right
                } else {
                    Pin::NoneSet
                },
            ),
        }
    }

    /// What contacts do with their numbers, and a drill that she does not mean in earnest.
    fn of_lines(dice: Dice) -> Deed {
        let who = usize::try_from(dice.with(1).below(4)).unwrap();
        match dice.with(2).below(100) {
            0..=39 => Deed::Texts(who, dice.with(3).pick(&["1", "2", "Voy", "no puedo", "?"])),
            40..=74 => Deed::Texts(who, "STOP"),
            75..=84 => Deed::Texts(who, "START"),
            _ => Deed::Drills,
        }
    }

    fn of_machines(&self, dice: Dice) -> Deed {
        let node = usize::try_from(dice.with(1).below(self.nodes as u64)).unwrap();
        let write = u32::try_from(dice.with(2).below(4)).unwrap();
        let all = [
            When::Now,
            When::BeforeSend,
            When::BeforeRecord,
            When::BeforeWrite(write),
            When::AfterWrite(write),
        ];
        let secs = Duration::from_secs;
        match dice.with(3).below(100) {
            0..=34 => {
                let back_after = Duration::from_millis(dice.with(4).between(500, 20_000));
                Deed::Crashes {
                    node,
                    when: dice.with(5).pick(&all),
                    back_after,
                }
            }
            35..=59 => {
                let lasts = Duration::from_millis(
                    dice.with(6)
                        .pick(&[2_500, 5_000, 8_000, 20_000, 60_000, 75_000]),
                );
                Deed::Freezes {
                    node,
                    when: dice.with(7).pick(&all[..3]),
                    lasts,
                }
            }
            60..=67 => {
                let by = dice.with(16).pick(&[3_600_i64, 86_400]);
                let by_s = if dice.with(17).percent(50) { by } else { -by };
                Deed::WallJumps { node, by_s }
            }
            68..=74 => {
                let by = dice
                    .with(8)
                    .pick(&[300_i64, 900, 1_500, 5_000, 12_000, 40_000]);
                let by_ms = if dice.with(9).percent(50) { by } else { -by };
                Deed::ClockJumps {
                    node,
                    by_ms,
                    lasts: secs(dice.with(10).between(5, 120)),
                }
            }
            _ => Deed::Outage {
                channel: match dice.with(14).percent(30) {
                    true => dice.with(15).pick(&[Channel::Voice, Channel::Email]),
                    false => dice.with(11).pick(&[Channel::Fcm, Channel::Sms]),
                },
                how: dice.with(12).pick(&[Failing::Refuses, Failing::Silent]),
                lasts: secs(dice.with(13).between(5, 240)),
            },
        }
    }
}
