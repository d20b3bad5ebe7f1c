use super::*;
use Channel::{Fcm, Sms, Voice};

fn night(channels: &[Channel]) -> (Night, ContactId) {
    let mut night = Night::new(Policy::Now, vec![contact(channels)]);
    night.it.record = None;
    let id = night.it.contacts[0].id;
    (night, id)
}

#[test]
fn at_the_press_the_app_is_told_or_the_number_where_there_is_no_app() {
    let mut night = Night::new(
        Policy::Now,
        vec![
            contact(&[Fcm, Fcm, Sms]),
            contact(&[Sms, Voice]),
            contact(&[]),
        ],
    );
    let ids: Vec<ContactId> = night.it.contacts.iter().map(|c| c.id).collect();
    let actions = night.at(0);
    assert_eq!(
        told(&actions, ids[0]),
        [(Step::Push, Fcm), (Step::Push, Fcm)]
    );
    assert_eq!(told(&actions, ids[1]), [(Step::Text, Sms)]);
    assert_eq!(told(&actions, ids[2]), []);
    assert_eq!(
        night.at(0),
        [],
        "asked twice at the same moment nothing is done twice"
    );
}

#[test]
fn a_hard_failure_leads_to_the_next_channel_at_once() {
    let (mut night, id) = night(&[Fcm, Sms, Voice]);
    night.at(0);
    night.outcome(0, GONE);
    night.it.contacts[0].addresses.remove(0);
    assert_eq!(told(&night.at(1), id), [(Step::Text, Sms)]);
    night.outcome(0, NotificationState::Failed(FailReason::Rejected));
    assert_eq!(told(&night.at(2), id), [(Step::Call, Voice)]);
}

#[test]
fn one_dead_token_of_two_waits_for_the_other_phones_receipt() {
    let (mut night, id) = night(&[Fcm, Fcm, Sms]);
    night.at(0);
    night.it.contacts[0].told[0].state = GONE;
    assert_eq!(told(&night.at(1), id), []);
    assert_eq!(told(&night.at(30), id), [(Step::Text, Sms)]);
}

#[test]
fn what_is_asked_just_before_a_step_falls_due_does_not_put_it_off() {
    let mut night = Night::new(Policy::Now, vec![contact(&[Channel::Fcm, Channel::Sms])]);
    night.at(0);
    night.it.contacts[0].told[0].trouble_at = Some(second(0));
    // Another attempt has failed at 4.7 s; the text is due at 5 s.
    night.it.now = second(0).plus(Duration::from_millis(4_700));
    let decision = next(&night.it, &night.config);
    assert_eq!(told(&decision.actions, night.it.contacts[0].id), []);
    assert_eq!(decision.next_due, Some(second(5)));
}

#[test]
fn a_failure_that_may_pass_leads_on_after_five_seconds() {
    let (mut night, id) = night(&[Fcm, Sms]);
    night.at(0);
    night.it.contacts[0].told[0].trouble_at = Some(second(2));
    assert_eq!(told(&night.at(3), id), []);
    assert_eq!(night.due, Some(second(7)));
    assert_eq!(told(&night.at(7), id), [(Step::Text, Sms)]);
}

#[test]
fn no_receipt_in_thirty_seconds_leads_to_a_text() {
    let (mut night, id) = night(&[Fcm, Sms]);
    night.at(0);
    night.outcome(0, NotificationState::Sent);
    assert_eq!(told(&night.at(29), id), []);
    assert_eq!(told(&night.at(30), id), [(Step::Text, Sms)]);
}

#[test]
fn a_receipt_keeps_the_text_away_but_not_the_repeats() {
    let (mut night, id) = night(&[Fcm, Sms]);
    night.at(0);
    night.outcome(0, DELIVERED);
    let timeline = timeline_of(&night.until(130), id);
    assert!(!timeline.iter().any(|(_, step, _)| *step == Step::Text));
    assert_eq!(timeline.first(), Some(&(60, Step::Repeat, Sms)));
}

#[test]
fn unanswered_a_call_comes_after_a_minute_and_then_each_way_in_turn() {
    let (mut night, id) = night(&[Fcm, Sms, Voice]);
    night.at(0);
    night.outcome(0, DELIVERED);
    let timeline = timeline_of(&night.until(700), id);
    let repeats: Vec<(u64, Channel)> = timeline
        .iter()
        .filter(|(_, step, _)| *step == Step::Repeat)
        .map(|(s, _, c)| (*s, *c))
        .collect();
    assert_eq!(
        repeats,
        [
            (60, Voice),
            (120, Sms),
            (180, Fcm),
            (240, Voice),
            (300, Sms),
            (360, Fcm),
            (660, Voice)
        ]
    );
}

