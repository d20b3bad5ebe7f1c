//! Makes a failing story small: leaves out acts, halves first and then one by one, while the same
//! rule breaks.

use super::story::Story;
use super::world::{Outcome, World};

/// The smallest story found in which the same rule is broken, and what happens in it.
pub fn shrunk(story: &Story, rule: &'static str) -> (Story, Outcome) {
    let fails = |story: &Story| {
        let outcome = World::play(story.clone());
        (outcome.broken.as_ref().map(|b| b.rule) == Some(rule)).then_some(outcome)
    };
    let outcome = World::play(story.clone());
    smaller(story.clone(), outcome, &fails)
}

/// The same over any test of a story.
pub fn smaller<T>(
    mut story: Story,
    mut found: T,
    fails: &impl Fn(&Story) -> Option<T>,
) -> (Story, T) {
    let calm = Story {
        calm: true,
        ..story.clone()
    };
    if let (false, Some(again)) = (story.calm, fails(&calm)) {
        (story, found) = (calm, again);
    }
    let mut chunk = story.acts.len().div_ceil(2);
    while chunk > 0 {
        let mut from = 0;
        while from < story.acts.len() {
            let out: Vec<usize> = story
                .acts
                .iter()
                .skip(from)
                .take(chunk)
                .map(|act| act.number)
                .collect();
            let less = story.keeping(|act| !out.contains(&act.number));
            match fails(&less) {
                Some(again) => (story, found) = (less, again),
                None => from += chunk,
            }
        }
        chunk /= 2;
    }
    (story, found)
}
