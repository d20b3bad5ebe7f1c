//! B1: from a press to the last of five messages, at fifty a second; and what every such run shares.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::figures::{Spread, medians, ratio, table};
use super::floor_alert::Floor;
use super::floors;
use super::load::{self, Answered, Outcome};
use super::parties::{NAMES, OLD_SQLITE, PEER, POSTGRES, Party, SQLITE, Stage, TURNS, WARM_UP};
use super::settings::Settings;
use super::sink::Arrival;
use super::watch::{Seen, Watcher};

/// Messages of one alert: her contacts.
pub const FIVE: usize = 5;
const RATE: f64 = 50.0;
/// How long nothing may come before what is missing counts as lost.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// A run at fifty a second.
pub struct Steady {
    /// Due → last of five at the sink.
    pub last: Spread,
    /// Due → 2xx.
    pub reply: Spread,
    /// Due → operator's stream.
    pub operator: Option<Spread>,
    pub sound: bool,
}

/// The alert's id: from Ampara's reply, or the mark that the peer was sent.
fn alert_of(answered: &Answered) -> String {
    let id = answered.reply.json();
    id["id"]
        .as_str()
        .map_or_else(|| answered.mark.clone(), str::to_owned)
}

/// When the last of five came, for each alert; and whether each came exactly once.
pub fn complete(arrivals: &[Arrival], outcome: &Outcome) -> (HashMap<String, Instant>, bool) {
    let mut slots: HashMap<&str, [usize; FIVE]> = HashMap::new();
    let mut last: HashMap<String, Instant> = HashMap::new();
    let mut strange = 0;
    for arrival in arrivals {
        match slots
            .entry(&arrival.alert)
            .or_default()
            .get_mut(usize::from(arrival.slot))
        {
            Some(count) => *count += 1,
            None => strange += 1,
        }
        let at = last.entry(arrival.alert.clone()).or_insert(arrival.at);
        *at = (*at).max(arrival.at);
    }
    let ids: Vec<String> = outcome.answered.iter().map(alert_of).collect();
    let lost = ids
        .iter()
        .filter(|id| slots.get(id.as_str()).is_none_or(|s| s.contains(&0)))
        .count();
    let twice: usize = slots.values().flatten().map(|n| n.saturating_sub(1)).sum();
    if lost + twice + strange + outcome.failed > 0 {
        eprintln!(
            "{lost} alerts incomplete, {twice} messages twice, {strange} strange, {} refused",
            outcome.failed
        );
    }
    (last, lost + twice + strange + outcome.failed == 0)
}

/// Due → operator's stream. A record names no alert before it is claimed, so it is found by the
/// instant of the press.
fn seen_by_operator(seen: &[Seen], answered: &[Answered]) -> Spread {
    let mut first: HashMap<&str, Instant> = HashMap::new();
    for (event, at) in seen {
        if let Some(raised) = event["raised_at"].as_str() {
            first.entry(raised).or_insert(*at);
        }
    }
    let replies: Vec<(Value, Instant)> = answered.iter().map(|a| (a.reply.json(), a.due)).collect();
    let took = replies.iter().filter_map(|(reply, due)| {
        let at = first.get(reply["raised_at"].as_str()?)?;
        Some(at.saturating_duration_since(*due))
    });
    Spread::of(took.collect())
}

/// Presses that are not measured.
pub async fn warm_up(stage: &Stage, party: &Party, presses: usize) {
    stage.sink.clear();
    load::closed_loop(party.address(), 8, presses, PATIENCE, party.presses(0)).await;
    stage.sink.wait_for(presses * FIVE, PATIENCE).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stage.sink.clear();
}

/// One run at fifty a second; people before `from` have pressed already.
pub async fn steady_run(stage: &Stage, party: &Party, time: Duration, from: usize) -> Steady {
    let watcher = match party {
        Party::Ampara(server, ..) => {
            let operator = server.sign_in().await;
            Some(Watcher::listen(&server.address, "/v1/escalations/stream", &operator).await)
        }
        Party::Peer(_) => None,
    };
    if from == WARM_UP {
        warm_up(stage, party, WARM_UP).await;
    }
    stage.sink.clear();
    let count = (time.as_secs_f64() * RATE) as usize;
    let outcome = load::open_loop(party.address(), count, RATE, party.presses(from)).await;
    stage.sink.wait_for(count * FIVE, PATIENCE).await;
    let (last, sound) = complete(&stage.sink.take(), &outcome);
    let took = outcome
        .answered
        .iter()
        .filter_map(|a| Some(last.get(&alert_of(a))?.saturating_duration_since(a.due)));
    let operator = match watcher {
        Some(watcher) => {
            tokio::time::sleep(Duration::from_millis(1_200)).await;
            Some(seen_by_operator(&watcher.take(), &outcome.answered))
        }
        None => None,
    };
    let all_seen = operator.is_none_or(|seen| seen.n == count);
    if !all_seen {
        eprintln!(
            "the operator's stream showed {} of {count}",
            operator.map_or(0, |seen| seen.n)
        );
    }
    Steady {
        last: Spread::of(took.collect()),
        reply: Spread::of(outcome.answered.iter().map(|a| a.replied - a.due).collect()),
        operator,
        sound: sound && all_seen,
    }
}

