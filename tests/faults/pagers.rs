//! Each way in which a supervisor's webhook can fail. It is no step of a climb: all channels that
//! she has are used at once, each time that a record needs her, so that what is proved is that the
//! others do not wait for it.

use ampara::delivery::NotificationFact;
use ampara::delivery::channels::webhook::target::Target;
use ampara::delivery::model::Medium;
use ampara::identity::model::Role;
use ampara::identity::operators::{self, NewOperator};
use ampara::ids::OperatorId;
use ampara::language::Language;
use ampara::phone::Phone;
use secrecy::ExposeSecret;

use super::stage::{Alert, Stage};
use super::ways::{FAULTS, Fault, NOWHERE, SLOW, short};
use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::tier;
use crate::harness::webhook::{Answer, WebhookFake};

const PAGER: &str = "/pager";

/// What the receiver answers; what comes of a try then, and its cause. `None`: the fault has no
/// meaning here, since of what a receiver says the status alone is read.
fn hook_says(fault: Fault) -> Option<(Answer, &'static str)> {
    Some(match fault {
        Fault::Unavailable => (Answer::Status(503), "again: webhook 503"),
        Fault::TooMany => (Answer::TooMany(20), "again: webhook 429"),
        Fault::Unauthorised => (Answer::Status(401), "failed: webhook 401"),
        Fault::Gone => (Answer::Status(410), "failed: webhook 410"),
        Fault::TimeOut => (Answer::Hang, "again: webhook: time-out"),
        Fault::ResetMidBody => (Answer::Reset, "again: webhook: connection broke"),
        Fault::Slow => (Answer::Slow(SLOW), "sent: webhook 204"),
        Fault::Garbage => return None,
        Fault::Tls => (Answer::Status(204), "again: webhook: no connection"),
        Fault::Dns => (
            Answer::Status(204),
            "again: webhook: its name does not resolve",
        ),
    })
}

/// A supervisor with a number and a pager there.
async fn jefa(stage: &Stage, target: Target) -> OperatorId {
    let foundation = &stage.app.foundation;
    let new = NewOperator {
        sign_in_name: "jefa".to_owned(),
        name: "Oficial Jefa".to_owned(),
        role: Role::Supervisor,
        municipality: stage.town,
        centre: Some(stage.centre().await),
        corporation: None,
        badge: None,
        unlisted: false,
        phone: Some(Phone::from_stored("+526144100009").unwrap()),
        language: Language::Es,
        password: None,
    };
    let id = operators::add(foundation, new).await.unwrap().operator;
    operators::set_webhook(foundation, id, target)
        .await
        .unwrap();
    id
}

async fn fails(database: TestDatabase, fault: Fault, answer: Answer, shown: &str) {
    let count = tier::count(3, 200);
    let stage = Stage::set(database, count, |settings| {
        short(settings, fault);
        settings.set("webhook.allow", vec!["127.0.0.1/32"]);
    })
    .await;
    let webhook = WebhookFake::start(stage.app.clock.clone());
    let target = Target::new(&match fault {
        Fault::Tls => webhook.url(PAGER).replace("http://", "https://"),
        Fault::Dns => format!("http://{NOWHERE}:8080{PAGER}"),
        _ => webhook.url(PAGER),
    });
    webhook.shares(PAGER, target.secret.expose_secret());
    webhook.answers_all(answer);
    let jefa = jefa(&stage, target).await;
    let mut alerts = Vec::with_capacity(count);
    for she in &stage.people {
        alerts.push(stage.presses(she).await);
    }
    stage.lets_all_end().await;
    let mut pages = Vec::new();
    for alert in &alerts {
        pages.extend(she_was_told(&stage, alert, jefa, fault).await);
    }
    let tries = stage.tries(&pages).await;
    assert!(
        tries.contains(shown),
        "{fault:?} does not show itself: {tries:?}"
    );
    webhook.take_all();
    stage.app.fcm.take_all();
    stage.app.twilio.take_all();
}

/// When no operator was there, and again a minute later.
async fn she_was_told(
    stage: &Stage,
    alert: &Alert,
    jefa: OperatorId,
    fault: Fault,
) -> Vec<NotificationFact> {
    let all = stage.facts(alert).await;
    let over = |medium| -> Vec<&NotificationFact> {
        all.iter()
            .filter(|f| f.key.recipient == jefa.into() && f.channel.medium() == medium)
            .collect()
    };
    let (pages, texts) = (over(Medium::Webhook), over(Medium::Text));
    let moments = |facts: &[&NotificationFact]| -> Vec<u64> {
        facts
            .iter()
            .map(|f| f.created_at.since(alert.raised_at).as_secs())
            .collect()
    };
    assert_eq!(
        moments(&texts),
        [0, 60],
        "{fault:?}: what else she has is used all the same: {all:?}"
    );
    let paged: &[u64] = if fault == Fault::Gone { &[0] } else { &[0, 60] };
    assert_eq!(
        moments(&pages),
        paged,
        "{fault:?}: what wants no more is left alone: {all:?}"
    );
    let open: Vec<_> = pages.iter().filter(|page| !page.state.settled()).collect();
    assert!(open.is_empty(), "{fault:?}: these have not ended: {open:?}");
    pages.into_iter().cloned().collect()
}

async fn fails_in_each_way(database: TestDatabase) {
    for fault in FAULTS {
        if let Some((answer, shown)) = hook_says(fault) {
            fails(TestDatabase::fresh(database.engine), fault, answer, shown).await;
        }
    }
}

both_engines! {
    async fn webhooks_fail_in_each_way(database) {
        fails_in_each_way(database).await;
    }
}
