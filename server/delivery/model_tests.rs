//! States of notifications: no history of events sends again what has settled.

use super::*;
use proptest::prelude::*;

fn reason() -> impl Strategy<Value = FailReason> {
    proptest::sample::select(FailReason::ALL)
}

fn event() -> impl Strategy<Value = NotificationEvent> {
    use NotificationEvent as E;
    prop_oneof![
        Just(E::Leased),
        Just(E::ToTryAgain),
        Just(E::Accepted),
        Just(E::Delivered),
        Just(E::Seen),
        Just(E::DeadlinePassed),
        reason().prop_map(E::Failed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_has_settled_is_never_sent_again(events in proptest::collection::vec(event(), 0..24)) {
        let mut state = NotificationState::Queued;
        for e in events {
            let next = state.after(e).unwrap_or(state);
            if state.settled() {
                prop_assert!(next == state || next.reached(), "{state:?} became {next:?}");
            }
            if state.reached() {
                prop_assert!(next.reached());
            }
            if state == NotificationState::Seen {
                prop_assert_eq!(next, state);
            }
            state = next;
        }
    }
}

#[test]
fn a_state_is_read_back_from_its_two_columns() {
    let all = FailReason::ALL
        .iter()
        .map(|r| NotificationState::Failed(*r));
    for state in all.chain([
        NotificationState::Queued,
        NotificationState::Seen,
        NotificationState::Expired,
    ]) {
        assert_eq!(NotificationState::of(state.word(), state.reason()), state);
    }
    let unexplained = NotificationState::of(StateWord::Failed, None);
    assert!(unexplained.reason().is_some_and(FailReason::hard));
}

#[test]
fn a_message_that_may_have_arrived_is_believed_when_the_phone_says_so() {
    let given_up = NotificationState::Failed(FailReason::TimedOut);
    assert_eq!(
        given_up.after(NotificationEvent::Delivered),
        Some(NotificationState::Delivered)
    );
    assert_eq!(given_up.after(NotificationEvent::Leased), None);
}
