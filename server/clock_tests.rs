use super::*;

#[test]
fn a_moment_is_written_and_read_back_as_rfc_3339() {
    let at = At::parse("2026-11-24T21:40:07.250-06:00").unwrap();
    assert_eq!(at.to_string(), "2026-11-25T03:40:07.250Z");
    assert_eq!(
        serde_json::from_str::<At>(&serde_json::to_string(&at).unwrap()).unwrap(),
        at
    );
}

#[test]
fn a_span_is_told_in_days_hours_and_minutes() {
    let spans = [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 10_000_000];
    let told = spans.map(|seconds| in_hours(Duration::from_secs(seconds)));
    assert_eq!(
        told.join(", "),
        "0 min, 0 min, 1 min, 59 min, 1 h 0 min, 23 h 59 min, 1 d 0 h, 115 d 17 h"
    );
}

#[test]
fn the_demo_s_clock_runs_and_can_be_put_ahead() {
    let (clock, machine) = (Clock::ahead(), Clock::system());
    assert!(!clock.is_manual());
    let before = machine.now();
    assert!(clock.now().since(before) < Duration::from_secs(60));
    clock.advance(Duration::from_secs(3_600));
    assert!(clock.now().since(before) >= Duration::from_secs(3_600));
}

#[test]
fn a_manual_clock_moves_only_when_told_and_with_all_its_clones() {
    let clock = Clock::manual(At::from_micros(0));
    let other = clock.clone();
    clock.advance(Duration::from_secs(60));
    assert_eq!(other.now(), At::from_micros(60_000_000));
    assert_eq!(
        other.now().since(clock.now().plus(Duration::from_secs(1))),
        Duration::ZERO
    );
}

#[test]
fn a_machines_clock_that_jumps_moves_nothing() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let start = At::from_micros(1_800_000_000_000_000);
    for wall in [
        start.plus(HOUR),
        start.minus(HOUR),
        start.plus(24 * HOUR),
        start.minus(24 * HOUR),
    ] {
        let clock = Clock::manual(start);
        clock.put_to(wall);
        assert_eq!(clock.now(), start);
        clock.follow(clock.now());
        clock.advance(HOUR);
        assert_eq!(clock.now(), start.plus(HOUR));
        assert_eq!(clock.readings(), [start.plus(HOUR), clock.wall()]);
        clock.follow(clock.wall());
        assert_eq!(
            clock.now().apart(start.plus(HOUR)),
            HOUR / 100,
            "it follows by 1 % of the time counted"
        );
    }
}

#[test]
fn a_clock_that_begins_elsewhere_counts_from_there() {
    let clock = Clock::manual(At::from_micros(1_000));
    clock.begin_at(At::from_micros(5_000));
    clock.advance(Duration::from_micros(7));
    assert_eq!(clock.now(), At::from_micros(5_007));
    let machine = Clock::system();
    assert!(machine.now().apart(machine.wall()) < JUMP);
}
