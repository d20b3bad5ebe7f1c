//! Laws: they hold for any situation, sensible or not.

use super::*;
use crate::escalation::model::RecordEvent;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn moment() -> impl Strategy<Value = At> {
    (0_u64..100_000).prop_map(second)
}

fn state() -> impl Strategy<Value = NotificationState> {
    prop_oneof![
        Just(NotificationState::Queued),
        Just(NotificationState::Sending),
        Just(NotificationState::Sent),
        Just(NotificationState::Delivered),
        Just(NotificationState::Seen),
        Just(NotificationState::Expired),
        select(FailReason::ALL).prop_map(NotificationState::Failed),
    ]
}

fn sent(address: Address) -> impl Strategy<Value = SentNotice> {
    (
        select(Step::ALL),
        0_i64..8,
        state(),
        moment(),
        option::of(moment()),
    )
        .prop_map(
            move |(step, repeat, state, created_at, trouble_at)| SentNotice {
                address: address.id,
                channel: address.channel,
                step,
                repeat,
                state,
                may_have_left: repeat % 2 == 0,
                created_at,
                trouble_at,
                seen_at: (state == NotificationState::Seen).then_some(created_at),
            },
        )
}

fn to_people() -> Vec<Channel> {
    Channel::ALL
        .iter()
        .copied()
        .filter(|channel| channel.medium().reaches_people())
        .collect()
}

fn one() -> impl Strategy<Value = Contact> {
    vec(select(Channel::ALL), 0..4).prop_flat_map(|channels| {
        let made = contact(&channels);
        let told: Vec<_> = made.addresses.iter().map(|a| vec(sent(*a), 0..4)).collect();
        let answered = option::of((select(Answer::ALL), moment()));
        (
            Just(made),
            told,
            any::<bool>(),
            option::of(moment()),
            any::<(bool, bool, bool)>(),
            (option::of(moment()), answered),
        )
            .prop_map(
                |(
                    contact,
                    told,
                    removed,
                    joined_at,
                    (knows_duress, drills, told_of_newer),
                    (texts_from, answered),
                )| Contact {
                    texts_from,
                    told_of_newer,
                    told: told.into_iter().flatten().collect(),
                    removed,
                    joined_at,
                    knows_duress,
                    drills,
                    answered: answered.map(|(answer, at)| Answered { answer, at }),
                    ..contact
                },
            )
    })
}

fn any_alert() -> impl Strategy<Value = Alert> {
    let holds = (select(Hold::ALL), select(Hold::ALL));
    let times = (
        moment(),
        option::of(moment()),
        option::of(moment()),
        option::of(moment()),
        moment(),
    );
    let bits = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        option::of(any::<bool>()),
    );
    (
        select(Policy::ALL),
        holds,
        times,
        bits,
        1_i64..4,
        select(CloseKind::ALL),
        0_u64..8,
    )
        .prop_map(
            |(
                policy,
                holds,
                (last_press_at, fix, escalated, postponed, told),
                bits,
                presses,
                kind,
                wrong_pins,
            )| {
                let (drill, duress, call_911, verified) = bits;
                let at = last_press_at;
                let closed = verified.map(|verified| Closed { kind, verified, at });
                let state = closed.map_or(AlertState::Open, |_| AlertState::Closed);
                Alert {
                    state,
                    closed,
                    if_nobody_reached: holds.0,
                    if_duress: holds.1,
                    drill,
                    duress,
                    call_911,
                    last_press_at,
                    presses,
                    told_again_at: told,
                    last_fix_at: fix,
                    escalated_at: escalated,
                    postponed_until: postponed,
                    wrong_pins,
                    ..alert(policy)
                }
            },
        )
}

fn any_record() -> impl Strategy<Value = Record> {
    let times = (
        option::of(moment()),
        option::of(moment()),
        option::of(moment()),
        option::of(moment()),
    );
    let bits = (any::<bool>(), any::<bool>(), any::<bool>());
    (select(RecordState::ALL), times, bits, 0_i64..4).prop_map(|(state, times, bits, level)| {
        Record {
            state,
            queued_at: times.0,
            claimed_at: times.1,
            last_step_at: times.2,
            closed_at: times.3,
            ever_claimed: bits.0 || state.is_worked(),
            has_backup: bits.1,
            widened: bits.2,
            level: Level::new(level),
        }
    })
}

fn any_supervisor() -> impl Strategy<Value = Supervisor> {
    Just(supervisor()).prop_flat_map(|s| {
        let told = vec(sent(s.addresses[0]), 0..4);
        (Just(s), told).prop_map(|(s, told)| Supervisor { told, ..s })
    })
}

fn any_situation() -> impl Strategy<Value = Situation> {
    let shift = (0_u64..3, vec(any_supervisor(), 0..3));
    (
        moment(),
        any_alert(),
        vec(one(), 0..4),
        option::of(any_record()),
        shift,
    )
        .prop_map(
            |(now, alert, contacts, record, (operators, supervisors))| Situation {
                now,
                alert,
                contacts,
                record,
                shift: Shift {
                    operators,
                    supervisors,
                },
            },
        )
}

