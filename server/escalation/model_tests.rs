use super::*;
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_run_of_events_leads_a_record_astray(
        events in proptest::collection::vec(proptest::sample::select(RecordEvent::ALL), 0..32),
        withheld in any::<bool>(),
    ) {
        let mut state = if withheld { RecordState::Withheld } else { RecordState::Waiting };
        let mut ever_claimed = false;
        for event in events {
            let Some(next) = state.after(event, ever_claimed) else { continue };
            prop_assert!(state != RecordState::Withdrawn, "left withdrawn by {event}");
            prop_assert!(!(next == RecordState::Withdrawn && ever_claimed), "withdrawn after a claim");
            prop_assert!(next.on_feed() || !state.on_feed(), "{state} was hidden again by {event}");
            if state == RecordState::Closed {
                prop_assert_eq!(next, RecordState::Queued);
            }
            if next == RecordState::Closed {
                prop_assert!(state.held(), "closed out of {state}");
            }
            ever_claimed |= next.held();
            state = next;
        }
    }
}

#[test]
fn only_the_plan_and_her_pin_move_a_record_that_911_may_not_see() {
    for state in [RecordState::Withheld, RecordState::Waiting] {
        for event in RecordEvent::ALL {
            let moves = matches!(event, RecordEvent::Queue | RecordEvent::Withdraw);
            assert_eq!(state.after(*event, false).is_some(), moves, "{state} after {event}");
        }
    }
}

#[test]
fn a_record_closed_too_early_queues_again_when_she_presses_again() {
    assert_eq!(RecordState::Closed.after(RecordEvent::PressedAgain, true), Some(RecordState::Queued));
    assert_eq!(RecordState::Dispatched.after(RecordEvent::PressedAgain, true), Some(RecordState::Dispatched));
}

#[test]
fn a_false_alarm_or_a_hasty_close_takes_two() {
    let claimed = At::from_micros(0);
    let late = claimed.plus(Duration::from_secs(61));
    assert!(close_takes_two(Disposition::FalseAlarm, Some(claimed), late, MINUTE));
    assert!(close_takes_two(Disposition::Assisted, Some(claimed), claimed.plus(Duration::from_secs(59)), MINUTE));
    assert!(!close_takes_two(Disposition::Assisted, Some(claimed), late, MINUTE));
}

#[test]
fn who_lost_a_record_waits_ten_minutes_and_others_do_not() {
    let (ana, beto) = (OperatorId::new(), OperatorId::new());
    let lost = Some((ana, At::from_micros(0)));
    let at = |s| At::from_micros(0).plus(Duration::from_secs(s));
    assert!(!may_claim(ana, lost, at(599), 10 * MINUTE));
    assert!(may_claim(ana, lost, at(600), 10 * MINUTE));
    assert!(may_claim(beto, lost, at(1), 10 * MINUTE));
    assert!(may_claim(ana, None, at(1), 10 * MINUTE));
}

#[test]
fn a_claim_gone_quiet_for_ninety_seconds_may_be_taken_over() {
    let idle = Duration::from_secs(90);
    let at = |s| At::from_micros(0).plus(Duration::from_secs(s));
    let may = |state, s| may_take_over(state, at(0), at(s), idle, 10 * MINUTE);
    assert!(!may(RecordState::Claimed, 89));
    assert!(may(RecordState::Claimed, 90));
    assert!(!may(RecordState::Dispatched, 90));
    assert!(may(RecordState::Dispatched, 600));
    assert!(!may(RecordState::Queued, 900));
}

#[test]
fn an_unknown_code_is_kept_and_is_urgent() {
    assert!(Kind::is_code("39999"));
    assert_eq!(Kind::priority_of("39999"), Priority::Alta);
    assert_eq!(Kind::priority_of(KIND_OF_TRAINING), Priority::Baja);
    assert!(KINDS.iter().all(|k| Kind::is_code(k.code)));
    assert!(!Kind::is_code("3090３"));
}

#[test]
fn a_level_stays_between_quiet_and_loudest() {
    assert_eq!(Level::new(-4), Level::QUIET);
    assert_eq!(Level::new(2).louder(9), Level::LOUDEST);
}
