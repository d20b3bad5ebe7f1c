//! Whose ground a place is.

use geo::polygon;

use super::*;

struct Two {
    map: Jurisdictions,
    city: MunicipalityId,
    west: CentreId,
    east: CentreId,
}

/// Two squares side by side from 0 to 1 and from 1 to 2 degrees east; the eastern one has the
/// lower rank.
fn two_centres() -> Two {
    let (city, west, east) = (MunicipalityId::new(), CentreId::new(), CentreId::new());
    let square = |x: f64| {
        MultiPolygon::new(vec![
            polygon![(x: x, y: 0.0), (x: x + 1.0, y: 0.0), (x: x + 1.0, y: 1.0), (x: x, y: 1.0)],
        ])
    };
    let area = |centre, rank, is_default, x| CentreArea {
        centre,
        municipality: city,
        rank,
        is_default,
        polygon: Some(square(x)),
    };
    let map = Jurisdictions::new(vec![area(west, 2, true, 0.0), area(east, 1, false, 1.0)]);
    Two {
        map,
        city,
        west,
        east,
    }
}

fn at(lon: f64, accuracy_m: f64) -> Option<Spot> {
    Some(Spot {
        lat: 0.5,
        lon,
        accuracy_m: Some(accuracy_m),
    })
}

#[test]
fn a_place_on_each_side_of_a_border_and_on_it() {
    let two = two_centres();
    assert_eq!(two.map.locate(0.5, 0.999_999), [two.west]);
    assert_eq!(two.map.locate(0.5, 1.000_001), [two.east]);
    assert_eq!(
        two.map.locate(0.5, 1.0),
        [two.east, two.west],
        "the lowest rank first, both named"
    );
    assert_eq!(
        two.map.locate(1.0, 1.0),
        [two.east, two.west],
        "a corner is a border too"
    );
    assert!(two.map.locate(0.5, 2.000_001).is_empty());
    assert!(two.map.locate(f64::NAN, 1.0).is_empty());
}

#[test]
fn her_home_comes_first_and_a_good_fix_elsewhere_adds_to_it() {
    let two = two_centres();
    let decide = |spot| two.map.decide(two.city, Some(two.west), spot);
    let home_alone = Placement {
        centre: Some(two.west),
        other_centre: None,
        by: PlacedBy::Home,
    };
    assert_eq!(decide(None), home_alone);
    assert_eq!(decide(at(0.5, 10.0)), home_alone);
    assert_eq!(
        decide(at(1.5, 1_000.1)),
        home_alone,
        "a coarse fix moves nothing"
    );
    assert_eq!(
        decide(Some(Spot {
            lat: 0.5,
            lon: 1.5,
            accuracy_m: None
        })),
        home_alone
    );
    let both = Placement {
        centre: Some(two.west),
        other_centre: Some(two.east),
        by: PlacedBy::Fix,
    };
    assert_eq!(decide(at(1.5, 1_000.0)), both);
    assert_eq!(
        decide(at(1.0, 10.0)),
        Placement {
            by: PlacedBy::Border,
            ..both
        }
    );
}

#[test]
fn without_a_home_the_fix_names_the_centre_and_else_the_default_does() {
    let two = two_centres();
    let decide = |spot| two.map.decide(two.city, None, spot);
    let default = Placement {
        centre: Some(two.west),
        other_centre: None,
        by: PlacedBy::Default,
    };
    assert_eq!(
        decide(at(1.5, 10.0)),
        Placement {
            centre: Some(two.east),
            other_centre: None,
            by: PlacedBy::Fix
        }
    );
    assert_eq!(
        decide(at(1.0, 10.0)),
        Placement {
            centre: Some(two.east),
            other_centre: Some(two.west),
            by: PlacedBy::Border
        }
    );
    assert_eq!(decide(None), default);
    assert_eq!(decide(at(50.0, 10.0)), default);
    assert_eq!(
        decide(at(1.5, 9_000.0)),
        Placement {
            other_centre: Some(two.east),
            ..default
        }
    );
}

#[test]
fn outside_every_polygon_the_default_is_added_and_marked() {
    let two = two_centres();
    let placed = two.map.decide(two.city, Some(two.east), at(50.0, 10.0));
    assert_eq!(
        placed,
        Placement {
            centre: Some(two.east),
            other_centre: Some(two.west),
            by: PlacedBy::Default
        }
    );
}

#[test]
fn a_home_that_is_gone_and_a_server_without_centres_still_decide() {
    let two = two_centres();
    let placed = two.map.decide(two.city, Some(CentreId::new()), None);
    assert_eq!(
        placed,
        Placement {
            centre: Some(two.west),
            other_centre: None,
            by: PlacedBy::Default
        }
    );
    let elsewhere = two.map.decide(MunicipalityId::new(), None, None);
    assert_eq!(
        elsewhere.centre,
        Some(two.west),
        "another tenant's default is better than no centre"
    );
    let none = Jurisdictions::new(Vec::new()).decide(two.city, None, at(0.5, 5.0));
    assert_eq!(none.centre, None);
}