fn key(told: &SentNotice) -> (AddressId, Step, i64) {
    (told.address, told.step, told.repeat)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn asked_twice_at_the_same_moment_the_plan_has_nothing_new(mut it in any_situation()) {
        let config = PlanConfig::default();
        let first = next(&it, &config);
        prop_assert_eq!(&next(&it, &config), &first, "the same question has the same answer");
        for action in &first.actions {
            it.apply(action);
        }
        let second = next(&it, &config);
        prop_assert_eq!(&second.actions, &[]);
        prop_assert_eq!(second.next_due, first.next_due);
    }

    #[test]
    fn no_message_is_made_twice(mut it in any_situation()) {
        let before: std::collections::HashSet<_> = it.contacts.iter().flat_map(|c| &c.told).map(key).collect();
        let mut new = std::collections::HashSet::new();
        for action in next(&it, &PlanConfig::default()).actions {
            if let Action::Notify(n) = &action {
                let key = (n.address, n.step, n.repeat);
                prop_assert!(!before.contains(&key) && new.insert(key), "{key:?} twice");
                prop_assert!(n.deadline > it.now);
            }
            it.apply(&action);
        }
    }

    #[test]
    fn while_it_is_open_there_is_always_a_next_moment_later_than_now(it in any_situation()) {
        let config = PlanConfig::default();
        let decision = next(&it, &config);
        if let Some(due) = decision.next_due {
            prop_assert!(due > it.now);
        }
        if it.alert.state == AlertState::Open && !decision.actions.contains(&Action::Expire) {
            let due = decision.next_due.expect("an open alert is looked at again");
            // A contact who accepts now is found in time.
            prop_assert!(due.since(it.now).as_secs() <= config.ask_again_s.min(config.join_within_s));
        }
    }

    #[test]
    fn a_removed_contact_is_told_nothing(it in any_situation()) {
        let removed: Vec<ContactId> = it.contacts.iter().filter(|c| c.removed).map(|c| c.id).collect();
        for action in next(&it, &PlanConfig::default()).actions {
            if let Action::Notify(n) = action {
                prop_assert!(!removed.contains(&n.contact));
            }
        }
    }

    #[test]
    fn a_drill_never_touches_911(mut it in any_situation()) {
        it.alert.drill = true;
        for action in next(&it, &PlanConfig::default()).actions {
            let harmless = matches!(action, Action::Notify(_) | Action::Expire);
            prop_assert!(harmless, "{action:?}");
        }
    }

    #[test]
    fn a_withheld_record_leaves_by_her_choices_alone(mut it in any_situation()) {
        if let Some(record) = &mut it.record {
            record.state = RecordState::Withheld;
            record.ever_claimed = false;
        }
        let reached = it.contacts.iter().any(|c| !c.removed && c.reached());
        for action in next(&it, &PlanConfig::default()).actions {
            if let Action::RecordTo { state: RecordState::Queued, because } = action {
                match because {
                    Cause::Escalated => prop_assert!(it.alert.escalated_at.is_some()),
                    Cause::Duress => prop_assert!(it.alert.duress && it.alert.if_duress == Hold::Call911),
                    Cause::NobodyReached => {
                        prop_assert!(!reached && it.alert.if_nobody_reached == Hold::Call911);
                    }
                    other => prop_assert!(false, "left for {other}"),
                }
            }
        }
    }

    #[test]
    fn a_record_moves_only_as_its_machine_allows_and_only_gets_louder(mut it in any_situation()) {
        for action in next(&it, &PlanConfig::default()).actions {
            match (&action, &it.record) {
                (Action::RecordTo { state, .. }, Some(record)) => {
                    let may = [RecordEvent::Queue, RecordEvent::Withdraw, RecordEvent::PressedAgain]
                        .iter()
                        .any(|event| record.state.after(*event, record.ever_claimed) == Some(*state));
                    prop_assert!(may, "{} to {state}", record.state);
                }
                (Action::RecordLevel { level, .. }, Some(record)) => {
                    prop_assert!(*level > record.level && record.state.is_open());
                }
                (Action::RecordTo { .. } | Action::RecordLevel { .. } | Action::SendToBackup, None) => {
                    prop_assert!(false, "{action:?} of no record");
                }
                _ => {}
            }
            it.apply(&action);
        }
    }

    #[test]
    fn what_one_contact_is_told_depends_on_no_other_and_not_on_911(it in any_situation(), other in any_situation()) {
        let Some(contact) = it.contacts.first().cloned() else { return Ok(()) };
        let config = PlanConfig::default();
        let id = contact.id;
        // The one bit is held still: it is all of 911 that a contact may see.
        let alert = Alert { call_911: true, ..it.alert };
        let alone = Situation { alert: alert.clone(), contacts: vec![contact.clone()], record: None, ..it.clone() };
        let mut contacts = other.contacts.clone();
        contacts.push(contact);
        let among = Situation { now: it.now, alert, contacts, record: other.record, shift: other.shift };
        let of = |s: &Situation| told(&next(s, &config).actions, id);
        prop_assert_eq!(of(&alone), of(&among));
    }

    #[test]
    fn an_unanswered_contact_with_a_live_address_is_never_left_for_long(
        channels in vec(select(to_people()), 1..4),
        policy in select(Policy::ALL),
        outcome in state(),
    ) {
        let mut night = Night::new(policy, vec![contact(&channels)]);
        let id = night.it.contacts[0].id;
        let mut last = 0;
        night.at(0);
        while let Some(due) = night.due.filter(|due| *due < second(20_000)) {
            night.outcome(0, outcome);
            let at = seconds(due);
            if !told(&night.at(at), id).is_empty() {
                last = at;
            }
            let longest = night.config.repeat_last_s;
            prop_assert!(at - last <= longest, "silent from {last} to {at}");
        }
        prop_assert!(last > 17_000);
    }
}
