use super::*;
use Channel::{Fcm, Sms};

fn night(policy: Policy) -> Night {
    Night::new(policy, vec![contact(&[Fcm])])
}

#[test]
fn by_the_default_policy_911_has_it_at_the_press() {
    let mut night = night(Policy::Now);
    assert_eq!(queued(&night.at(0)), Some(Cause::Policy));
}

#[test]
fn if_unanswered_waits_a_minute() {
    let mut night = night(Policy::IfUnanswered);
    assert_eq!(queued(&night.at(0)), None);
    assert_eq!(queued(&night.at(59)), None);
    assert_eq!(night.due, Some(second(60)));
    assert_eq!(queued(&night.at(60)), Some(Cause::Unanswered));
}

#[test]
fn an_answer_puts_911_off_once_and_ten_minutes_at_most() {
    let mut night = night(Policy::IfUnanswered);
    night.at(0);
    night.answers(0, Answer::OnMyWay, 40);
    assert_eq!(queued(&night.at(60)), None);
    assert_eq!(night.it.alert.postponed_until, Some(second(640)));
    night.answers(0, Answer::WithHer, 600);
    assert_eq!(queued(&night.at(639)), None);
    assert_eq!(
        queued(&night.at(640)),
        Some(Cause::PostponementOver),
        "only her PIN ends it"
    );
}

#[test]
fn an_answer_taken_back_puts_nothing_off() {
    let mut night = night(Policy::IfUnanswered);
    night.at(0);
    night.answers(0, Answer::OnMyWay, 40);
    night.at(60);
    night.answers(0, Answer::CannotHelp, 100);
    assert!(queued(&night.at(100)).is_some());
}

#[test]
fn if_unanswered_does_not_wait_for_people_who_cannot_be_told() {
    let mut night = Night::new(Policy::IfUnanswered, vec![]);
    assert_eq!(queued(&night.at(0)), Some(Cause::NobodyToTell));
}

#[test]
fn network_only_stays_withheld_when_somebody_was_reached() {
    let mut night = night(Policy::NetworkOnly);
    night.at(0);
    night.outcome(0, DELIVERED);
    night.at(1);
    assert!(
        night
            .until(80_000)
            .iter()
            .all(|(_, a)| !matches!(a, Action::RecordTo { .. } | Action::RecordLevel { .. }))
    );
    assert_eq!(night.record().state, RecordState::Withheld);
}

#[test]
fn network_only_goes_to_911_when_nobody_is_reached() {
    let mut night = night(Policy::NetworkOnly);
    night.at(0);
    assert_eq!(queued(&night.at(119)), None);
    assert_eq!(queued(&night.at(120)), Some(Cause::NobodyReached));
}

#[test]
fn network_only_goes_to_911_at_once_when_every_way_has_failed() {
    let mut night = night(Policy::NetworkOnly);
    night.at(0);
    night.outcome(0, GONE);
    night.it.contacts[0].addresses.clear();
    assert_eq!(queued(&night.at(2)), Some(Cause::NobodyReached));
    let mut alone = Night::new(Policy::NetworkOnly, vec![]);
    assert_eq!(queued(&alone.at(0)), Some(Cause::NobodyReached));
}

#[test]
fn network_only_on_hold_stays_with_her_even_then_until_she_escalates() {
    let mut night = Night::new(Policy::NetworkOnly, vec![]);
    night.it.alert.if_nobody_reached = Hold::Hold;
    night.at(0);
    assert!(night.until(4_000).is_empty());
    night.it.alert.escalated_at = Some(second(4_000));
    assert_eq!(queued(&night.at(4_000)), Some(Cause::Escalated));
}

#[test]
fn duress_frees_a_withheld_record_only_where_she_chose_so() {
    for (hold, freed) in [(Hold::Call911, Some(Cause::Duress)), (Hold::Hold, None)] {
        let mut night = night(Policy::NetworkOnly);
        night.it.alert.if_duress = hold;
        night.at(0);
        night.outcome(0, DELIVERED);
        night.it.alert.duress = true;
        assert_eq!(queued(&night.at(5)), freed);
    }
}

#[test]
fn an_empty_shift_alarms_supervisors_at_the_press() {
    let mut night = night(Policy::Now);
    night.it.shift.operators = 0;
    assert_eq!(alarmed(&night.at(0)), [Step::EmptyShift]);
    assert_eq!(alarmed(&night.at(5)), []);
}

