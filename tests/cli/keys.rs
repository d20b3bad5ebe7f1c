//! `keys` on a directory.

use std::time::Duration;

use ampara::clock::Clock;
use ampara::seal::{Epoch, Keyring};

use super::stage::Installation;
use crate::both_engines;

both_engines! {
    async fn keys_are_made_once_listed_and_rotated(database) {
        let here = Installation::bare(&database);
        here.run(&["keys", "list"]).fails(1, "`ampara keys make`");
        let made = here.run(&["keys", "make", "--weeks", "2"]).ok();
        assert_eq!(made.lines().count(), 5, "{made}");
        assert_eq!(here.run(&["keys", "make", "--weeks", "2"]).ok(), "", "nothing is overwritten");
        let this = Epoch::of(Clock::system().now());
        assert_eq!(here.run(&["keys", "list"]).ok().lines().next(), Some(this.as_str()));
        assert_eq!(here.run(&["keys", "rotate"]).ok(), "seal-0002\n");
    }

    async fn an_epoch_past_retention_is_destroyed_and_no_younger_one(database) {
        let here = Installation::ready(&database);
        let now = Clock::system().now();
        let weeks_ago = |n: u64| now.minus(Duration::from_secs(n * 7 * 24 * 3_600));
        let (old, young) = (Epoch::of(weeks_ago(20)), Epoch::of(weeks_ago(3)));
        for at in [weeks_ago(20), weeks_ago(3)] {
            Keyring::make(&here.path("keys"), at, 0).unwrap();
        }
        let said = here.run(&["keys", "destroy", "--dry-run"]).ok();
        assert_eq!(said, format!("{old}\twould be destroyed\ttrails=0\tkept=0\n"));
        assert!(here.run(&["keys", "list"]).ok().contains(old.as_str()), "nothing was done");
        let said = here.run(&["keys", "destroy"]).ok();
        assert_eq!(said, format!("{old}\tdestroyed\ttrails=0\tkept=0\n"));
        let left = here.run(&["keys", "list"]).ok();
        assert!(!left.contains(old.as_str()) && left.contains(young.as_str()), "{left}");
        assert!(here.path("keys").join(format!("epoch-{old}.destroyed")).exists());
        assert_eq!(here.run(&["keys", "destroy"]).ok(), "");
    }
}

#[test]
fn a_directory_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let database = crate::harness::databases::TestDatabase::fresh(
        crate::harness::databases::TestEngine::Sqlite,
    );
    let here = Installation::ready(&database);
    std::fs::set_permissions(here.path("keys"), std::fs::Permissions::from_mode(0o750)).unwrap();
    here.run(&["keys", "list"]).fails(1, "chmod 700");
    here.run(&["serve"]).fails(78, "chmod 700");
}
