//! What the keys promise, each with a control that shows the test can tell.

mod epochs;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::clock::At;
use crate::ids::AlertId;

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

fn a_tuesday() -> At {
    At::parse("2026-11-24T10:00:00Z").unwrap()
}

/// A key directory below a temporary one, with keys of this week and the next `weeks`.
fn made(weeks: u32) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("keys");
    Keyring::make(&dir, a_tuesday(), weeks).unwrap();
    (home, dir)
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_sealed_name_opens_in_its_own_place_and_in_no_other() {
    let ring = Keyring::ephemeral();
    let sealed = ring.seal_text("people", "sealed_name", b"row-1", "Ana Lucía");
    assert_eq!(
        *ring
            .open_text("people", "sealed_name", b"row-1", &sealed)
            .unwrap(),
        "Ana Lucía"
    );
    for (table, column, row) in [
        ("people", "sealed_name", b"row-2".as_slice()),
        ("people", "sealed_phone", b"row-1"),
        ("contacts", "sealed_name", b"row-1"),
        ("people", "sealed_namer", b"ow-1"),
        ("peoples", "ealed_name", b"row-1"),
    ] {
        assert!(
            matches!(
                ring.open(table, column, row, &sealed),
                Err(SealError::Tampered)
            ),
            "it opened in {table}.{column}"
        );
    }
    assert!(
        !sealed.windows(3).any(|w| w == b"Ana"),
        "the name is in the sealed bytes"
    );
}

#[test]
fn a_changed_or_cut_value_is_refused_wherever_it_was_changed() {
    let ring = Keyring::ephemeral();
    let sealed = ring.seal_text("people", "sealed_phone", b"row", "+526144102305");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(
            ring.open("people", "sealed_phone", b"row", &changed)
                .is_err(),
            "byte {at} was changed and it opened"
        );
        assert!(
            ring.open("people", "sealed_phone", b"row", &sealed[..at])
                .is_err(),
            "cut at {at} and it opened"
        );
    }
    assert!(
        ring.open("people", "sealed_phone", b"row", &sealed).is_ok(),
        "the control opens"
    );
}

#[test]
fn the_same_text_is_never_sealed_alike_and_is_always_found_alike() {
    let ring = Keyring::ephemeral();
    assert_ne!(
        ring.seal("t", "c", b"r", b"x"),
        ring.seal("t", "c", b"r", b"x")
    );
    assert_eq!(
        ring.lookup("phone", "+52614"),
        ring.lookup("phone", "+52614")
    );
    assert_eq!(ring.lookup("phone", "+52614").len(), 32);
    assert_ne!(ring.lookup("phone", "x"), ring.lookup("badge", "x"));
    assert_ne!(ring.lookup("phone", "ex"), ring.lookup("phonee", "x"));
    assert_ne!(
        ring.lookup("phone", "x"),
        Keyring::ephemeral().lookup("phone", "x")
    );
}

