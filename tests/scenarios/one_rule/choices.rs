//! What happens in two worlds, drawn from a seed.

/// What contacts must not learn of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hidden {
    Nothing,
    AnotherHasIt,
    AnotherAnswers(&'static str),
    AnotherIsRemoved,
    AnotherLooks,
    AnothersPhoneIsDead,
    WrongPin,
    SheReadsEnglish,
    Claimed,
    Dispatched,
    OnScene,
    Noted,
    Released,
    Closed,
    SupervisorReads,
}

/// Before the record is a minute old: nothing of these decides whether somebody has claimed it by
/// then.
const EARLY: [Hidden; 9] = [
    Hidden::Nothing,
    Hidden::AnotherHasIt,
    Hidden::AnotherAnswers("on_my_way"),
    Hidden::AnotherAnswers("cannot_help"),
    Hidden::AnotherIsRemoved,
    Hidden::AnotherLooks,
    Hidden::AnothersPhoneIsDead,
    Hidden::WrongPin,
    Hidden::SheReadsEnglish,
];
/// Once it is claimed, and stays so.
const HELD: [Hidden; 4] = [
    Hidden::Dispatched,
    Hidden::OnScene,
    Hidden::Noted,
    Hidden::SupervisorReads,
];
/// Once the one bit is set, which is never taken back.
const LATE: [Hidden; 7] = [
    Hidden::Claimed,
    Hidden::Dispatched,
    Hidden::OnScene,
    Hidden::Noted,
    Hidden::Released,
    Hidden::Closed,
    Hidden::SupervisorReads,
];

/// A small generator, so that a seed names a story.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.roll(among.len())]
    }
}

/// What both worlds have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub(super) policy: &'static str,
    pub(super) claimed_early: bool,
    pub(super) prima_answers: Option<&'static str>,
    pub(super) presses_again: bool,
    pub(super) ends: &'static str,
    pub(super) drill: bool,
}

/// What one world has of its own: before the minute, after it, and her PIN.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) early: Vec<Hidden>,
    pub(super) late: Vec<Hidden>,
    pub(super) pin: bool,
}

impl Shared {
    pub(super) fn of(dice: &mut Dice) -> Self {
        Self {
            policy: dice.of(&["now", "now", "if_unanswered", "network_only"]),
            claimed_early: dice.roll(2) == 0,
            prima_answers: dice.of(&[None, Some("on_my_way"), Some("cannot_help")]),
            presses_again: dice.roll(2) == 0,
            ends: dice.of(&["cancel", "close"]),
            drill: dice.roll(5) == 0,
        }
    }
}

impl Own {
    pub(super) fn of(dice: &mut Dice, shared: Shared) -> Self {
        let late: &[Hidden] = match (shared.policy, shared.drill) {
            ("now", false) if shared.claimed_early => &HELD,
            ("now", false) => &LATE,
            // Whether 911 has it is hidden here altogether; what the others do still is.
            _ => &EARLY,
        };
        let late = (0..4)
            .map(|_| {
                if dice.roll(3) == 0 {
                    dice.of(&EARLY)
                } else {
                    dice.of(late)
                }
            })
            .collect();
        Self {
            early: (0..3).map(|_| dice.of(&EARLY)).collect(),
            late,
            pin: dice.roll(2) == 0,
        }
    }
}
