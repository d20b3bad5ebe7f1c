//! A seeded simulator: what no scenario thought of.
//!
//! What: each seed is a story ([`story`]): a woman, her contacts, 911, one process or two on one
//! database, providers that fail, processes that die at any edge of any write or freeze, clocks
//! that jump. It is played in virtual time ([`world`]) by the real press, plan, engine, outbox and
//! store on SQLite in memory, without a socket, a thread or a wait; after each moment the rules are
//! looked at ([`invariants`], [`judge`]). Invariant: the same seed is the same story, move for
//! move; what is drawn for one act does not depend on the others, so that acts can be left out.
//! Path: `make test` plays [`FIXED`] and goes on for as long as it may; `make simulate SEEDS=n`
//! plays n more from `FROM`. On failure: the seed, the rule, and the smallest story that still
//! breaks it ([`shrink`]), with the command that plays it again: `make simulate SEED=n KEEP=0,3,5`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod cast;
mod desk;
mod dice;
mod drills;
mod driving;
mod invariants;
mod judge;
mod lines;
mod node;
mod people;
mod provider;
mod rows;
mod shrink;
mod story;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use self::cast::cast;
use self::story::Story;
use self::world::World;

/// Seeds that every run plays.
const FIXED: std::ops::Range<u64> = 1..151;
/// For how long `make test` goes on with others, and `make test-full`.
const TEST_LASTS: Duration = Duration::from_secs(60);
const FULL_TEST_LASTS: Duration = Duration::from_secs(600);
/// Open fault: in this seed a send waits for something else than its provider, which the simulator
/// cannot drive ("a send asks its provider once"). The short tier stops before it; the full one fails.
const NOT_DRIVEN: u64 = 352;
/// A seed that found something once is played every time.
const ONCE_BROKEN: [u64; 3] = [155, 301, 440];

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own switch, which no server reads"
)]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

fn number(name: &str) -> Option<u64> {
    asked(name).map(|text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}"))
    })
}

fn story(seed: u64) -> Story {
    Story::of(seed, cast().hers.len())
}

/// Plays one; on failure says all that helps.
fn fails(seed: u64) -> Option<String> {
    let story = story(seed);
    let outcome = World::play(story.clone());
    let broken = outcome.broken?;
    let (small, found) = shrink::shrunk(&story, broken.rule);
    let kept: Vec<String> = small
        .acts
        .iter()
        .map(|act| act.number.to_string())
        .collect();
    let calm = if small.calm && !story.calm {
        " CALM=1"
    } else {
        ""
    };
    let said = found.broken.unwrap_or(broken);
    let acts: Vec<String> = small
        .acts
        .iter()
        .map(|act| format!("{:>4} {:?} {:?}", act.number, act.at, act.deed))
        .collect();
    Some(format!(
        "seed {seed} breaks: {}: {}\nThe smallest story that does ({} nodes, network {}, {:?}):\n{}\nWhat happens in \
         it:\n{}\nAgain: make simulate SEED={seed} KEEP={}{calm}\n",
        said.rule,
        said.what,
        small.nodes,
        small.she,
        small.policy,
        acts.join("\n"),
        found.trace.join("\n"),
        kept.join(","),
    ))
}

/// Plays seeds on two threads where there are as many cores, for as long as `goes_on` says of their
/// number, or until the first that fails.
fn simulate(
    seeds: impl Iterator<Item = u64> + Send,
    goes_on: impl Fn(u64) -> bool + Sync,
) -> (u64, Option<String>) {
    let (seeds, played, found) = (Mutex::new(seeds), AtomicU64::new(0), Mutex::new(None));
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(2);
    let work = || {
        while found.lock().unwrap().is_none() && goes_on(played.load(Ordering::Relaxed)) {
            let Some(seed) = seeds.lock().unwrap().next() else {
                return;
            };
            let died = |_| Some(format!("seed {seed} panics, as said above"));
            if let Some(why) = std::panic::catch_unwind(|| fails(seed)).unwrap_or_else(died) {
                found.lock().unwrap().get_or_insert(why);
            }
            played.fetch_add(1, Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    (played.into_inner(), found.into_inner().unwrap())
}

#[test]
fn whatever_breaks_nobody_is_left_untold_and_nobody_told_too_late() {
    let began = Instant::now();
    let must = FIXED.end - FIXED.start + ONCE_BROKEN.len() as u64;
    let (lasts, last) = match asked("TEST_TIER").as_deref() {
        Some("full") => (FULL_TEST_LASTS, u64::MAX),
        _ => (TEST_LASTS, NOT_DRIVEN),
    };
    let seeds = ONCE_BROKEN.into_iter().chain(FIXED).chain(FIXED.end..last);
    let (played, found) = simulate(seeds, |played| played < must || began.elapsed() < lasts);
    println!("{played} seeds in {:.1} s", began.elapsed().as_secs_f64());
    assert!(found.is_none(), "{}", found.unwrap_or_default());
}

#[test]
fn a_seed_is_the_same_story_each_time() {
    for seed in FIXED.take(12) {
        let (first, again) = (World::play(story(seed)), World::play(story(seed)));
        assert_eq!(first.trace, again.trace, "seed {seed}");
        assert!(
            first.trace.len() > 3 && first.lasted >= Duration::from_secs(60),
            "seed {seed} is a story"
        );
    }
}

#[test]
fn a_failing_story_shrinks_to_what_makes_it_fail() {
    let whole = FIXED
        .map(story)
        .max_by_key(|story| story.acts.len())
        .unwrap();
    let needed = [1, whole.acts.len() - 2];
    let fails = |story: &Story| {
        let there = |n: &usize| story.acts.iter().any(|act| act.number == *n);
        needed.iter().all(there).then_some(())
    };
    let (small, ()) = shrink::smaller(whole, (), &fails);
    assert_eq!(
        small.acts.iter().map(|act| act.number).collect::<Vec<_>>(),
        needed
    );
}

/// `make simulate`: `SEEDS` of them from `FROM` on, or `SEED` alone, of whose acts `KEEP` may name
/// those to play.
#[test]
#[ignore = "as many seeds as one asks for"]
fn more_seeds() {
    if let Some(seed) = number("SEED") {
        let kept: Option<Vec<usize>> =
            asked("KEEP").map(|list| list.split(',').map(|n| n.trim().parse().unwrap()).collect());
        let mut story =
            story(seed).keeping(|act| kept.as_ref().is_none_or(|kept| kept.contains(&act.number)));
        story.calm |= number("CALM") == Some(1);
        let outcome = World::play(story);
        println!("{}", outcome.trace.join("\n"));
        return assert_eq!(outcome.broken, None);
    }
    let (from, count, began) = (
        number("FROM").unwrap_or(1_000),
        number("SEEDS").unwrap_or(1_000),
        Instant::now(),
    );
    let (played, found) = simulate(from..from + count, |_| true);
    println!(
        "seeds played: {played}, seconds: {:.1}",
        began.elapsed().as_secs_f64()
    );
    assert!(found.is_none(), "{}", found.unwrap_or_default());
}
