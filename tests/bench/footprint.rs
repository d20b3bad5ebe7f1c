//! B9: how long a start takes, and how large it is.

use std::time::Duration;

use super::ampara::program_size;
use super::figures::{median, table};
use super::parties::{Party, Stage};

/// Starts on each engine.
const STARTS: usize = 5;
/// How long a fresh server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(2);

pub async fn measure(stage: &Stage) {
    let mut rows = Vec::new();
    for (which, filled) in stage.filled.iter().enumerate() {
        let (mut ready, mut idle) = (Vec::new(), 0.0);
        for n in 0..STARTS {
            let Some(Party::Ampara(server, ..)) = Party::start(stage, which).await else {
                continue;
            };
            ready.push(server.ready_after.as_secs_f64() * 1e3);
            if n + 1 == STARTS {
                tokio::time::sleep(IDLE).await;
                idle = server.memory("VmRSS");
            }
        }
        rows.push(vec![
            filled.engine.name().to_owned(),
            format!("{:.0} ms", median(ready)),
            format!("{idle:.0} MiB"),
            format!("{:.1} MiB", program_size() as f64 / (1024.0 * 1024.0)),
        ]);
    }
    table(
        "B9: footprint (memory at B2 stands there)",
        &["", "start to ready", "resident, idle", "binary"],
        &rows,
    );
}
