//! `ampara demo step 60s`: the running demo's clock goes on by that much at once.
//!
//! The command leaves a file in the demo's directory; the demo looks for it, moves its clock and
//! removes it. So no route of the server moves a clock.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::cli::say::say;
use crate::cli::terminal::told;
use crate::clock::Clock;

const LOOK: Duration = Duration::from_millis(100);
/// How long the command waits for the demo to take the step.
const PATIENCE: Duration = Duration::from_secs(5);

fn file(data: &Path) -> PathBuf {
    data.join("step")
}

/// Reads `90`, `90s`, `5m` or `2h`.
pub fn span(text: &str) -> Result<Duration, String> {
    let (digits, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => 0,
    };
    match digits.parse::<u64>().map(|n| n.saturating_mul(each)) {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("a span from 1s to 24h, as 60s, 5m or 2h".to_owned()),
    }
}

/// Asks the running demo to go on by `by`.
pub fn ask(data: &Path, by: Duration) -> anyhow::Result<()> {
    let file = file(data);
    std::fs::write(&file, by.as_secs().to_string())
        .with_context(|| told("demo-none", &[("folder", &data.display().to_string())]))?;
    let until = Instant::now() + PATIENCE;
    while file.exists() {
        if Instant::now() > until {
            std::fs::remove_file(&file)?;
            let folder = data.display().to_string();
            bail!(told("demo-not-running", &[("folder", &folder)]));
        }
        std::thread::sleep(LOOK);
    }
    let seconds = by.as_secs().to_string();
    say!("{}", told("demo-stepped", &[("seconds", &seconds)]));
    Ok(())
}

/// Takes the steps that are asked for, until the demo ends.
pub async fn take(data: PathBuf, clock: Clock) {
    let file = file(&data);
    let _ = std::fs::remove_file(&file);
    loop {
        tokio::time::sleep(LOOK).await;
        let asked = std::fs::read_to_string(&file).ok();
        if let Some(seconds) = asked.and_then(|text| text.parse::<u64>().ok()) {
            clock.advance(Duration::from_secs(seconds));
            let _ = std::fs::remove_file(&file);
            say!("  {:>9}  {:<30} {seconds} s", "", told("demo-clock", &[]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, seconds) in [("60s", 60), ("90", 90), ("5m", 300), ("24h", 86_400)] {
            assert_eq!(span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in [
            "",
            "0s",
            "25h",
            "s",
            "1d",
            "-1s",
            "1.5m",
            "99999999999999999999h",
        ] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
