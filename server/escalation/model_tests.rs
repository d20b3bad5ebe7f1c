use proptest::prelude::*;

use super::RecordEvent as E;
use super::RecordState as S;

const EVENTS: [E; 10] = [
    E::Queue,
    E::Claim,
    E::Release,
    E::TakeOver,
    E::Transfer,
    E::Dispatch,
    E::Arrive,
    E::Close,
    E::Withdraw,
    E::PressedAgain,
];

/// Plays events on a record born in `born`; what is refused changes nothing.
fn played(born: S, events: &[usize]) -> Vec<(S, E, S, bool)> {
    let (mut state, mut claimed, mut steps) = (born, false, Vec::new());
    for event in events.iter().filter_map(|n| EVENTS.get(n % EVENTS.len())) {
        let Some(next) = state.after(*event, claimed) else {
            continue;
        };
        claimed = claimed || *event == E::Claim;
        steps.push((state, *event, next, claimed));
        state = next;
    }
    steps
}

proptest! {
    #[test]
    fn whatever_happens_a_claimed_record_is_never_withdrawn(events in prop::collection::vec(0_usize..10, 0..60)) {
        for born in [S::Withheld, S::Waiting, S::Queued] {
            for (_, event, next, claimed) in played(born, &events) {
                prop_assert!(!(claimed && next == S::Withdrawn));
                prop_assert!(event != E::Withdraw || next == S::Withdrawn);
            }
        }
    }

    #[test]
    fn nobody_has_a_record_that_was_not_claimed(events in prop::collection::vec(0_usize..10, 0..60)) {
        for born in [S::Withheld, S::Waiting, S::Queued] {
            for (_, _, next, claimed) in played(born, &events) {
                prop_assert!(claimed || !next.is_worked());
                prop_assert!(claimed || next != S::Closed);
            }
        }
    }

    #[test]
    fn a_withheld_record_leaves_only_to_the_queue_or_for_good(events in prop::collection::vec(0_usize..10, 0..60)) {
        for (from, _, next, _) in played(S::Withheld, &events) {
            prop_assert!(from != S::Withheld || next == S::Queued || next == S::Withdrawn);
            prop_assert!(from == S::Withheld || next != S::Withheld);
            prop_assert!(next != S::Waiting);
        }
    }
}

#[test]
fn a_closed_record_queues_again_only_when_she_presses_or_asks_for_911() {
    for event in EVENTS {
        let expected = matches!(event, E::PressedAgain | E::Queue).then_some(S::Queued);
        assert_eq!(S::Closed.after(event, true), expected, "{event:?}");
        assert_eq!(S::Withdrawn.after(event, false), None, "{event:?}");
    }
}

#[test]
fn a_press_frees_neither_a_withheld_nor_a_waiting_record() {
    assert_eq!(S::Withheld.after(E::PressedAgain, false), None);
    assert_eq!(S::Waiting.after(E::PressedAgain, false), None);
}

#[test]
fn the_way_from_the_queue_to_the_end() {
    let way = [
        (E::Claim, S::Claimed),
        (E::Dispatch, S::Dispatched),
        (E::Arrive, S::OnScene),
        (E::Close, S::Closed),
    ];
    let mut state = S::Queued;
    for (event, expected) in way {
        state = state.after(event, true).unwrap();
        assert_eq!(state, expected);
    }
}
