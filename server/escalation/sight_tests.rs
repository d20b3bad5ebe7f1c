use super::*;
use crate::clock::At;
use crate::escalation::model::RecordState;
use crate::escalation::store;
use crate::ids::{AlertId, RecordId};
use crate::ids::{MunicipalityId, OperatorId};

struct Scene {
    record: SightRow,
    here: CentreId,
    backup: CentreId,
}

fn a_record(state: RecordState, column: &str) -> Scene {
    let (here, backup) = (CentreId::new(), CentreId::new());
    let now = At::from_micros(0);
    let mut row = store::blank(
        RecordId::new(),
        AlertId::new(),
        PersonId::new(),
        MunicipalityId::new(),
        now,
    );
    row.centre = here;
    row.folio = Some("CUU-26-000001".to_owned());
    row.state = state;
    column.clone_into(&mut row.flags);
    Scene {
        record: row.sight(),
        here,
        backup,
    }
}

fn sight_of(post: Post, centre: CentreId, backs: &[CentreId]) -> Sight {
    let viewer = Viewer {
        operator: OperatorId::new(),
        centre,
        municipality: MunicipalityId::new(),
        post,
    };
    Sight {
        viewer,
        excluded: HashSet::new(),
        backs: backs.to_vec(),
        times: HashMap::new(),
    }
}

#[test]
fn a_withheld_or_waiting_record_exists_for_nobody() {
    for state in [RecordState::Withheld, RecordState::Waiting] {
        let scene = a_record(state, "");
        for post in [Post::Operator, Post::Supervisor, Post::Unlisted] {
            assert!(
                !sight_of(post, scene.here, &[]).may_know(&scene.record),
                "{state} to {post}"
            );
        }
    }
}

#[test]
fn a_queued_record_is_seen_at_its_centre_and_nowhere_else() {
    let scene = a_record(RecordState::Queued, "");
    assert!(sight_of(Post::Operator, scene.here, &[]).sees(&scene.record));
    assert!(!sight_of(Post::Supervisor, CentreId::new(), &[]).sees(&scene.record));
    assert!(
        !sight_of(Post::Operator, scene.backup, &[scene.here]).sees(&scene.record),
        "the backup was not called"
    );
}

#[test]
fn the_other_centre_and_a_backup_that_was_called_see_it_too() {
    let mut scene = a_record(RecordState::Queued, "");
    let other = CentreId::new();
    scene.record.other_centre = Some(other);
    scene.record.widened_at = Some(At::from_micros(1));
    assert!(sight_of(Post::Operator, other, &[]).sees(&scene.record));
    assert!(sight_of(Post::Operator, scene.backup, &[scene.here]).sees(&scene.record));
}

#[test]
fn to_an_officer_she_named_her_record_does_not_exist_even_when_all_others_see_it() {
    for column in ["", "conflict", "conflict conflict_open"] {
        let scene = a_record(RecordState::Queued, column);
        for post in [Post::Operator, Post::Unlisted] {
            let mut sight = sight_of(post, scene.here, &[]);
            sight.excluded.insert(scene.record.person);
            assert!(
                !sight.sees(&scene.record) && !sight.may_know(&scene.record),
                "{post} with {column:?}"
            );
        }
    }
}

#[test]
fn a_record_in_conflict_is_for_unlisted_supervisors_and_the_backup_until_it_is_opened_up() {
    let scene = a_record(RecordState::Queued, "conflict");
    assert!(!sight_of(Post::Operator, scene.here, &[]).sees(&scene.record));
    assert!(!sight_of(Post::Supervisor, scene.here, &[]).sees(&scene.record));
    assert!(sight_of(Post::Unlisted, scene.here, &[]).sees(&scene.record));
    assert!(sight_of(Post::Operator, scene.backup, &[scene.here]).sees(&scene.record));
    let opened = a_record(RecordState::Queued, "conflict conflict_open");
    assert!(sight_of(Post::Operator, opened.here, &[]).sees(&opened.record));
}
