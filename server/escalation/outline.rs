//! One polygon that answers quickly and exactly.
//!
//! A ring is cut into level bands; each band lists the edges that reach into it. A place falls into
//! one band, so only a handful of edges is asked, by the same winding rule and the same robust
//! predicate as `geo`'s own scan of all edges. Edges that do not reach the place's level add
//! nothing to that sum, so leaving them out changes no answer.

use geo::kernels::{Kernel, RobustKernel};
use geo::{Coord, LineString, Orientation, Polygon};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Outside,
    Border,
    Inside,
}

/// A polygon with its holes.
pub(super) struct Outline {
    exterior: Ring,
    holes: Vec<Ring>,
}

impl Outline {
    pub(super) fn new(polygon: &Polygon<f64>) -> Self {
        Self {
            exterior: Ring::new(polygon.exterior()),
            holes: polygon.interiors().iter().map(Ring::new).collect(),
        }
    }

    /// Whether the place is inside or on a border, that of a hole included.
    pub(super) fn covers(&self, place: Coord<f64>) -> bool {
        match self.exterior.side(place) {
            Side::Outside => false,
            Side::Border => true,
            Side::Inside => self
                .holes
                .iter()
                .map(|hole| hole.side(place))
                .find(|side| *side != Side::Outside)
                .is_none_or(|side| side == Side::Border),
        }
    }
}

/// A closed ring. Edge `i` goes from corner `i` to corner `i + 1`.
struct Ring {
    corners: Vec<Coord<f64>>,
    /// Where each band's edges begin in `edges`; one more than there are bands.
    starts: Vec<usize>,
    edges: Vec<u32>,
    low: Coord<f64>,
    high: Coord<f64>,
    /// Bands per degree.
    scale: f64,
}

/// An average band then has the edges of four levels and whatever crosses it.
const EDGES_PER_BAND: usize = 4;
const MOST_BANDS: usize = 4_096;

impl Ring {
    fn new(line: &LineString<f64>) -> Self {
        let corners = line.0.clone();
        let mut low = Coord {
            x: f64::INFINITY,
            y: f64::INFINITY,
        };
        let mut high = Coord {
            x: f64::NEG_INFINITY,
            y: f64::NEG_INFINITY,
        };
        for c in &corners {
            low = Coord {
                x: low.x.min(c.x),
                y: low.y.min(c.y),
            };
            high = Coord {
                x: high.x.max(c.x),
                y: high.y.max(c.y),
            };
        }
        let bands = (corners.len() / EDGES_PER_BAND).clamp(1, MOST_BANDS);
        let height = high.y - low.y;
        #[expect(clippy::cast_precision_loss, reason = "at most 4,096")]
        let scale = if height > 0.0 {
            bands as f64 / height
        } else {
            0.0
        };
        let mut ring = Self {
            corners,
            starts: Vec::new(),
            edges: Vec::new(),
            low,
            high,
            scale,
        };
        let mut lists = vec![Vec::new(); bands];
        for (i, edge) in ring.corners.windows(2).enumerate() {
            let [a, b] = edge else { continue };
            let (first, last) = (
                ring.band(a.y.min(b.y), bands),
                ring.band(a.y.max(b.y), bands),
            );
            let Ok(i) = u32::try_from(i) else { continue };
            lists
                .iter_mut()
                .take(last + 1)
                .skip(first)
                .for_each(|list| list.push(i));
        }
        ring.starts.push(0);
        for list in lists {
            ring.edges.extend(list);
            ring.starts.push(ring.edges.len());
        }
        ring
    }

    /// The band of a level. Monotone in `y`, so that an edge is listed in the band of every level
    /// it reaches.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negative and huge values saturate"
    )]
    fn band(&self, y: f64, bands: usize) -> usize {
        (((y - self.low.y) * self.scale) as usize).min(bands.saturating_sub(1))
    }

    fn side(&self, place: Coord<f64>) -> Side {
        let within = self.low.x <= place.x
            && place.x <= self.high.x
            && self.low.y <= place.y
            && place.y <= self.high.y;
        if !within {
            return Side::Outside;
        }
        let band = self.band(place.y, self.starts.len().saturating_sub(1));
        let (Some(from), Some(to)) = (self.starts.get(band), self.starts.get(band + 1)) else {
            return Side::Outside;
        };
        if self.corners.len() == 1 {
            return Side::Border;
        }
        let mut winding = 0;
        for &i in self.edges.get(*from..*to).unwrap_or_default() {
            let i = i as usize;
            let (Some(a), Some(b)) = (self.corners.get(i), self.corners.get(i + 1)) else {
                continue;
            };
            match crossing(*a, *b, place) {
                Some(turns) => winding += turns,
                None => return Side::Border,
            }
        }
        if winding == 0 {
            Side::Outside
        } else {
            Side::Inside
        }
    }
}

/// How an edge adds to the winding number around the place; `None` if the place lies on it. An
/// upward edge includes its start and excludes its end, a downward edge the other way round, so
/// that a corner counts once.
fn crossing(a: Coord<f64>, b: Coord<f64>, place: Coord<f64>) -> Option<i32> {
    let upward = a.y <= place.y;
    let reaches = if upward {
        b.y >= place.y
    } else {
        b.y <= place.y
    };
    // Wholly to the left: the ray to the right of the place meets nothing.
    if !reaches || (a.x < place.x && b.x < place.x) {
        return Some(0);
    }
    match RobustKernel::orient2d(a, b, place) {
        #[expect(clippy::float_cmp, reason = "an end exactly on the level is excluded")]
        Orientation::CounterClockwise if upward && b.y != place.y => Some(1),
        Orientation::Clockwise if !upward => Some(-1),
        Orientation::Collinear if a.x.min(b.x) <= place.x && place.x <= a.x.max(b.x) => None,
        _ => Some(0),
    }
}
