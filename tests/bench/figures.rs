//! Percentiles, medians of runs, and how they are printed.

use std::time::Duration;

/// Latencies of one run, in milliseconds.
#[derive(Clone, Copy)]
pub struct Spread {
    pub p50: f64,
    pub p99: f64,
    pub max: f64,
    pub n: usize,
}

impl Spread {
    /// Of these latencies; all zero when there is none.
    pub fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        let at = |share: f64| {
            let rank = ((all.len() as f64 * share).ceil() as usize).clamp(1, all.len().max(1)) - 1;
            all.get(rank).map_or(0.0, |d| d.as_secs_f64() * 1e3)
        };
        Self {
            p50: at(0.5),
            p99: at(0.99),
            max: at(1.0),
            n: all.len(),
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} / {:.2}", self.p50, self.p99)
    }
}

/// The middle one; the mean of the two middle ones of an even number.
pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    match all.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => all[n / 2],
        n => f64::midpoint(all[n / 2 - 1], all[n / 2]),
    }
}

/// Median of the runs' p50 and p99.
pub fn medians(runs: &[Spread]) -> Spread {
    let of = |pick: fn(&Spread) -> f64| median(runs.iter().map(pick).collect());
    Spread {
        p50: of(|s| s.p50),
        p99: of(|s| s.p99),
        max: of(|s| s.max),
        n: runs.iter().map(|s| s.n).sum(),
    }
}

/// `1.43 ×`, or a dash where there is nothing to compare with.
pub fn ratio(ours: f64, theirs: Option<f64>) -> String {
    theirs
        .filter(|t| *t > 0.0)
        .map_or("–".to_owned(), |theirs| format!("{:.2} ×", ours / theirs))
}

/// A table as Markdown.
pub fn table(title: &str, head: &[&str], rows: &[Vec<String>]) {
    println!(
        "\n### {title}\n\n| {} |\n|{}",
        head.join(" | "),
        "---|".repeat(head.len())
    );
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}

/// What it ran on, and what else the machine did.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpus = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let model = read("/proc/cpuinfo");
    let model = model
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .unwrap_or("")
        .trim_start_matches([' ', '\t', ':']);
    let load = read("/proc/loadavg");
    let load: Vec<&str> = load.split(' ').take(3).collect();
    format!(
        "{cpus} CPUs ({model}); load before the run: {}",
        load.join(" ")
    )
}
