//! The index of jurisdictions agrees with a plain scan, borders included, and is quick.

mod towns;

use std::time::{Duration, Instant};

use ampara::escalation::jurisdiction::{CentreArea, Jurisdictions};
use ampara::ids::CentreId;
use geo::{BoundingRect, Coord, Intersects, MultiPolygon, Rect};
use towns::{Dice, towns};

use crate::harness::tier;

/// The oracle: every bounding box, then every edge of what is left.
struct Scan<'a>(Vec<Boxed<'a>>);

/// A town's box, its ground, and its place in the order.
type Boxed<'a> = (Rect<f64>, &'a MultiPolygon<f64>, (i64, CentreId));

impl<'a> Scan<'a> {
    fn of(areas: &'a [CentreArea]) -> Self {
        let boxed = |a: &'a CentreArea| {
            let polygon = a.polygon.as_ref()?;
            Some((polygon.bounding_rect()?, polygon, (a.rank, a.centre)))
        };
        Self(areas.iter().filter_map(boxed).collect())
    }

    fn locate(&self, place: Coord<f64>) -> Vec<CentreId> {
        let near = self.0.iter().filter(|(b, ..)| {
            b.min().x <= place.x
                && place.x <= b.max().x
                && b.min().y <= place.y
                && place.y <= b.max().y
        });
        let mut found: Vec<_> = near
            .filter(|(_, polygon, _)| polygon.intersects(&place))
            .map(|(.., id)| *id)
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id).collect()
    }
}

/// Places of every awkward kind: on corners, on edges and a hair beside them, level with a corner,
/// and anywhere.
fn place(dice: &mut Dice, rings: &[&[Coord<f64>]]) -> Coord<f64> {
    let ring = rings[dice.below(rings.len())];
    let i = dice.below(ring.len() - 1);
    let (a, b) = (ring[i], ring[i + 1]);
    let t = dice.share();
    let on_edge = Coord {
        x: a.x + (b.x - a.x) * t,
        y: a.y + (b.y - a.y) * t,
    };
    match dice.below(8) {
        0 => a,
        1 => Coord {
            x: f64::midpoint(a.x, b.x),
            y: f64::midpoint(a.y, b.y),
        },
        2 => on_edge,
        3 => Coord {
            x: on_edge.x.next_up(),
            y: on_edge.y,
        },
        4 => Coord {
            x: on_edge.x,
            y: on_edge.y.next_down(),
        },
        5 => Coord {
            x: a.x + dice.share() - 0.5,
            y: a.y,
        },
        _ => Coord {
            x: -113.0 + 24.0 * dice.share(),
            y: 14.0 + 20.0 * dice.share(),
        },
    }
}

fn rings(areas: &[CentreArea]) -> Vec<&[Coord<f64>]> {
    let polygons = areas
        .iter()
        .filter_map(|a| a.polygon.as_ref())
        .flat_map(|m| &m.0);
    polygons
        .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
        .map(|r| r.0.as_slice())
        .collect()
}

#[test]
fn the_index_agrees_with_a_plain_scan_on_every_kind_of_place() {
    let areas = towns();
    assert_eq!(areas.len(), 2_475);
    let (index, scan, rings) = (
        Jurisdictions::new(areas.clone()),
        Scan::of(&areas),
        rings(&areas),
    );
    let mut dice = Dice::new(911);
    let mut sides = [0_usize; 3];
    for _ in 0..tier::count(20_000, 1_000_000) {
        let at = place(&mut dice, &rings);
        let found = index.locate(at.y, at.x);
        assert_eq!(found, scan.locate(at), "at {at:?}");
        sides[found.len().min(2)] += 1;
    }
    // The places were of all kinds: outside, in one town, on borders.
    assert!(sides.iter().all(|n| *n > 100), "{sides:?}");
}

#[test]
fn towns_have_the_size_of_real_ones() {
    let areas = towns();
    let mut corners: Vec<usize> = areas
        .iter()
        .filter_map(|a| a.polygon.as_ref())
        .filter_map(|m| m.0.first())
        .map(|p| p.exterior().0.len())
        .collect();
    corners.sort_unstable();
    assert!(
        corners[0] >= 100 && corners[corners.len() - 1] <= 601,
        "{} to {}",
        corners[0],
        corners[corners.len() - 1]
    );
}

#[test]
fn a_place_is_found_in_microseconds() {
    let areas = towns();
    let (index, rings) = (Jurisdictions::new(areas.clone()), rings(&areas));
    let mut dice = Dice::new(2_475);
    let mut took: Vec<Duration> = (0..20_000)
        .map(|_| {
            let at = place(&mut dice, &rings);
            let begun = Instant::now();
            std::hint::black_box(index.locate(at.y, at.x));
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    let (p50, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!("jurisdiction over 2,475 polygons: p50 {p50:?}, p99 {p99:?}");
    // The goal is 200 µs; an unoptimised build on a busy machine is given more.
    let most = if cfg!(debug_assertions) {
        Duration::from_millis(2)
    } else {
        Duration::from_micros(200)
    };
    // The median: the slowest are those in which the machine did something else.
    assert!(p50 <= most, "p50 {p50:?}");
}