#[test]
fn silence_alone_makes_no_phone_ring_before_the_minute_is_over() {
    let (mut night, id) = night(&[Fcm, Sms, Voice]);
    night.at(0);
    night.outcome(0, NotificationState::Sent);
    assert_eq!(timeline_of(&night.until(59), id), [(30, Step::Text, Sms)]);
    assert_eq!(
        timeline_of(&night.until(60), id),
        [(60, Step::Repeat, Voice)]
    );
}

#[test]
fn nobody_is_called_twice_at_once() {
    let (mut night, id) = night(&[Sms, Voice]);
    night.at(0);
    night.outcome(0, NotificationState::Failed(FailReason::Undelivered));
    assert_eq!(told(&night.at(40), id), [(Step::Call, Voice)]);
    let timeline = timeline_of(&night.until(200), id);
    assert_eq!(
        timeline,
        [
            (60, Step::Repeat, Sms),
            (120, Step::Repeat, Sms),
            (180, Step::Repeat, Voice)
        ]
    );
}

#[test]
fn a_call_that_has_ended_frees_the_line_and_one_that_is_never_reported_does_so_after_a_while() {
    let (mut night, id) = night(&[Voice]);
    assert_eq!(told(&night.at(0), id), [(Step::Call, Voice)]);
    assert_eq!(timeline_of(&night.until(89), id), []);
    assert_eq!(
        timeline_of(&night.until(90), id),
        [(90, Step::Repeat, Voice)]
    );
    night.outcome(0, NotificationState::Failed(FailReason::NoAnswer));
    assert_eq!(
        timeline_of(&night.until(120), id),
        [(120, Step::Repeat, Voice)]
    );
    for rang in &mut night.it.contacts[0].told {
        rang.may_have_left = true;
    }
    night.closes(CloseKind::Resolved, true);
    assert_eq!(
        told(&night.at(141), id),
        [],
        "the line is in use, the news waits"
    );
    night.outcome(0, NotificationState::Failed(FailReason::Busy));
    assert_eq!(told(&night.at(145), id), [(Step::Over, Voice)]);
}

#[test]
fn a_call_goes_on_beyond_the_deadline_of_its_message() {
    let (mut night, id) = night(&[Sms, Voice]);
    night.at(0);
    night.outcome(0, DELIVERED);
    night.until(119);
    night.outcome(0, NotificationState::Failed(FailReason::NoKeyPressed));
    assert_eq!(
        timeline_of(&night.until(120), id),
        [(120, Step::Repeat, Sms)]
    );
    night.outcome(0, NotificationState::Failed(FailReason::Undelivered));
    assert_eq!(
        told(&night.at(150), id),
        [(Step::Repeat, Voice)],
        "the text did not arrive"
    );
    night.outcome(0, NotificationState::Expired);
    assert_eq!(
        timeline_of(&night.until(180), id),
        [(180, Step::Repeat, Sms)],
        "it may still ring"
    );
}

#[test]
fn who_has_just_pressed_a_key_is_not_called_with_news_before_the_call_has_ended() {
    let (mut night, id) = night(&[Voice]);
    night.at(0);
    night.outcome(0, NotificationState::Seen);
    night.it.contacts[0].told[0].seen_at = Some(second(57));
    night.answers(0, Answer::OnMyWay, 57);
    night.it.alert.call_911 = true;
    assert_eq!(
        told(&night.at(58), id),
        [],
        "it is being read out that the key was heard"
    );
    assert_eq!(
        timeline_of(&night.until(67), id),
        [(67, Step::Call911, Voice)]
    );
}

#[test]
fn it_goes_on_every_half_hour_for_as_long_as_nobody_answers() {
    let (mut night, id) = night(&[Sms]);
    night.at(0);
    night.outcome(0, DELIVERED);
    let timeline = night.until(40_000);
    let late: Vec<u64> = timeline_of(&timeline, id)
        .iter()
        .map(|(s, ..)| *s)
        .filter(|s| *s > 3_900)
        .collect();
    assert_eq!(late.get(..4), Some([3_960, 5_760, 7_560, 9_360].as_slice()));
}

#[test]
fn one_answer_quiets_its_giver_alone_and_decays_after_ten_minutes() {
    let mut night = Night::new(Policy::Now, vec![contact(&[Fcm]), contact(&[Fcm])]);
    let (one, other) = (night.it.contacts[0].id, night.it.contacts[1].id);
    night.at(0);
    night.answers(0, Answer::OnMyWay, 20);
    let timeline = night.until(700);
    let of = |id| -> Vec<u64> {
        let repeats = timeline_of(&timeline, id);
        repeats
            .iter()
            .filter(|(_, r, _)| *r == Step::Repeat)
            .map(|(s, ..)| *s)
            .collect()
    };
    assert_eq!(
        of(one),
        [620, 680],
        "asked again when the answer has decayed"
    );
    assert_eq!(of(other), [60, 120, 180, 240, 300, 360, 660]);
}

