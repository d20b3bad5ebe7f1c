//! What to measure and for how long, from the environment.

use std::path::PathBuf;
use std::time::Duration;

/// See the names in `main.rs`.
pub struct Settings {
    pub runs: usize,
    pub seconds: Duration,
    pub alerts: usize,
    /// Operators' feeds of B4.
    pub feeds: usize,
    pub people: usize,
    pub verbose: bool,
    /// An older release binary to take turns with.
    pub against: Option<PathBuf>,
    /// Timers of B8.
    pub timers: usize,
    only: Option<String>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench's own switches, which no server reads"
)]
fn given(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

fn number(name: &str, preset: usize) -> usize {
    given(name).map_or(preset, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

impl Settings {
    pub fn read() -> Self {
        Self {
            runs: number("BENCH_RUNS", 5).max(1),
            seconds: Duration::from_secs(number("BENCH_SECONDS", 10).max(1) as u64),
            alerts: number("BENCH_ALERTS", 4_000),
            feeds: number("BENCH_FEEDS", 1_000).max(1),
            people: number("BENCH_PEOPLE", 1_000_000),
            verbose: given("BENCH_VERBOSE").is_some(),
            against: given("BENCH_AGAINST").map(|path| std::path::absolute(path).unwrap()),
            timers: number("BENCH_TIMERS", 100_000),
            only: given("BENCH_ONLY"),
        }
    }

    /// Whether this measurement was asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| only.split(',').any(|one| one.trim() == name))
    }
}