#[test]
fn unclaimed_it_gets_louder_then_alarms_then_goes_to_the_backup() {
    let mut night = night(Policy::Now);
    let id = night.it.contacts[0].id;
    night.at(0);
    night.outcome(0, DELIVERED);
    assert_eq!(level(&night.at(29)), None);
    assert_eq!(level(&night.at(30)), Some(1));
    let minute = night.at(60);
    assert_eq!(
        (level(&minute), alarmed(&minute)),
        (Some(2), vec![Step::Unclaimed])
    );
    assert!(minute.contains(&Action::TellCall911));
    assert!(told(&minute, id).contains(&(Step::Call911, Fcm)));
    let two = night.at(120);
    assert!(two.contains(&Action::SendToBackup));
    assert_eq!(level(&two), Some(3));
    assert_eq!(
        alarmed(&night.at(360)),
        [Step::Unclaimed],
        "supervisors hear again"
    );
}

#[test]
fn without_a_backup_nothing_is_guessed() {
    let mut night = night(Policy::Now);
    night.record().has_backup = false;
    night.at(0);
    assert!(!night.at(120).contains(&Action::SendToBackup));
}

#[test]
fn only_with_the_policy_now_do_people_read_that_nobody_has_taken_it() {
    let mut night = night(Policy::IfUnanswered);
    night.at(0);
    night.at(60);
    assert!(
        night
            .until(4_000)
            .iter()
            .all(|(_, a)| *a != Action::TellCall911)
    );
}

#[test]
fn a_claim_stops_the_ladder_at_911_and_no_contacts_ladder() {
    let mut night = night(Policy::Now);
    let id = night.it.contacts[0].id;
    night.at(0);
    night.claims(10);
    let minute = night.at(60);
    assert_eq!((level(&minute), alarmed(&minute)), (None, vec![]));
    assert_eq!(told(&minute, id), [(Step::Repeat, Fcm)]);
}

#[test]
fn a_claim_with_no_step_in_ninety_seconds_is_loud() {
    let mut night = night(Policy::Now);
    night.at(0);
    night.claims(10);
    assert_eq!(level(&night.at(99)), None);
    assert_eq!(level(&night.at(100)), Some(3));
    assert_eq!(alarmed(&night.at(190)), [Step::Idle]);
}

#[test]
fn pressing_again_makes_it_louder_and_reopens_a_closed_record() {
    let mut night = night(Policy::Now);
    night.at(0);
    night.claims(10);
    night.presses_again(20);
    assert_eq!(level(&night.at(20)), Some(1));
    night.record().state = RecordState::Closed;
    night.record().closed_at = Some(second(90));
    assert_eq!(queued(&night.at(95)), None);
    night.presses_again(100);
    assert_eq!(queued(&night.at(100)), Some(Cause::PressedAgain));
    assert_eq!(queued(&night.at(101)), None);
}

#[test]
fn a_phone_that_falls_silent_is_a_reason_to_go_up() {
    let mut night = night(Policy::Now);
    night.at(0);
    night.it.alert.last_fix_at = Some(second(1));
    night.claims(2);
    night.at(2);
    assert_eq!(night.due, Some(second(31)));
    assert_eq!(level(&night.at(31)), Some(1));
}

#[test]
fn a_drill_tells_contacts_once_and_never_911() {
    let mut night = Night::new(Policy::Now, vec![contact(&[Fcm, Sms])]);
    night.it.alert.drill = true;
    night.it.shift.operators = 0;
    let id = night.it.contacts[0].id;
    assert_eq!(told(&night.at(0), id), [(Step::Drill, Fcm)]);
    let timeline = night.until(80_000);
    assert_eq!(timeline_of(&timeline, id), [(30, Step::Drill, Sms)]);
    assert!(
        timeline
            .iter()
            .all(|(_, a)| matches!(a, Action::Notify(_) | Action::Expire))
    );
}

#[test]
fn who_takes_no_part_in_drills_is_told_nothing_of_one_and_all_of_an_alarm() {
    let mut night = Night::new(Policy::Now, vec![contact(&[Fcm])]);
    night.it.contacts[0].drills = false;
    night.it.alert.drill = true;
    let id = night.it.contacts[0].id;
    assert_eq!(told(&night.at(0), id), []);
    night.it.alert.drill = false;
    night.it.alert.raised_at = second(5);
    assert_eq!(told(&night.at(5), id), [(Step::Push, Fcm)]);
}
