//! Made-up municipalities: a wavy grid of 55 × 45 polygons with shared borders, of the size and
//! detail of real ones.
//!
//! Neighbours share their border's corners to the last bit, as a surveyed map does, so that every
//! corner and every point of an edge belongs to both.

use ampara::escalation::jurisdiction::CentreArea;
use ampara::ids::{CentreId, MunicipalityId};
use geo::{Coord, LineString, MultiPolygon, Polygon};

pub const COLUMNS: usize = 55;
pub const ROWS: usize = 45;
/// Degrees: about 40 km, as a municipality of northern Mexico.
const SIDE: f64 = 0.4;
const WEST: f64 = -112.0;
const SOUTH: f64 = 15.0;

/// Numbers that are the same in each run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 up to but not including 1.
    pub fn share(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }

    /// Between −1 and 1.
    fn swing(&mut self) -> f64 {
        self.share() * 2.0 - 1.0
    }
}

/// 2,475 polygons of 100 to 600 corners; every eleventh has a hole, every seventh an exclave.
pub fn towns() -> Vec<CentreArea> {
    let municipality = MunicipalityId::new();
    let mut areas = Vec::with_capacity(COLUMNS * ROWS);
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let n = row * COLUMNS + column;
            let mut parts = vec![Polygon::new(
                LineString::new(ring(column, row)),
                holes(column, row, n),
            )];
            if n.is_multiple_of(7) {
                // An exclave within a neighbour's neighbour, so that places may have two towns.
                parts.push(square(corner(column + 2, row + 1), 0.03));
            }
            areas.push(CentreArea {
                centre: CentreId::new(),
                municipality,
                rank: (n % 5) as i64,
                is_default: n == 0,
                polygon: Some(MultiPolygon::new(parts)),
            });
        }
    }
    areas
}

fn holes(column: usize, row: usize, n: usize) -> Vec<LineString<f64>> {
    if !n.is_multiple_of(11) {
        return Vec::new();
    }
    let (a, b) = (corner(column, row), corner(column + 1, row + 1));
    let middle = Coord {
        x: f64::midpoint(a.x, b.x),
        y: f64::midpoint(a.y, b.y),
    };
    vec![square(middle, 0.04).exterior().clone()]
}

fn square(at: Coord<f64>, half: f64) -> Polygon<f64> {
    let p = |dx: f64, dy: f64| Coord {
        x: at.x + dx * half,
        y: at.y + dy * half,
    };
    Polygon::new(
        LineString::new(vec![p(-1.0, -1.0), p(1.0, -1.0), p(1.0, 1.0), p(-1.0, 1.0)]),
        Vec::new(),
    )
}

fn ring(column: usize, row: usize) -> Vec<Coord<f64>> {
    let south = border(column, row, true);
    let east = border(column + 1, row, false);
    let north: Vec<_> = border(column, row + 1, true).into_iter().rev().collect();
    let west: Vec<_> = border(column, row, false).into_iter().rev().collect();
    let mut ring = south;
    for side in [east, north, west] {
        ring.extend(side.into_iter().skip(1));
    }
    ring
}

/// A node of the grid, moved a little; the same for all four towns that meet there.
fn corner(column: usize, row: usize) -> Coord<f64> {
    let mut dice = Dice::new((column * 1_000 + row) as u64);
    Coord {
        x: WEST + SIDE * (column as f64 + 0.25 * dice.swing()),
        y: SOUTH + SIDE * (row as f64 + 0.25 * dice.swing()),
    }
}

/// The border that leaves a node eastward or northward, with a river's bends; some bends exactly
/// level, as on maps that follow a parallel.
fn border(column: usize, row: usize, eastward: bool) -> Vec<Coord<f64>> {
    let (from, to) = (
        corner(column, row),
        if eastward {
            corner(column + 1, row)
        } else {
            corner(column, row + 1)
        },
    );
    let mut dice = Dice::new((column * 100_000 + row * 10 + usize::from(eastward)) as u64);
    let bends = 25 + dice.below(125);
    let mut line = vec![from];
    let mut level = from.y;
    for i in 1..bends {
        let t = i as f64 / bends as f64;
        let wave = 0.01 * (t * 19.0).sin() + 0.003 * dice.swing();
        let (dx, dy) = if eastward { (0.0, wave) } else { (wave, 0.0) };
        let y = from.y + (to.y - from.y) * t + dy;
        level = if eastward && i % 9 == 0 { level } else { y };
        line.push(Coord {
            x: from.x + (to.x - from.x) * t + dx,
            y: level,
        });
    }
    line.push(to);
    line
}
