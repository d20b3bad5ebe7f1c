//! Each way in which a provider can fail × each channel: every message ends in a state that she can see, the next channel
//! is tried within fifteen seconds of a failure, and within thirty where all that fails is a receipt.

use std::time::Duration;

use ampara::delivery::model::Medium;

use super::stage::{Alert, Stage, first};
use crate::both_engines;
use crate::harness::app::TestApp;
use crate::harness::databases::TestDatabase;
use crate::harness::settings::TestSettings;
use crate::harness::{fcm, tier, twilio};

/// A send's time-out here, in milliseconds; and what is slow, but in time.
const TIME_OUT: i64 = 150;
const SLOW: Duration = Duration::from_millis(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Unavailable,
    TooMany,
    Unauthorised,
    Gone,
    TimeOut,
    ResetMidBody,
    Slow,
    Garbage,
    Tls,
    Dns,
}

const FAULTS: [Fault; 10] = [
    Fault::Unavailable,
    Fault::TooMany,
    Fault::Unauthorised,
    Fault::Gone,
    Fault::TimeOut,
    Fault::ResetMidBody,
    Fault::Slow,
    Fault::Garbage,
    Fault::Tls,
    Fault::Dns,
];

impl Fault {
    /// How long after a message failed the next channel is tried at the latest, in seconds.
    const fn leads_on_within(self) -> u64 {
        if matches!(self, Self::Slow) { 30 } else { 15 }
    }
}

/// A channel, its provider, and to what it leads on for somebody with the app and a number.
struct Way {
    medium: Medium,
    next: Option<Medium>,
    /// The setting that says where the provider is.
    base_url: &'static str,
    /// Makes the provider answer so. TLS and DNS fail by the setting alone.
    answers: fn(&TestApp, Fault),
}

const PUSH: Way =
    Way { medium: Medium::Push, next: Some(Medium::Text), base_url: "fcm.base_url", answers: fcm_answers };
const TEXT: Way = Way { medium: Medium::Text, next: None, base_url: "sms.base_url", answers: sms_answers };

fn fcm_answers(app: &TestApp, fault: Fault) {
    use fcm::Answer as A;
    app.fcm.answers_all(match fault {
        Fault::Unavailable => A::Unavailable(None),
        Fault::TooMany => A::Quota(Some(20)),
        Fault::Unauthorised => A::Unauthorised,
        Fault::Gone => A::Unregistered,
        Fault::TimeOut => A::Hang,
        Fault::ResetMidBody => A::ResetMidBody,
        Fault::Slow => A::Slow(SLOW),
        Fault::Garbage => A::Garbage,
        Fault::Tls | Fault::Dns => A::Ok,
    });
}

fn sms_answers(app: &TestApp, fault: Fault) {
    use twilio::Answer as A;
    app.twilio.answers_all(match fault {
        Fault::Unavailable => A::Unavailable,
        Fault::TooMany => A::TooMany(Some(20)),
        Fault::Unauthorised => A::Unauthorised,
        Fault::Gone => A::Refused(twilio::answer::INVALID_NUMBER),
        Fault::TimeOut => A::Hang,
        Fault::ResetMidBody => A::ResetMidBody,
        Fault::Slow => A::Slow(SLOW),
        Fault::Garbage => A::Garbage,
        Fault::Tls | Fault::Dns => A::Queued,
    });
}

/// The first messages alone, and short deadlines: all has ended two minutes after the press.
fn short(settings: &mut TestSettings, way: &Way, fault: Fault) {
    let here = settings.table[way.base_url.split_once('.').unwrap().0]["base_url"].as_str().unwrap().to_owned();
    let elsewhere = match fault {
        // A listener that speaks no TLS.
        Fault::Tls => here.replace("http://", "https://"),
        Fault::Dns => "https://nothing.invalid".to_owned(),
        _ => here,
    };
    settings
        .set(way.base_url, elsewhere)
        .set("delivery.connect_timeout_ms", TIME_OUT)
        .set("delivery.total_timeout_ms", TIME_OUT)
        .set("plan.alarm_deadline_s", 60)
        .set("plan.unanswered_s", 600)
        .set("plan.call_911_s", 3_600);
}

/// Nobody confirms anything: each medium is tried in its turn.
async fn fails(database: TestDatabase, way: &Way, fault: Fault) {
    let count = tier::count(10, 200);
    let stage = Stage::set(database, count, |settings| short(settings, way, fault)).await;
    (way.answers)(&stage.app, fault);
    let mut alerts = Vec::with_capacity(count);
    for she in &stage.people {
        alerts.push(stage.presses(she).await);
    }
    stage.app.settle().await;
    stage.goes_on(8, 1).await;
    stage.goes_on(16, 2).await;
    stage.goes_on(10, 10).await;
    for alert in &alerts {
        all_was_tried(&stage, alert, way, fault).await;
        she_sees_how_it_ended(alert, fault).await;
    }
    stage.app.fcm.take_all();
    stage.app.twilio.take_all();
}

async fn all_was_tried(stage: &Stage, alert: &Alert, way: &Way, fault: Fault) {
    for facts in stage.told(alert).await.values() {
        let at =
            first(facts, way.medium).unwrap_or_else(|| panic!("{fault:?}: {:?} was not tried: {facts:?}", way.medium));
        if let Some(next) = way.next {
            let next = first(facts, next).unwrap_or_else(|| panic!("{fault:?}: no {next:?} followed: {facts:?}"));
            let after = next.since(at).as_secs();
            assert!(after <= fault.leads_on_within(), "{fault:?}: the next channel {after} s later: {facts:?}");
        }
        let open: Vec<_> = facts.iter().filter(|f| !f.state.settled()).collect();
        assert!(open.is_empty(), "{fault:?}: these have not ended: {open:?}");
    }
}

async fn she_sees_how_it_ended(alert: &Alert, fault: Fault) {
    let shown = alert.shown().await;
    for contact in shown["contacts"].as_array().unwrap() {
        let (reach, reason) = (contact["reach"].as_str().unwrap(), &contact["reason"]);
        let ended = reach == "expired" || (reach == "failed" && reason.is_string());
        assert!(ended, "{fault:?}: {contact}");
    }
}

async fn fails_in_each_way(database: TestDatabase, way: &Way) {
    let begun = std::time::Instant::now();
    for fault in FAULTS {
        fails(TestDatabase::fresh(database.engine), way, fault).await;
        println!("{fault:?}: {:?}", begun.elapsed());
    }
}

both_engines! {
    async fn pushes_fail_in_each_way(database) {
        fails_in_each_way(database, &PUSH).await;
    }

    async fn texts_fail_in_each_way(database) {
        fails_in_each_way(database, &TEXT).await;
    }
}
