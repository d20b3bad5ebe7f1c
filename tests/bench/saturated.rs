//! B2: from a press to the last of five messages and its recorded outcome, as fast as it goes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::alerts::{FIVE, PATIENCE, against, complete, warm_up};
use super::figures::{Spread, median, medians, ratio, table};
use super::floor_alert::Floor;
use super::floors;
use super::load::{self, CONNECTIONS};
use super::parties::{NAMES, OLD_SQLITE, PEER, POSTGRES, Party, SQLITE, Stage, TURNS, WARM_UP};
use super::settings::Settings;

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

/// What the parties' runs gave, and the floor's: its alerts a second, and CPU for one.
#[derive(Default)]
struct Runs {
    parties: [Vec<Saturated>; TURNS.len()],
    floors: Vec<(f64, f64)>,
}

impl Runs {
    /// The median of one party's runs.
    fn of(&self, which: usize, pick: fn(&Saturated) -> f64) -> f64 {
        median(self.parties[which].iter().map(pick).collect())
    }

    fn floor_cpu(&self) -> f64 {
        median(self.floors.iter().map(|floor| floor.1).collect())
    }

    /// A row of the table for a party that took part.
    fn row(&self, which: usize, asked: &Saturation) -> Vec<String> {
        let is_ours = which != PEER;
        let ours = |text: String| if is_ours { text } else { "–".to_owned() };
        let peer = Some(self.of(PEER, |s| s.per_second));
        let replies: Vec<Spread> = self.parties[which].iter().map(|s| s.reply).collect();
        let cpu = self.of(which, cpu_micros);
        vec![
            NAMES[which].to_owned(),
            format!("{:.0}", self.of(which, |s| s.per_second)),
            ratio(self.of(which, |s| s.per_second), peer),
            asked.goals.get(which).copied().unwrap_or("–").to_owned(),
            medians(&replies).to_string(),
            ours(format!("{cpu:.0}")),
            ours(ratio(cpu, Some(self.floor_cpu()))),
            ours(format!("{:.0}", self.of(which, |s| s.memory))),
        ]
    }

    fn floor_row(&self) -> Vec<String> {
        let per_second = median(self.floors.iter().map(|floor| floor.0).collect());
        vec![
            "the floor: the same rows and exchanges, bare".to_owned(),
            format!("{per_second:.0}"),
            "–".to_owned(),
            "–".to_owned(),
            "–".to_owned(),
            format!("{:.0}", self.floor_cpu()),
            "1".to_owned(),
            "–".to_owned(),
        ]
    }

    fn print_beside_peer(&self, asked: &Saturation) {
        let rows = (0..TURNS.len())
            .filter(|which| !self.parties[*which].is_empty())
            .map(|which| self.row(which, asked));
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
            &rows.chain([self.floor_row()]).collect::<Vec<_>>(),
        );
    }

    fn print_beside_older(&self, asked: &Saturation) {
        let compared = [SQLITE, POSTGRES]
            .into_iter()
            .filter(|which| !self.parties[which + OLD_SQLITE].is_empty())
            .map(|which| {
                let to = |pick: fn(&Saturated) -> f64| {
                    ratio(
                        self.of(which, pick),
                        Some(self.of(which + OLD_SQLITE, pick)),
                    )
                };
                vec![
                    NAMES[which].to_owned(),
                    to(|s| s.per_second),
                    to(|s| s.reply.p50),
                    to(cpu_micros),
                ]
            });
        against(
            asked.title.split(':').next().unwrap_or(asked.title),
            &[
                "",
                "alerts/s (≥ 0.87 ×)",
                "2xx, p50 (≤ 1.15 ×)",
                "CPU an alert",
            ],
            &compared.collect::<Vec<_>>(),
        );
    }
}

/// B2.
pub async fn measure(stage: &Stage, settings: &Settings, asked: &Saturation) -> bool {
    let mut runs = Runs::default();
    let mut sound = true;
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
            runs.parties[which].push(saturated);
        }
        let floor = floor_run(stage, settings.alerts).await;
        if settings.verbose {
            println!(
                "B2 run {run}, the floor: {:.0} alerts/s, {:.0} µs",
                floor.0, floor.1
            );
        }
        runs.floors.push(floor);
    }
    stage.sink.answers_after(Duration::ZERO);
    runs.print_beside_peer(asked);
    runs.print_beside_older(asked);
    sound
}