#[test]
fn cannot_help_counts_as_no_answer() {
    let (mut night, id) = night(&[Fcm]);
    night.at(0);
    night.answers(0, Answer::CannotHelp, 20);
    assert_eq!(
        timeline_of(&night.until(90), id).first(),
        Some(&(80, Step::Repeat, Fcm))
    );
}

#[test]
fn a_changed_mind_never_makes_the_ladder_fall_silent() {
    let (mut night, id) = night(&[Fcm]);
    night.at(0);
    night.until(5_000);
    night.answers(0, Answer::OnMyWay, 5_000);
    night.at(5_000);
    night.until(6_000);
    night.answers(0, Answer::CannotHelp, 6_000);
    night.at(6_000);
    assert_eq!(
        timeline_of(&night.until(6_130), id)
            .iter()
            .map(|(s, ..)| *s)
            .collect::<Vec<_>>(),
        [6_060, 6_120]
    );
}

#[test]
fn a_removed_contact_gets_nothing_more() {
    let (mut night, id) = night(&[Fcm, Sms]);
    night.at(0);
    night.it.contacts[0].removed = true;
    night.presses_again(10);
    night.at(10);
    assert_eq!(timeline_of(&night.until(4_000), id), []);
    night.closes(CloseKind::Resolved, true);
    assert_eq!(told(&night.at(4_001), id), []);
}

#[test]
fn who_accepts_meanwhile_joins_at_the_next_step() {
    let (mut night, _) = night(&[Fcm]);
    night.at(0);
    let late = Contact {
        joined_at: Some(second(70)),
        ..contact(&[Fcm])
    };
    let id = late.id;
    night.it.contacts.push(late);
    night.at(71);
    assert_eq!(
        timeline_of(&night.until(200), id),
        [(120, Step::Push, Fcm), (180, Step::Repeat, Fcm)]
    );
}

#[test]
fn pressing_again_is_told_at_most_once_a_minute() {
    let (mut night, id) = night(&[Fcm]);
    night.at(0);
    night.outcome(0, DELIVERED);
    night.answers(0, Answer::WithHer, 5);
    let mut timeline = vec![];
    for s in [10, 20, 65, 70] {
        night.presses_again(s);
        timeline.extend(night.at(s).into_iter().map(|a| (s, a)));
        timeline.extend(night.until(s + 4));
    }
    timeline.extend(night.until(200));
    let again: Vec<u64> = timeline_of(&timeline, id)
        .iter()
        .filter(|(_, r, _)| *r == Step::PressedAgain)
        .map(|(s, ..)| *s)
        .collect();
    assert_eq!(
        again,
        [65, 125],
        "a flurry is told once a minute, to one who has answered too"
    );
}

#[test]
fn a_fresh_token_hears_the_alarm_as_well() {
    let (mut night, id) = night(&[Fcm]);
    night.at(0);
    night.outcome(0, GONE);
    night.it.contacts[0].addresses = vec![Address {
        id: AddressId::new(),
        channel: Fcm,
    }];
    assert_eq!(told(&night.at(3), id), [(Step::Push, Fcm)]);
}

#[test]
fn after_an_hours_outage_only_the_latest_repeat_is_made_up_for() {
    let (mut night, id) = night(&[Fcm]);
    night.at(0);
    let made_up = told(&night.at(3_600), id);
    assert_eq!(made_up, [(Step::Repeat, Fcm)]);
}

#[test]
fn a_letter_is_the_last_step_of_a_climb_and_takes_no_turn_of_what_is_louder() {
    let (mut night, id) = night(&[Fcm, Sms, Channel::Email]);
    assert_eq!(told(&night.at(0), id), [(Step::Push, Fcm)]);
    night.outcome(0, GONE);
    assert_eq!(told(&night.at(1), id), [(Step::Text, Sms)]);
    night.outcome(0, GONE);
    assert_eq!(told(&night.at(2), id), [(Step::Email, Channel::Email)]);
    let timeline = night.until(400);
    let repeats: Vec<Channel> = timeline_of(&timeline, id)
        .iter()
        .filter(|(_, r, _)| *r == Step::Repeat)
        .map(|(.., c)| *c)
        .collect();
    assert!(
        repeats.len() >= 4 && !repeats.contains(&Channel::Email),
        "{repeats:?}"
    );
}

#[test]
fn a_webhook_is_no_way_to_a_contact() {
    let (mut night, id) = night(&[Channel::Webhook]);
    assert_eq!(told(&night.at(0), id), []);
    assert!(night.it.contacts[0].out_of_ways());
    assert!(timeline_of(&night.until(600), id).is_empty());
}
