//! `make bench`: how fast, on this machine, beside a peer on this machine.
//!
//! What: the release binary (`ampara serve`) on SQLite and on a private PostgreSQL, a fake of FCM,
//! a load generator and watchers in one process with one monotonic clock; Debian's Alertmanager in
//! between, where it is installed. Invariant: open loops count from the moment a request was *due*,
//! so that a slow server cannot slow the clock down; the parties take turns within a run, so that a
//! noisy minute hits them all; every figure is the median of the runs. Path: `floors`, `alerts` (B1),
//! `saturated` (B2), `places` (B3), `feeds` (B4), `storm`, `jurisdiction` (B5), `crowd` (B7),
//! `timers` (B8), `footprint` (B9) measure; `figures` prints. A floor does the same work bare, in the same run.
//! On failure: a run that loses a message or is refused says so in the table and in the exit code.
//!
//! Settings: `BENCH_RUNS` (5), `BENCH_SECONDS` (10; of B1, B3, B4 and the storm), `BENCH_ALERTS`
//! (4000; of B2), `BENCH_FEEDS` (1000; of B4, and three times as many beside the press),
//! `BENCH_PEOPLE` (1000000; of B7, 0 leaves it out), `BENCH_TIMERS` (100000; of B8, 0
//! leaves it out), `BENCH_ONLY` (`floors,b1,b2,b2at50,b3,b4,storm,b5,b7,b8,b9`), `BENCH_VERBOSE`
//! (each run), `BENCH_AGAINST` (the path of an older `ampara`, with which B1 and B2 take turns).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a measurement that can't be made ends"
)]

mod alertmanager;
mod alerts;
mod ampara;
mod config_file;
mod crowd;
mod exchange;
mod feeds;
mod figures;
mod floor_alert;
mod floor_store;
mod floor_stream;
mod floors;
mod footprint;
mod jurisdiction;
mod load;
mod parties;
mod places;
#[path = "../harness/postgres.rs"]
#[expect(dead_code, reason = "the tests crash it; here it only serves")]
mod postgres;
mod saturated;
mod scratch;
#[path = "../harness/seed.rs"]
#[expect(dead_code, reason = "the tests look at more of it")]
mod seed;
mod settings;
mod sink;
mod storm;
mod timers;
#[path = "../jurisdiction/towns.rs"]
mod towns;
mod watch;

use settings::Settings;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, serve, sink, file] = arguments.as_slice()
        && serve == floor_alert::ARGUMENT
    {
        return floor_alert::serve(sink, file);
    }
    let settings = Settings::read();
    println!("{}", figures::machine());
    if settings.wants("b5") {
        jurisdiction::measure();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let sound = runtime.block_on(measure(&settings));
    if !sound {
        eprintln!("something was lost or refused: see above");
        std::process::exit(1);
    }
}

async fn measure(settings: &Settings) -> bool {
    let stage = parties::Stage::set(settings).await;
    let mut sound = true;
    if settings.wants("b9") {
        footprint::measure(&stage).await;
    }
    if settings.wants("floors") {
        floors::measure(&stage, settings).await;
    }
    if settings.wants("b1") {
        sound &= alerts::steady(&stage, settings).await;
    }
    if settings.wants("b2") {
        sound &= saturated::measure(&stage, settings, &saturated::AT_ONCE).await;
    }
    if settings.wants("b2at50") {
        sound &= saturated::measure(&stage, settings, &saturated::AFTER_50_MS).await;
    }
    if settings.wants("b3") {
        sound &= places::measure(&stage, settings).await;
    }
    if settings.wants("b4") {
        sound &= feeds::measure(&stage, settings).await;
    }
    if settings.wants("storm") {
        sound &= storm::measure(&stage, settings).await;
    }
    if settings.wants("b7") && settings.people > 0 {
        sound &= crowd::measure(&stage, settings).await;
    }
    if settings.wants("b8") && settings.timers > 0 {
        sound &= timers::measure(&stage, settings).await;
    }
    sound
}
