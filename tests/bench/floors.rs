//! The floors by themselves: what this machine does at best.

use std::sync::Arc;
use std::time::Duration;

use super::alerts;
use super::figures::{median, medians, table};
use super::floor_store::{Store, alone};
use super::parties::Stage;
use super::places;
use super::postgres::Cluster;
use super::settings::Settings;
use super::{floor_stream, load::Make};

const TIME: Duration = Duration::from_secs(2);

fn sqlite_alone() -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("floor.db");
    alone(&mut Store::sqlite(&file.display().to_string()), TIME)
}

fn postgres_alone(run: usize) -> f64 {
    let (cluster, name) = (Cluster::shared(), format!("floor_{run}"));
    cluster.run("postgres", &format!("create database {name}"));
    let rate = alone(&mut Store::postgres(&cluster.url(&name)), TIME);
    cluster.drop_database(&name);
    rate
}

pub async fn measure(stage: &Stage, settings: &Settings) {
    let (mut stores, mut alerts, mut streams) = ([Vec::new(), Vec::new()], Vec::new(), Vec::new());
    let address = floor_stream::start();
    for run in 0..settings.runs {
        stores[0].push(sqlite_alone());
        stores[1].push(postgres_alone(run));
        alerts.push(alerts::steady_floor(stage, settings.seconds).await);
        streams.push(places::floor_run(&address, settings.seconds).await);
    }
    let store = |name: &str, rates: &Vec<f64>| {
        let rate = median(rates.clone());
        let took = format!("{:.0} µs an alert", 1e6 / rate);
        vec![name.to_owned(), format!("{rate:.0} alerts/s"), took]
    };
    let rows = [
        store("store alone, SQLite, one thread", &stores[0]),
        store("store alone, PostgreSQL, one connection", &stores[1]),
        vec![
            "one commit and six exchanges at 50/s (SQLite)".to_owned(),
            format!("{} ms", medians(&alerts)),
            "due → last of five, p50 / p99".to_owned(),
        ],
        vec![
            "fix → stream at 200/s".to_owned(),
            format!("{} ms", medians(&streams)),
            "p50 / p99".to_owned(),
        ],
    ];
    table("Floors", &["", "", ""], &rows);
}

/// Presses for the floor.
pub fn presses() -> Make {
    Arc::new(|_| super::floor_alert::press())
}
