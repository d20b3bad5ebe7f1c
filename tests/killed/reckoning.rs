//! What was promised against what came.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use ampara::db::DbError;
use ampara::db::schema::attempts;
use ampara::delivery::facts;
use ampara::delivery::model::NotificationState;
use ampara::escalation::{EscalationError, records};
use ampara::ids::{AlertId, NotificationId};
use ampara::on;
use diesel::prelude::*;

use super::phones::Answered;
use super::stage::Stage;
use crate::harness::fcm::Push;
use crate::harness::seed::CHOSEN;

/// How long after the last press everything must have arrived: a lease and a dead process's last
/// breath, and room.
const PATIENCE: Duration = Duration::from_secs(90);

/// What came to one phone about one alert, by notification.
type Arrivals = BTreeMap<String, Vec<Instant>>;

/// What must be true once all is said and done; says how much it was. A message comes again where a
/// try of it was written down as failed, since its provider took too long to answer, and once more
/// for each kill or cut, where it was in flight. `restarts` are the instants at which the server came
/// back; `None` where several nodes share the work: then it may be in flight once more anywhere.
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
    let failed = failed_tries(stage).await;
    let tally = each_arrived_once(answered, pushes, &failed, restarts);
    // Where the fake answers at once it is `unrecorded` at most; on a busy machine it may not.
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

/// How often each message was tried in vain: its phone may have got it all the same.
async fn failed_tries(stage: &Stage) -> HashMap<String, usize> {
    let read = stage.beside.db.read(|conn| {
        let failed = attempts::table
            .filter(attempts::outcome.ne("sent"))
            .select(attempts::notification);
        let ids: Vec<NotificationId> = on!(conn, |c| failed.load(c))?;
        Ok::<_, DbError>(ids)
    });
    let mut failed = HashMap::new();
    for id in read.await.unwrap() {
        *failed.entry(id.to_string()).or_default() += 1;
    }
    failed
}

fn each_arrived_once(
    answered: &[Answered],
    came: HashMap<(String, String), Arrivals>,
    failed: &HashMap<String, usize>,
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
            let failed = failed.get(&notification).copied().unwrap_or(0);
            let left_behind = match restarts {
                Some(restarts) => left_behind(&notification, &times, failed, restarts),
                None => {
                    let came = times.len();
                    assert!(
                        came <= 2 + failed,
                        "{notification} came {came} times and failed {failed} times: {times:?}"
                    );
                    Vec::new()
                }
            };
            for life in left_behind {
                *tally.left_behind.entry(life).or_default() += 1;
            }
        }
    }
    tally
}

/// The lives of the server that ended between a message's being sent and its being written down.
fn left_behind(
    notification: &str,
    times: &[Instant],
    failed: usize,
    restarts: &[Instant],
) -> Vec<usize> {
    let life = |at: &Instant| restarts.iter().filter(|r| *r <= at).count();
    let mut lives: Vec<usize> = times.iter().map(life).collect();
    lives.dedup();
    let explained = lives.len() + failed;
    assert!(
        times.len() <= explained,
        "{notification} came {} times, of which a failure or a restart explains {explained}: {times:?}",
        times.len()
    );
    let spare = explained - times.len();
    lives.pop();
    lives.into_iter().skip(spare).collect()
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
            messages.retain(|m| m.key.step == 0);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn left(seconds: &[u64], failed: usize, restarts: &[u64]) -> Vec<usize> {
        let begin = Instant::now();
        let at = |all: &[u64]| -> Vec<Instant> {
            all.iter()
                .map(|s| begin + Duration::from_secs(*s))
                .collect()
        };
        left_behind("n", &at(seconds), failed, &at(restarts))
    }

    #[test]
    fn a_failure_or_a_restart_explains_that_a_message_came_again() {
        assert_eq!(left(&[1], 0, &[5]), [0; 0]);
        assert_eq!(left(&[1, 6], 0, &[5]), [0]);
        assert_eq!(left(&[1, 2], 1, &[5]), [0; 0]);
        assert_eq!(left(&[1, 2, 6], 1, &[5]), [0]);
        assert_eq!(
            left(&[1, 6], 1, &[5]),
            [0; 0],
            "what was written down was not in flight"
        );
        assert_eq!(left(&[1, 6, 9], 0, &[5, 8]), [0, 1]);
    }

    #[test]
    #[should_panic(expected = "came 2 times")]
    fn a_message_that_comes_again_without_either_is_a_fault() {
        left(&[1, 2], 0, &[5]);
    }
}