/// The floor at fifty a second: due → last of five.
pub async fn steady_floor(stage: &Stage, time: Duration) -> Spread {
    let floor = Floor::start(&stage.sink.address).await;
    let make = floors::presses();
    load::closed_loop(&floor.address, 8, WARM_UP, PATIENCE, Arc::clone(&make)).await;
    stage.sink.wait_for(WARM_UP * FIVE, PATIENCE).await;
    stage.sink.clear();
    let count = (time.as_secs_f64() * RATE) as usize;
    let outcome = load::open_loop(&floor.address, count, RATE, make).await;
    stage.sink.wait_for(count * FIVE, PATIENCE).await;
    let (last, _) = complete(&stage.sink.take(), &outcome);
    let took = outcome
        .answered
        .iter()
        .filter_map(|a| Some(last.get(&alert_of(a))?.saturating_duration_since(a.due)));
    Spread::of(took.collect())
}

type Runs = [Vec<Steady>; TURNS.len()];

/// B1.
pub async fn steady(stage: &Stage, settings: &Settings) -> bool {
    let mut runs = Runs::default();
    let mut sound = true;
    for run in 1..=settings.runs {
        for which in TURNS {
            let Some(party) = Party::start(stage, which).await else {
                continue;
            };
            let steady = steady_run(stage, &party, settings.seconds, WARM_UP).await;
            if settings.verbose {
                let seen = steady
                    .operator
                    .map_or(String::new(), |s| format!(", operator {s}"));
                println!(
                    "B1 run {run}, {}: last of five {}, 2xx {}{seen} ms",
                    NAMES[which], steady.last, steady.reply
                );
            }
            sound &= steady.sound;
            runs[which].push(steady);
        }
    }
    print_beside_peer(&runs);
    print_beside_older(&runs);
    sound
}

/// The medians of one party's runs; `None` for one that didn't take part.
fn of(runs: &Runs, which: usize, pick: fn(&Steady) -> Spread) -> Option<Spread> {
    let picked: Vec<Spread> = runs[which].iter().map(pick).collect();
    (!picked.is_empty()).then(|| medians(&picked))
}

fn print_beside_peer(runs: &Runs) {
    let peer = of(runs, PEER, |s| s.last);
    let rows = (0..TURNS.len()).filter_map(|which| {
        let (last, reply) = (of(runs, which, |s| s.last)?, of(runs, which, |s| s.reply)?);
        let operator = of(runs, which, |s| s.operator.unwrap_or(s.last)).filter(|_| which != PEER);
        Some(vec![
            NAMES[which].to_owned(),
            last.to_string(),
            operator.map_or("–".to_owned(), |s| s.to_string()),
            reply.to_string(),
            ratio(last.p50, peer.map(|p| p.p50)),
            ratio(last.p99, peer.map(|p| p.p99)),
        ])
    });
    table(
        "B1: 50 alerts/s, p50 / p99 in ms from the due time",
        &[
            "",
            "last of five at FCM",
            "operator's stream",
            "2xx",
            "p50 to peer's (goal ≤ 1.6 ×)",
            "p99 (≤ 1.5 ×)",
        ],
        &rows.collect::<Vec<_>>(),
    );
}

fn print_beside_older(runs: &Runs) {
    let compared = [SQLITE, POSTGRES].into_iter().filter_map(|which| {
        let old = which + OLD_SQLITE;
        let (new_last, last) = (of(runs, which, |s| s.last)?, of(runs, old, |s| s.last)?);
        let (new_reply, reply) = (of(runs, which, |s| s.reply)?, of(runs, old, |s| s.reply)?);
        Some(vec![
            NAMES[which].to_owned(),
            ratio(new_last.p50, Some(last.p50)),
            ratio(new_last.p99, Some(last.p99)),
            ratio(new_reply.p50, Some(reply.p50)),
        ])
    });
    against(
        "B1",
        &["", "last of five, p50 (≤ 1.15 ×)", "p99", "2xx, p50"],
        &compared.collect::<Vec<_>>(),
    );
}

/// This build to the older one, medians of the runs in which they took turns.
pub fn against(name: &str, head: &[&str], rows: &[Vec<String>]) {
    if !rows.is_empty() {
        table(&format!("{name}: this build to the older one"), head, rows);
    }
}
