//! FCM is dead for five hours, as in May 2024.

use std::time::Duration;

use ampara::delivery::model::Medium;

use super::stage::{Alert, Stage, first};
use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::tier;

const OUTAGE: Duration = Duration::from_secs(5 * 3_600);
/// Most alerts are over after so long; five of them are still open when FCM comes back.
const OVER_AFTER: Duration = Duration::from_secs(120);
const STAY_OPEN: usize = 5;

/// Ends what has been open for long enough.
async fn ends_old_ones(stage: &Stage, open: &mut Vec<(usize, Alert)>, over: &mut Vec<String>) {
    let each = stage.people.len() / STAY_OPEN;
    let now = stage.app.clock.now();
    for (n, alert) in std::mem::take(open) {
        if n % each != 0 && now.since(alert.raised_at) >= OVER_AFTER {
            alert.closes().await;
            over.push(alert.id.to_string());
        } else {
            open.push((n, alert));
        }
    }
}

both_engines! {
    async fn everybody_is_tried_over_another_channel_and_nobody_gets_a_stale_alarm_when_fcm_is_back(database) {
        let count = tier::count(30, 2_000);
        let every = OUTAGE / u32::try_from(count).unwrap();
        let stage = Stage::set(database, count, |_| {}).await;
        stage.app.fcm.answers_all(Answer::Unavailable(None));
        let (mut open, mut over) = (Vec::new(), Vec::new());
        for (n, she) in stage.people.iter().enumerate() {
            let alert = stage.presses(she).await;
            stage.app.settle().await;
            stage.app.fast_forward(every.min(Duration::from_secs(5))).await;
            open.push((n, alert));
            stage.app.fast_forward(every.saturating_sub(Duration::from_secs(5))).await;
            ends_old_ones(&stage, &mut open, &mut over).await;
            for (_, alert) in open.iter().filter(|(_, a)| stage.app.clock.now().since(a.raised_at) <= every + every) {
                for facts in stage.told(alert).await.values() {
                    let text = first(facts, Medium::Text).unwrap_or_else(|| panic!("no text: {facts:?}"));
                    let after = text.since(alert.raised_at).as_secs();
                    assert!(after <= 30, "a text {after} s after the press: {facts:?}");
                }
            }
        }
        assert!(over.len() >= count * 8 / 10, "{} are over", over.len());
        assert!(stage.app.twilio.take_all().len() >= count * 5);
        stage.app.fcm.take_all();

        stage.app.fcm.answers_all(Answer::Ok);
        let (mut for_open, mut ends) = (0, 0);
        for _ in 0..40 {
            stage.app.fast_forward(Duration::from_secs(30)).await;
            for push in stage.app.fcm.take_all() {
                let (alert, kind) = (&push.data["watching"], push.data["kind"].as_str());
                let is_over = over.contains(alert);
                assert!(!is_over || kind == "over", "a stale {kind} about an alert that is over");
                for_open += usize::from(!is_over);
                ends += usize::from(is_over);
            }
        }
        println!("{count} alerts, {} over: {for_open} pushes about open ones, {ends} ends", over.len());
        assert!(for_open > 0, "FCM is back, and those whose alert is open are told over it again");
        stage.app.twilio.take_all();
    }
}