#[test]
fn keys_are_made_for_their_owner_alone_and_never_overwritten() {
    let (_home, dir) = made(2);
    assert_eq!(mode(&dir), 0o700);
    let files: Vec<PathBuf> = fs::read_dir(&dir)
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    assert_eq!(
        files.len(),
        5,
        "a seal key, a look-up key and three weeks: {files:?}"
    );
    assert!(files.iter().all(|f| mode(f) == 0o600));
    let before: Vec<Vec<u8>> = files.iter().map(|f| fs::read(f).unwrap()).collect();
    assert_eq!(
        Keyring::make(&dir, a_tuesday(), 2).unwrap().names,
        Vec::<String>::new()
    );
    assert_eq!(
        Keyring::make(&dir, a_tuesday(), 3).unwrap().names,
        ["epoch-2026-W51"]
    );
    assert_eq!(
        before,
        files
            .iter()
            .map(|f| fs::read(f).unwrap())
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_directory_or_a_key_that_others_can_read_is_refused() {
    let (_home, dir) = made(0);
    for (path, loose, strict) in [
        (dir.clone(), 0o750, 0o700),
        (dir.clone(), 0o701, 0o700),
        (dir.join("seal-0001.key"), 0o640, 0o600),
        (dir.join("lookup-0001.key"), 0o604, 0o600),
        (dir.join("epoch-2026-W48.key"), 0o660, 0o600),
    ] {
        chmod(&path, loose);
        let refused = Keyring::open_dir(&dir).unwrap_err();
        assert!(
            matches!(&refused, SealError::Permissions(named) if *named == path),
            "{loose:o}: {refused}"
        );
        chmod(&path, strict);
        assert!(Keyring::open_dir(&dir).is_ok(), "the control opens");
    }
}

#[test]
fn a_directory_without_keys_is_refused_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let missing = Keyring::open_dir(&home.path().join("keys")).unwrap_err();
    assert!(
        missing.to_string().contains("ampara keys make"),
        "{missing}"
    );
    let (_home, dir) = made(0);
    fs::remove_file(dir.join("seal-0001.key")).unwrap();
    assert!(matches!(Keyring::open_dir(&dir), Err(SealError::NoKey(_))));
}

#[test]
fn a_key_file_cut_short_is_refused() {
    let (_home, dir) = made(0);
    for wrong in [
        "",
        "00",
        "not hexadecimal, and yet it is exactly sixty-four characters long",
    ] {
        fs::write(dir.join("seal-0001.key"), wrong).unwrap();
        assert!(
            matches!(Keyring::open_dir(&dir), Err(SealError::Malformed(_))),
            "{wrong:?}"
        );
    }
}

#[test]
fn after_a_rotation_the_new_key_seals_and_the_old_one_still_opens() {
    let (_home, dir) = made(0);
    let running = Keyring::open_dir(&dir).unwrap();
    let old = running.seal("t", "c", b"r", b"before");
    assert_eq!(Keyring::rotate(&dir).unwrap(), "seal-0002");
    let restarted = Keyring::open_dir(&dir).unwrap();
    assert_eq!(**restarted.open("t", "c", b"r", &old).unwrap(), *b"before");
    let new = restarted.seal("t", "c", b"r", b"after");
    assert_ne!(old[..5], new[..5], "the head names the key");
    assert_eq!(
        **running.open("t", "c", b"r", &new).unwrap(),
        *b"after",
        "a running node reads the new key when needed"
    );
    assert_eq!(
        running.seal("t", "c", b"r", b"x")[..5],
        new[..5],
        "and seals with it from then on"
    );
    assert_eq!(
        running.lookup("phone", "x"),
        restarted.lookup("phone", "x"),
        "look-ups outlive a rotation"
    );
    assert!(matches!(
        Keyring::ephemeral().open("t", "c", b"r", &new),
        Err(SealError::NoKey(_))
    ));
}

#[test]
fn nothing_prints_a_key() {
    let ring = Keyring::ephemeral();
    assert_eq!(format!("{ring:?}"), "Keyring(…)");
    let (_home, dir) = made(0);
    let digits = fs::read_to_string(dir.join("seal-0001.key")).unwrap();
    fs::write(dir.join("seal-0001.key"), format!("{digits}0")).unwrap();
    let error = Keyring::open_dir(&dir).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(&digits));
}

#[test]
fn weeks_are_those_of_iso_8601() {
    for (day, week) in [
        ("2026-11-24", "2026-W48"),
        ("2027-01-03", "2026-W53"),
        ("2024-12-30", "2025-W01"),
    ] {
        assert_eq!(
            Epoch::of(At::parse(&format!("{day}T00:00:00Z")).unwrap()).as_str(),
            week
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens_to_itself(plain in proptest::collection::vec(any::<u8>(), 0..2_000), row in any::<[u8; 16]>()) {
        let ring = Keyring::ephemeral();
        let sealed = ring.seal("t", "c", &row, &plain);
        prop_assert_eq!(&**ring.open("t", "c", &row, &sealed).unwrap(), plain.as_slice());
    }

    #[test]
    fn no_bytes_at_all_make_opening_panic(sealed in proptest::collection::vec(any::<u8>(), 0..100)) {
        let ring = Keyring::ephemeral();
        prop_assert!(ring.open("t", "c", b"r", &sealed).is_err());
        prop_assert!(ring.unwrap_alert_key("2026-W48", AlertId::new(), &sealed).is_err());
    }
}
