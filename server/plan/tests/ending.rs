use super::*;
use Channel::{Fcm, Sms};

const DAY: u64 = 86_400;

fn begun() -> (Night, ContactId) {
    let mut night = Night::new(Policy::Now, vec![contact(&[Fcm, Sms])]);
    night.at(0);
    night.outcome(0, DELIVERED);
    let id = night.it.contacts[0].id;
    (night, id)
}

#[test]
fn her_pin_ends_it_and_those_who_were_told_are_told() {
    let (mut night, id) = begun();
    night.it.contacts.push(contact(&[]));
    night.closes(CloseKind::Resolved, true);
    let actions = night.at(20);
    assert_eq!(told(&actions, id), [(Step::Over, Fcm)]);
    assert!(actions.contains(&Action::RecordTo {
        state: RecordState::Withdrawn,
        because: Cause::ClosedByHer
    }));
    night.outcome(0, DELIVERED);
    assert_eq!(night.at(21), []);
    assert_eq!(night.due, None, "nothing can fall due any more");
}

#[test]
fn after_a_claim_the_record_stays_whatever_she_does() {
    let (mut night, _) = begun();
    night.claims(5);
    night.closes(CloseKind::Cancelled, true);
    assert!(
        !night
            .at(20)
            .iter()
            .any(|a| matches!(a, Action::RecordTo { .. }))
    );
    assert!(night.due.is_some(), "an idle claim still gets louder");
}

#[test]
fn a_close_without_a_pin_or_after_five_wrong_ones_leaves_the_record_for_call_back() {
    for (verified, wrong_pins) in [(false, 0), (true, 5)] {
        let (mut night, id) = begun();
        night.it.alert.wrong_pins = wrong_pins;
        night.closes(CloseKind::Cancelled, verified);
        let actions = night.at(20);
        assert_eq!(
            told(&actions, id),
            [(Step::Over, Fcm)],
            "contacts see the same"
        );
        assert_eq!(night.record().state, RecordState::Queued);
        assert_eq!(level(&night.at(30)), Some(1));
    }
}

#[test]
fn a_close_without_a_pin_does_not_end_the_wait_for_911() {
    let mut night = Night::new(Policy::IfUnanswered, vec![contact(&[Fcm])]);
    night.at(0);
    night.closes(CloseKind::Cancelled, false);
    night.at(20);
    assert_eq!(queued(&night.at(60)), Some(Cause::Unanswered));
}

#[test]
fn a_day_after_the_last_press_or_place_contacts_read_that_there_is_no_news() {
    let (mut night, id) = begun();
    night.it.alert.last_fix_at = Some(second(1_000));
    night.claims(1);
    night.until(DAY + 999);
    assert_eq!(night.it.alert.state, AlertState::Open);
    let actions = night.at(DAY + 1_000);
    assert_eq!(actions.first(), Some(&Action::Expire));
    assert_eq!(told(&actions, id), [(Step::NoNews, Fcm)]);
    assert_eq!(
        night.record().state,
        RecordState::Claimed,
        "the record stays"
    );
}

#[test]
fn a_drill_that_she_forgot_ends_by_itself_and_nobody_is_told_of_it() {
    let mut night = Night::new(Policy::Now, vec![contact(&[Fcm])]);
    night.it.alert.drill = true;
    night.at(0);
    night.outcome(0, DELIVERED);
    assert_eq!(night.until(899), []);
    assert_eq!(night.at(900), [Action::Expire]);
    assert_eq!(night.due, None, "nothing can fall due any more");
}

#[test]
fn a_press_puts_off_expiry() {
    let (mut night, _) = begun();
    night.presses_again(50_000);
    night.at(50_000);
    night.at(DAY + 1);
    assert_eq!(night.it.alert.state, AlertState::Open);
    assert_eq!(night.at(50_000 + DAY).first(), Some(&Action::Expire));
}

#[test]
fn duress_looks_like_a_cancel_to_all_but_those_she_marked() {
    let mut night = Night::new(Policy::Now, vec![contact(&[Fcm]), contact(&[Fcm])]);
    night.it.contacts[1].knows_duress = true;
    let (one, marked) = (night.it.contacts[0].id, night.it.contacts[1].id);
    night.at(0);
    night.outcome(0, DELIVERED);
    night.outcome(1, DELIVERED);
    night.it.alert.duress = true;
    let actions = night.at(20);
    assert_eq!(told(&actions, one), [(Step::Over, Fcm)]);
    assert_eq!(told(&actions, marked), []);
    assert_eq!(night.record().state, RecordState::Queued);
    let timeline = night.until(DAY + 100);
    assert_eq!(timeline_of(&timeline, one), [], "not even of expiry");
    assert!(timeline_of(&timeline, marked).contains(&(60, Step::Repeat, Fcm)));
    assert!(timeline.iter().all(|(_, a)| *a != Action::TellCall911));
}

