use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::clock::At;
use crate::escalation::{KindView, Priority, RecordState};
use crate::ids::CentreId;

fn record(id: RecordId, version: i64, state: RecordState) -> RecordSummary {
    RecordSummary {
        id,
        folio: Some("CUU-26-000001".to_owned()),
        version,
        state,
        level: 0,
        priority: Priority::High,
        kind: KindView {
            code: "30903".to_owned(),
            es: String::new(),
            en: String::new(),
        },
        training: false,
        centre: CentreId::new(),
        other_centre: None,
        placed_by: "home".to_owned(),
        cell: None,
        accuracy_m: None,
        fix_at: None,
        raised_at: At::from_micros(0),
        queued_at: None,
        yours: false,
        take_over_from: None,
        close_proposed: None,
        disposition: None,
        closed_while_open: false,
        flags: Vec::new(),
    }
}

/// What becomes of one record between two looks.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Changes,
    Leaves,
    Returns,
    Ends,
    EndsEarly,
    Reopens,
}

fn turns() -> impl Strategy<Value = Vec<(usize, Turn, bool)>> {
    let turn = prop_oneof![
        4 => Just(Turn::Changes),
        1 => Just(Turn::Leaves),
        1 => Just(Turn::Returns),
        1 => Just(Turn::Ends),
        1 => Just(Turn::EndsEarly),
        1 => Just(Turn::Reopens),
    ];
    prop::collection::vec((0_usize..5, turn, any::<bool>()), 0..120)
}

#[derive(Clone, Copy)]
struct Truth {
    id: RecordId,
    version: i64,
    in_view: bool,
    over: bool,
    /// Closed, and still on the feed: no operator has looked.
    early: bool,
}

impl Truth {
    fn stands(&self) -> bool {
        self.in_view && (!self.over || self.early)
    }

    fn turn(&mut self, turn: Turn) {
        match turn {
            Turn::Changes if !self.over => {}
            Turn::Leaves if self.in_view => self.in_view = false,
            Turn::Returns if !self.in_view => self.in_view = true,
            Turn::Ends if !self.over || self.early => (self.over, self.early) = (true, false),
            Turn::EndsEarly if !self.over => (self.over, self.early) = (true, true),
            Turn::Reopens if self.over => (self.over, self.early) = (false, false),
            _ => return,
        }
        self.version += 1;
    }

    fn summary(&self) -> RecordSummary {
        let state = if self.over {
            RecordState::Closed
        } else {
            RecordState::Queued
        };
        RecordSummary {
            closed_while_open: self.early,
            ..record(self.id, self.version, state)
        }
    }
}

fn look(feed: &mut Feed, truth: &[Truth], only: Option<RecordId>) -> Vec<Change> {
    let standing: Vec<Standing> = truth
        .iter()
        .filter(|t| t.stands())
        .map(|t| (t.id, t.version))
        .collect();
    let asked = only.map_or_else(|| feed.stale(&standing), |id| vec![id]);
    let found = truth
        .iter()
        .filter(|t| t.in_view && asked.contains(&t.id))
        .map(|truth| Arc::new(truth.summary()))
        .collect();
    feed.take(&asked, found, false)
}

proptest! {
    #[test]
    fn each_version_is_sent_once_and_the_client_ends_with_the_truth(turns in turns()) {
        let mut truth: Vec<Truth> =
            (0..5).map(|_| Truth { id: RecordId::new(), version: 1, in_view: true, over: false, early: false }).collect();
        let (mut feed, mut sent, mut screen) = (Feed::default(), HashSet::new(), HashMap::new());
        let mut show = |changes: Vec<Change>, screen: &mut HashMap<RecordId, i64>| {
            for change in changes {
                match change {
                    Change::Record(r) => {
                        assert!(sent.insert((r.id, r.version)), "sent twice");
                        if r.is_over() { screen.remove(&r.id); } else { screen.insert(r.id, r.version); }
                    }
                    Change::Gone(id) => assert!(screen.remove(&id).is_some(), "gone, and was not there"),
                }
            }
        };
        show(look(&mut feed, &truth, None), &mut screen);
        for (n, turn, nudged) in turns {
            truth[n].turn(turn);
            if nudged {
                let id = truth[n].id;
                show(look(&mut feed, &truth, Some(id)), &mut screen);
            }
        }
        show(look(&mut feed, &truth, None), &mut screen);
        let expected: HashMap<RecordId, i64> =
            truth.iter().filter(|t| t.stands()).map(|t| (t.id, t.version)).collect();
        prop_assert_eq!(screen, expected);
    }
}

#[test]
fn a_resumed_feed_sends_what_changed_and_no_more() {
    let (old, new) = (RecordId::new(), RecordId::new());
    let mut feed = Feed::resumed(&[(old, 4), (new, 2)], &[new]);
    assert_eq!(feed.stale(&[(old, 4), (new, 2)]), [new]);
    let changes = feed.take(
        &[new],
        vec![Arc::new(record(new, 2, RecordState::Queued))],
        true,
    );
    assert_eq!(changes.len(), 1);
    assert!(feed.stale(&[(old, 4), (new, 2)]).is_empty());
}

#[test]
fn a_record_that_was_over_before_is_told_only_to_who_may_have_it_on_the_screen() {
    let id = RecordId::new();
    let over = || vec![Arc::new(record(id, 9, RecordState::Closed))];
    assert!(Feed::default().take(&[id], over(), false).is_empty());
    assert_eq!(Feed::default().take(&[id], over(), true).len(), 1);
}
