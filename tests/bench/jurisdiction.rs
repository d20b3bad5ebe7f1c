//! B5: which centre a place belongs to, among 2,475 municipalities.

use std::time::Instant;

use ampara::escalation::jurisdiction::Jurisdictions;

use super::figures::{Spread, table};
use super::towns::{Dice, towns};

const PLACES: usize = 1_000_000;

pub fn measure() {
    let areas = towns();
    let begun = Instant::now();
    let index = Jurisdictions::new(areas);
    let built = begun.elapsed();
    let mut dice = Dice::new(2_475);
    let took = (0..PLACES)
        .map(|_| {
            let (lat, lon) = (14.0 + 20.0 * dice.share(), -113.0 + 24.0 * dice.share());
            let begun = Instant::now();
            std::hint::black_box(index.locate(lat, lon));
            begun.elapsed()
        })
        .collect();
    let spread = Spread::of(took);
    let micros = |ms: f64| format!("{:.1} µs", ms * 1e3);
    table(
        "B5: jurisdiction of a place, 2,475 polygons, 1,000,000 places",
        &["p50", "p99", "slowest", "goal", "index built in"],
        &[vec![
            micros(spread.p50),
            micros(spread.p99),
            micros(spread.max),
            "p99 ≤ 200 µs".to_owned(),
            format!("{built:.0?}"),
        ]],
    );
}