#[test]
fn news_of_the_end_is_told_within_the_hour_or_not_at_all() {
    let (mut night, id) = begun();
    night.claims(1);
    night.closes(CloseKind::Cancelled, true);
    assert_eq!(told(&night.at(20), id), [(Step::Over, Fcm)]);
    night.outcome(0, DELIVERED);
    // Their app got a new token, and 911 still works the record.
    night.it.contacts[0].addresses[0].id = AddressId::new();
    assert_eq!(told(&night.at(3_600), id), []);
}

#[test]
fn news_of_the_end_takes_the_way_that_worked() {
    let mut night = Night::new(Policy::Now, vec![contact(&[Fcm, Sms])]);
    let id = night.it.contacts[0].id;
    night.at(0);
    night.at(30);
    for told in &mut night.it.contacts[0].told {
        told.state = if told.channel == Sms {
            DELIVERED
        } else {
            NotificationState::Expired
        };
    }
    night.closes(CloseKind::Cancelled, true);
    assert_eq!(told(&night.at(40), id), [], "she may press again at once");
    assert_eq!(told(&night.at(50), id), [(Step::Over, Sms)]);
}

#[test]
fn the_end_is_told_to_those_alone_who_may_have_been_told_of_the_beginning() {
    let unavailable = NotificationState::Failed(FailReason::AlertClosed);
    for (state, may_have_left, hears) in [
        (unavailable, false, false),
        (unavailable, true, true),
        (NotificationState::Expired, false, false),
        (NotificationState::Expired, true, true),
        (NotificationState::Sending, false, true),
        (NotificationState::Sent, true, true),
    ] {
        let mut night = Night::new(Policy::Now, vec![contact(&[Fcm])]);
        let id = night.it.contacts[0].id;
        night.at(0);
        night.outcome(0, state);
        night.it.contacts[0].told[0].may_have_left = may_have_left;
        night.closes(CloseKind::Cancelled, true);
        let heard = !told(&night.at(20), id).is_empty();
        assert_eq!(heard, hears, "{state:?}, {may_have_left}");
    }
}

#[test]
fn the_end_is_told_to_a_contact_who_answered_or_looked_however_the_news_came() {
    for looked in [false, true] {
        let mut night = Night::new(Policy::Now, vec![contact(&[Fcm])]);
        let id = night.it.contacts[0].id;
        night.at(0);
        night.outcome(0, NotificationState::Expired);
        if looked {
            night.it.contacts[0].told[0].seen_at = Some(second(2));
        } else {
            night.answers(0, Answer::CannotHelp, 2);
        }
        night.closes(CloseKind::Cancelled, true);
        assert_eq!(told(&night.at(20), id), [(Step::Over, Fcm)], "{looked}");
    }
}

#[test]
fn the_end_is_not_told_while_she_has_pressed_again_and_then_by_the_newer_alert() {
    for (told_of_newer, at_last) in [(true, vec![]), (false, vec![(Step::Over, Fcm)])] {
        let (mut night, id) = begun();
        night.closes(CloseKind::Cancelled, true);
        night.it.alert.newer = Some(Newer { closed_at: None });
        assert_eq!(told(&night.at(20), id), []);
        assert!(night.due.is_some());
        night.it.contacts[0].told_of_newer = told_of_newer;
        night.it.alert.newer = Some(Newer {
            closed_at: Some(second(100)),
        });
        assert_eq!(told(&night.at(119), id), []);
        assert_eq!(told(&night.at(120), id), at_last, "{told_of_newer}");
    }
}

#[test]
fn the_end_that_was_called_back_is_told_anew() {
    let (mut night, id) = begun();
    night.closes(CloseKind::Cancelled, true);
    assert_eq!(told(&night.at(20), id), [(Step::Over, Fcm)]);
    night.outcome(0, NotificationState::Failed(FailReason::PressedAgain));
    night.it.alert.newer = Some(Newer {
        closed_at: Some(second(60)),
    });
    assert_eq!(told(&night.at(80), id), [(Step::Over, Fcm)]);
}

#[test]
fn from_the_fourth_alarm_in_an_hour_on_a_text_waits_its_turn_and_a_push_does_not() {
    let mut night = Night::new(Policy::NetworkOnly, vec![contact(&[Fcm, Sms])]);
    let id = night.it.contacts[0].id;
    let text = night.it.contacts[0].addresses.remove(1);
    night.it.contacts[0].texts_from = Some(second(400));
    let actions = night.at(0);
    assert_eq!(told(&actions, id), [(Step::Push, Fcm)]);
    assert_eq!(queued(&actions), None, "a way will come");
    assert!(night.due <= Some(second(400)));
    night.it.contacts[0].addresses.push(text);
    assert!(told(&night.at(400), id).contains(&(Step::Text, Sms)));
}
