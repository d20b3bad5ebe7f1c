//! How much a test does: little each time, all before a release (`make test-full`).

/// `reduced`, or `full` when the full tier runs.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own switch, which no server reads"
)]
pub fn count(reduced: usize, full: usize) -> usize {
    match std::env::var("TEST_TIER") {
        Ok(tier) if tier == "full" => full,
        _ => reduced,
    }
}

#[test]
fn one_of_the_two_counts_is_chosen() {
    assert!([5, 50].contains(&count(5, 50)));
}
