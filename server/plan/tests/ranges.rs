//! Each legal value of each of the plan's settings, alone: none switches the plan off.

use super::*;
use crate::config::Config;

/// The plan's keys with both ends of their ranges, from the manual.
fn ends() -> Vec<(String, u64)> {
    let manual = include_str!("../../config.default.toml");
    let plan = manual.lines().skip_while(|line| *line != "[plan]").skip(1);
    let numbers = plan
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| {
            let (key, rest) = line.split_once(" = ")?;
            let (from, to) = rest.split_once("  # ")?.1.split_once(" to ")?;
            Some((key.to_owned(), from.parse().ok()?, to.parse().ok()?))
        });
    numbers
        .flat_map(|(key, from, to)| [(key.clone(), from), (key, to)])
        .collect()
}

#[test]
fn whatever_one_setting_says_contacts_and_911_are_told_and_told_again() {
    let mut tried = 0;
    for (key, value) in ends() {
        let setting = (
            format!("AMPARA_PLAN__{}", key.to_uppercase()),
            value.to_string(),
        );
        // Two settings that contradict one another are refused at the start.
        let Ok(loaded) = Config::load(None, std::iter::once(setting)) else {
            continue;
        };
        tried += 1;
        let (with_app, by_phone) = (
            contact(&[Channel::Fcm, Channel::Sms]),
            contact(&[Channel::Sms]),
        );
        let mut night = Night::new(Policy::Now, vec![with_app, by_phone]);
        night.config = loaded.plan;
        let at_once = night.at(0);
        assert!(
            queued(&at_once).is_some(),
            "{key} = {value}: 911 is not told"
        );
        let timeline = night.until(1_199);
        for contact in &night.it.contacts {
            let first = told(&at_once, contact.id);
            assert!(!first.is_empty(), "{key} = {value}: a contact is not told");
            let again = timeline_of(&timeline, contact.id);
            assert!(!again.is_empty(), "{key} = {value}: a contact is told once");
        }
        for action in at_once
            .iter()
            .chain(timeline.iter().map(|(_, action)| action))
        {
            assert_ne!(
                *action,
                Action::Expire,
                "{key} = {value}: over within 20 minutes"
            );
            if let Action::Notify(notice) = action {
                let lasts = notice.deadline.since(second(0));
                assert!(
                    lasts >= Duration::from_secs(30),
                    "{key} = {value}: {lasts:?} to send it"
                );
            }
        }
    }
    assert!(
        tried >= 50,
        "of {} ends only {tried} are legal alone",
        ends().len()
    );
}
