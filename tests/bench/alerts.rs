//! B1 and B2: from a press to the last of five messages, at fifty a second and as fast as it goes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::figures::{Spread, median, medians, ratio, table};
use super::floor_alert::Floor;
use super::floors;
use super::load::{self, Answered, CONNECTIONS, Outcome};
use super::parties::{NAMES, OLD_SQLITE, PEER, POSTGRES, Party, SQLITE, Stage, TURNS, WARM_UP};
use super::settings::Settings;
use super::sink::Arrival;
use super::watch::{Seen, Watcher};

const FIVE: usize = 5;
const RATE: f64 = 50.0;
/// How long nothing may come before what is missing counts as lost.
const PATIENCE: Duration = Duration::from_secs(15);

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
fn complete(arrivals: &[Arrival], outcome: &Outcome) -> (HashMap<String, Instant>, bool) {
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
async fn warm_up(stage: &Stage, party: &Party, presses: usize) {
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

/// B1.
pub async fn steady(stage: &Stage, settings: &Settings) -> bool {
    let mut runs: [Vec<Steady>; TURNS.len()] = Default::default();
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
    let of = |which: usize, pick: fn(&Steady) -> Spread| {
        let picked: Vec<Spread> = runs[which].iter().map(pick).collect();
        (!picked.is_empty()).then(|| medians(&picked))
    };
    let peer = of(PEER, |s| s.last);
    let rows = (0..TURNS.len()).filter_map(|which| {
        let (last, reply) = (of(which, |s| s.last)?, of(which, |s| s.reply)?);
        let operator = of(which, |s| s.operator.unwrap_or(s.last)).filter(|_| which != PEER);
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
    let mut compared = Vec::new();
    for which in [SQLITE, POSTGRES] {
        let old = which + OLD_SQLITE;
        let (Some(new_last), Some(last)) = (of(which, |s| s.last), of(old, |s| s.last)) else {
            continue;
        };
        let (Some(new_reply), Some(reply)) = (of(which, |s| s.reply), of(old, |s| s.reply)) else {
            continue;
        };
        let to = |new: f64, old: f64| ratio(new, Some(old));
        let ratios = [
            to(new_last.p50, last.p50),
            to(new_last.p99, last.p99),
            to(new_reply.p50, reply.p50),
        ];
        compared.push([vec![NAMES[which].to_owned()], ratios.to_vec()].concat());
    }
    against(
        "B1",
        &["", "last of five, p50 (≤ 1.15 ×)", "p99", "2xx, p50"],
        &compared,
    );
    sound
}

/// This build to the older one, medians of the runs in which they took turns.
fn against(name: &str, head: &[&str], rows: &[Vec<String>]) {
    if !rows.is_empty() {
        table(&format!("{name}: this build to the older one"), head, rows);
    }
}

/// A run as fast as it goes.
struct Saturated {
    per_second: f64,
    reply: Spread,
    memory: f64,
    cpu_per_alert: Duration,
    sound: bool,
}

fn cpu_micros(run: &Saturated) -> f64 {
    run.cpu_per_alert.as_secs_f64() * 1e6
}

/// The floor's alerts a second, all recorded, and its CPU for one in microseconds.
async fn floor_run(stage: &Stage, count: usize) -> (f64, f64) {
    let floor = Floor::start(&stage.sink.address).await;
    stage.sink.clear();
    let make = floors::presses();
    load::closed_loop(&floor.address, 8, WARM_UP, PATIENCE, Arc::clone(&make)).await;
    stage.sink.wait_for(WARM_UP * FIVE, PATIENCE).await;
    let before = floor.cpu();
    let time = Duration::from_secs(120);
    let outcome = load::closed_loop(&floor.address, CONNECTIONS, count, time, make).await;
    floor.all_recorded().await;
    let took = outcome.first_sent.elapsed().as_secs_f64();
    stage.sink.clear();
    let alerts = outcome.answered.len().max(1) as f64;
    let cpu = (floor.cpu() - before).as_secs_f64() * 1e6 / alerts;
    (alerts / took, cpu)
}

async fn saturated_run(stage: &Stage, party: &Party, count: usize) -> Saturated {
    warm_up(stage, party, WARM_UP).await;
    let cpu = |party: &Party| match party {
        Party::Ampara(server, ..) => server.cpu(),
        Party::Peer(_) => Duration::ZERO,
    };
    let before = cpu(party);
    let outcome = load::closed_loop(
        party.address(),
        CONNECTIONS,
        count,
        Duration::from_secs(120),
        party.presses(WARM_UP),
    )
    .await;
    let mut sound = stage
        .sink
        .wait_for(outcome.answered.len() * FIVE, PATIENCE)
        .await;
    let arrivals = stage.sink.take();
    let mut ended = arrivals
        .iter()
        .map(|a| a.at)
        .max()
        .unwrap_or(outcome.last_reply);
    let mut memory = 0.0;
    if let Party::Ampara(server, ..) = party {
        if !server.all_recorded().await {
            eprintln!("outcomes were not all recorded");
            sound = false;
        }
        // Looked at every few milliseconds: this is a little late, never early.
        ended = Instant::now();
        memory = server.memory("VmHWM");
        sound &= server.complaints() == 0;
    }
    let answered = outcome.answered.len();
    Saturated {
        per_second: answered as f64 / (ended - outcome.first_sent).as_secs_f64(),
        reply: Spread::of(outcome.answered.iter().map(|a| a.replied - a.due).collect()),
        memory,
        cpu_per_alert: (cpu(party) - before) / u32::try_from(answered.max(1)).unwrap(),
        sound: sound & complete(&arrivals, &outcome).1,
    }
}

/// B2, as a table: what is asked of it, and the goals of the two engines.
pub struct Saturation {
    /// How long FCM takes for an answer.
    pub answers_after: Duration,
    pub title: &'static str,
    pub goals: [&'static str; 2],
}

/// B2 with an FCM that answers at once.
pub const AT_ONCE: Saturation = Saturation {
    answers_after: Duration::ZERO,
    title: "B2: 64 connections, all five delivered and (ours) their outcomes recorded",
    goals: ["≥ 1.5 ×", "≥ 0.8 ×"],
};

/// B2 with an FCM that takes as long as the real one does.
pub const AFTER_50_MS: Saturation = Saturation {
    answers_after: Duration::from_millis(50),
    title: "B2 at 50 ms: the same with an FCM that answers after 50 ms",
    goals: ["≥ 0.8 ×", "≥ 0.6 ×"],
};

/// B2.
pub async fn saturated(stage: &Stage, settings: &Settings, asked: &Saturation) -> bool {
    let mut runs: [Vec<Saturated>; TURNS.len()] = Default::default();
    let mut sound = true;
    let mut floors = Vec::new();
    stage.sink.answers_after(asked.answers_after);
    for run in 1..=settings.runs {
        for which in TURNS {
            let Some(party) = Party::start(stage, which).await else {
                continue;
            };
            let saturated = saturated_run(stage, &party, settings.alerts).await;
            if settings.verbose {
                println!(
                    "B2 run {run}, {}: {:.0} alerts/s, 2xx {} ms",
                    NAMES[which], saturated.per_second, saturated.reply
                );
            }
            sound &= saturated.sound;
            runs[which].push(saturated);
        }
        let floor = floor_run(stage, settings.alerts).await;
        if settings.verbose {
            println!(
                "B2 run {run}, the floor: {:.0} alerts/s, {:.0} µs",
                floor.0, floor.1
            );
        }
        floors.push(floor);
    }
    stage.sink.answers_after(Duration::ZERO);
    let floor_cpu = median(floors.iter().map(|floor| floor.1).collect());
    let of =
        |which: usize, pick: fn(&Saturated) -> f64| median(runs[which].iter().map(pick).collect());
    let peer = Some(of(PEER, |s| s.per_second));
    let rows = (0..TURNS.len())
        .filter(|which| !runs[*which].is_empty())
        .map(|which| {
            let is_ours = which != PEER;
            let ours = |text: String| if is_ours { text } else { "–".to_owned() };
            vec![
                NAMES[which].to_owned(),
                format!("{:.0}", of(which, |s| s.per_second)),
                ratio(of(which, |s| s.per_second), peer),
                asked.goals.get(which).copied().unwrap_or("–").to_owned(),
                medians(&runs[which].iter().map(|s| s.reply).collect::<Vec<_>>()).to_string(),
                ours(format!("{:.0}", of(which, cpu_micros))),
                ours(ratio(of(which, cpu_micros), Some(floor_cpu))),
                ours(format!("{:.0}", of(which, |s| s.memory))),
            ]
        });
    let floor = vec![
        "the floor: the same rows and exchanges, bare".to_owned(),
        format!(
            "{:.0}",
            median(floors.iter().map(|floor| floor.0).collect())
        ),
        "–".to_owned(),
        "–".to_owned(),
        "–".to_owned(),
        format!("{floor_cpu:.0}"),
        "1".to_owned(),
        "–".to_owned(),
    ];
    table(
        asked.title,
        &[
            "",
            "alerts/s",
            "to peer's",
            "goal",
            "2xx p50 / p99 ms",
            "server's CPU, µs an alert",
            "to the floor's (≤ 1.8 ×)",
            "peak memory, MiB",
        ],
        &rows.chain([floor]).collect::<Vec<_>>(),
    );
    let compared = [SQLITE, POSTGRES]
        .into_iter()
        .filter(|which| !runs[which + OLD_SQLITE].is_empty())
        .map(|which| {
            let to = |pick: fn(&Saturated) -> f64| {
                ratio(of(which, pick), Some(of(which + OLD_SQLITE, pick)))
            };
            let cpu = to(cpu_micros);
            vec![
                NAMES[which].to_owned(),
                to(|s| s.per_second),
                to(|s| s.reply.p50),
                cpu,
            ]
        });
    let compared: Vec<_> = compared.collect();
    against(
        asked.title.split(':').next().unwrap_or(asked.title),
        &[
            "",
            "alerts/s (≥ 0.87 ×)",
            "2xx, p50 (≤ 1.15 ×)",
            "CPU an alert",
        ],
        &compared,
    );
    sound
}
