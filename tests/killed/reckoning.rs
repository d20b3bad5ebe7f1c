//! What was promised against what came.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use ampara::delivery::facts;
use ampara::delivery::model::NotificationState;
use ampara::escalation::{EscalationError, records};
use ampara::ids::AlertId;

use super::phones::Answered;
use super::stage::Stage;
use crate::harness::fcm::Push;
use crate::harness::seed::CHOSEN;

/// How long after the last press everything must have arrived: a lease and a dead process's last
/// breath, and room.
const PATIENCE: Duration = Duration::from_secs(90);

/// What came to one phone about one alert, by notification.
type Arrivals = BTreeMap<String, Vec<Instant>>;

/// What must be true once all is said and done; says how much it was. `restarts` are the instants
/// at which the server came back; `None` where several nodes share the work: then a message may
/// come twice wherever it was in flight.
///
/// # Panics
/// With what isn't.
pub async fn settle(stage: &Stage, answered: &[Answered], restarts: Option<&[Instant]>) -> Tally {
    there_are_no_two_alerts_of_one(answered);
    let mut pushes = all_that_is_owed(stage, answered).await;
    each_is_there(stage, answered).await;
    each_outcome_is_written(stage, answered).await;
    // What had been sent before a kill and was sent again after it may come last.
    stage
        .fcm
        .take_all()
        .iter()
        .for_each(|push| write_down(&mut pushes, push));
    let tally = each_arrived_once(answered, pushes, restarts);
    let in_flight = stage.beside.config.delivery.in_flight;
    let most = tally.left_behind.values().max().copied().unwrap_or(0);
    assert!(
        most <= in_flight,
        "{most} of what was sent before one kill came again, of at most {in_flight} in flight"
    );
    tally
}

/// What came, for the test's output.
pub struct Tally {
    alerts: usize,
    pushes: usize,
    /// Messages that came more than once.
    pub twice: usize,
    /// From the answer to a press to the first arrival of its last message, at the longest.
    pub longest: Duration,
    /// How many of what each life of the server had sent came again.
    left_behind: BTreeMap<usize, usize>,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            alerts,
            pushes,
            twice,
            longest,
            ..
        } = self;
        write!(
            f,
            "{alerts} alerts, {pushes} pushes, {twice} of them twice, the last {longest:?} after its press"
        )
    }
}

fn there_are_no_two_alerts_of_one(answered: &[Answered]) {
    let alerts: HashMap<&str, &Answered> = answered.iter().map(|a| (a.alert.as_str(), a)).collect();
    assert_eq!(
        alerts.len(),
        answered.len(),
        "two presses of two people were answered with one alert"
    );
}

/// Waits until there is a push for each contact of each alert.
async fn all_that_is_owed(
    stage: &Stage,
    answered: &[Answered],
) -> HashMap<(String, String), Arrivals> {
    let mut came: HashMap<(String, String), Arrivals> = HashMap::new();
    let until = Instant::now() + PATIENCE;
    loop {
        for push in stage.fcm.take_all() {
            write_down(&mut came, &push);
        }
        let lacking = lacking(answered, &came);
        if lacking.is_empty() {
            break;
        }
        let some: Vec<_> = lacking.iter().take(5).collect();
        assert!(
            Instant::now() < until,
            "{} messages never came, as {some:?}\n{}",
            lacking.len(),
            stage.server.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    came
}

fn write_down(came: &mut HashMap<(String, String), Arrivals>, push: &Push) {
    let alert = push.data.get("watching").cloned().unwrap_or_default();
    let arrivals = came.entry((alert, push.target.clone())).or_default();
    arrivals
        .entry(push.notification().to_owned())
        .or_default()
        .push(push.at);
}

fn lacking(
    answered: &[Answered],
    came: &HashMap<(String, String), Arrivals>,
) -> Vec<(String, String)> {
    let owed = answered
        .iter()
        .flat_map(|a| a.she.chosen.iter().map(|to| (a.alert.clone(), to.clone())));
    owed.filter(|one| !came.contains_key(one)).collect()
}

fn each_arrived_once(
    answered: &[Answered],
    came: HashMap<(String, String), Arrivals>,
    restarts: Option<&[Instant]>,
) -> Tally {
    let mut tally = Tally {
        alerts: answered.len(),
        pushes: 0,
        twice: 0,
        longest: Duration::ZERO,
        left_behind: BTreeMap::new(),
    };
    for ((alert, to), by_notification) in came {
        let press = answered
            .iter()
            .find(|a| a.alert == alert && a.she.chosen.contains(&to));
        let press = press
            .unwrap_or_else(|| panic!("a push to {to} about {alert}, which nobody was told of"));
        assert_eq!(
            by_notification.len(),
            1,
            "{alert} told {to} under several ids: {by_notification:?}"
        );
        for (notification, times) in by_notification {
            tally.pushes += times.len();
            tally.twice += usize::from(times.len() > 1);
            let first = times
                .iter()
                .min()
                .map(|at| at.saturating_duration_since(press.at));
            tally.longest = tally.longest.max(first.unwrap_or_default());
            let Some(restarts) = restarts else {
                assert!(
                    times.len() <= 2,
                    "{notification} came {} times: {times:?}",
                    times.len()
                );
                continue;
            };
            let mut lives: Vec<usize> = times
                .iter()
                .map(|at| restarts.iter().filter(|r| *r <= at).count())
                .collect();
            lives.dedup();
            assert_eq!(
                lives.len(),
                times.len(),
                "{notification} came twice without a restart between: {times:?}"
            );
            lives
                .iter()
                .rev()
                .skip(1)
                .for_each(|life| *tally.left_behind.entry(*life).or_default() += 1);
        }
    }
    tally
}

/// Each alert answers under the phone's own id.
async fn each_is_there(stage: &Stage, answered: &[Answered]) {
    for one in answered {
        let she = stage
            .server
            .client()
            .with_bearer(one.she.alert_token.clone());
        let view = she
            .get(&format!("/v1/alerts/{}", one.client_id))
            .await
            .expect(200);
        assert_eq!(
            view["id"], one.alert,
            "another alert under {}",
            one.client_id
        );
        assert_eq!(
            (view["state"].as_str(), view["total"].as_u64()),
            (Some("open"), Some(CHOSEN as u64)),
            "{view}"
        );
    }
}

/// Each message's outcome is written down, and each alert has its record: nothing is left to do.
async fn each_outcome_is_written(stage: &Stage, answered: &[Answered]) {
    let until = Instant::now() + PATIENCE;
    for one in answered {
        let alert: AlertId = one.alert.parse().unwrap();
        loop {
            let now = stage.beside.clock.now();
            let read = stage.beside.db.read(move |conn| {
                Ok::<_, EscalationError>((
                    facts::notifications_of(conn, alert.into(), now)?,
                    records::facts(conn, alert)?,
                ))
            });
            let (mut messages, record) = read.await.unwrap();
            // In a long run the plan's later messages fall due.
            messages.retain(|m| m.step == 0);
            assert!(record.is_some(), "{alert} has no record at 911");
            assert_eq!(messages.len(), CHOSEN, "{alert}: {messages:?}");
            if messages.iter().all(|m| m.state == NotificationState::Sent) {
                break;
            }
            assert!(
                Instant::now() < until,
                "{alert} has outcomes that were never written: {messages:?}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
