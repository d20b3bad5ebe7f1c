//! What weeks and their keys promise.

use super::*;

#[test]
fn a_destroyed_epoch_never_opens_again_and_the_next_week_does() {
    let (_home, dir) = made(0);
    let ring = Keyring::open_dir(&dir).unwrap();
    let (alert, control) = (AlertId::new(), AlertId::new());
    let (now, later) = (a_tuesday(), a_tuesday().plus(WEEK));
    let (lost, _) = ring.new_alert_key(now, alert).unwrap();
    let (kept, key) = ring.new_alert_key(later, control).unwrap();
    let place = key.seal("fixes", "sealed", b"row", b"28.63,-106.08");
    let elsewhere = Keyring::open_dir(&dir).unwrap();
    elsewhere
        .unwrap_alert_key(lost.epoch.as_str(), alert, &lost.wrapped)
        .unwrap();

    assert!(ring.destroy(&lost.epoch, later).unwrap());
    assert!(
        !ring.destroy(&lost.epoch, later).unwrap(),
        "it was gone already"
    );
    assert!(!dir.join("epoch-2026-W48.key").exists());
    for (ring, whose) in [
        (ring, "its own node"),
        (elsewhere, "a node that remembered"),
        (Keyring::open_dir(&dir).unwrap(), "a new one"),
    ] {
        let gone = ring
            .unwrap_alert_key(lost.epoch.as_str(), alert, &lost.wrapped)
            .err()
            .unwrap();
        assert!(
            matches!(gone, SealError::EpochDestroyed(_)),
            "{whose}: {gone}"
        );
        let opens = ring
            .unwrap_alert_key(kept.epoch.as_str(), control, &kept.wrapped)
            .unwrap();
        assert_eq!(
            *opens.open("fixes", "sealed", b"row", &place).unwrap(),
            b"28.63,-106.08",
            "the control, {whose}"
        );
        let (wrapped, _) = ring.new_alert_key(now, AlertId::new()).unwrap();
        assert_eq!(
            wrapped.epoch, kept.epoch,
            "a clock that is a week slow does not make the destroyed key anew"
        );
    }
}

#[test]
fn a_half_destroyed_epoch_counts_as_destroyed_and_can_be_finished() {
    let (_home, dir) = made(1);
    let ring = Keyring::open_dir(&dir).unwrap();
    let alert = AlertId::new();
    let (lost, _) = ring.new_alert_key(a_tuesday(), alert).unwrap();
    fs::write(dir.join("epoch-2026-W48.destroyed"), "").unwrap();
    let gone = ring
        .unwrap_alert_key("2026-W48", alert, &lost.wrapped)
        .err()
        .unwrap();
    assert!(matches!(gone, SealError::EpochDestroyed(_)));
    assert_eq!(ring.epochs().unwrap(), [Epoch::parse("2026-W49").unwrap()]);
    assert!(ring.destroy(&lost.epoch, a_tuesday().plus(WEEK)).unwrap());
}

#[test]
fn the_current_week_and_those_to_come_are_not_destroyed() {
    let (_home, dir) = made(1);
    let ring = Keyring::open_dir(&dir).unwrap();
    for week in ["2026-W48", "2026-W49"] {
        let refused = ring
            .destroy(&Epoch::parse(week).unwrap(), a_tuesday())
            .unwrap_err();
        assert!(matches!(refused, SealError::StillInUse(_)));
    }
    assert_eq!(ring.epochs().unwrap().len(), 2);
}

#[test]
fn an_alert_on_hold_outlives_its_epoch_when_it_was_wrapped_anew() {
    let (_home, dir) = made(0);
    let ring = Keyring::open_dir(&dir).unwrap();
    let alert = AlertId::new();
    let (old, key) = ring.new_alert_key(a_tuesday(), alert).unwrap();
    let note = key.seal("alerts", "sealed_note", b"row", b"he is at the door");
    let later = a_tuesday().plus(WEEK * 13);
    let new = ring
        .rewrap_alert_key(later, alert, old.epoch.as_str(), &old.wrapped)
        .unwrap();
    ring.destroy(&old.epoch, later).unwrap();
    let opened = ring
        .unwrap_alert_key(new.epoch.as_str(), alert, &new.wrapped)
        .unwrap();
    assert_eq!(
        *opened.open("alerts", "sealed_note", b"row", &note).unwrap(),
        b"he is at the door"
    );
    assert!(
        ring.rewrap_alert_key(later, alert, old.epoch.as_str(), &old.wrapped)
            .is_err()
    );
}

#[test]
fn a_wrapped_key_belongs_to_its_alert_and_its_week() {
    let (_home, dir) = made(1);
    let ring = Keyring::open_dir(&dir).unwrap();
    let alert = AlertId::new();
    let (WrappedKey { wrapped, .. }, _) = ring.new_alert_key(a_tuesday(), alert).unwrap();
    let error =
        |epoch, alert, wrapped: &[u8]| ring.unwrap_alert_key(epoch, alert, wrapped).err().unwrap();
    assert!(matches!(
        error("2026-W48", AlertId::new(), &wrapped),
        SealError::Tampered
    ));
    assert!(matches!(
        error("2026-W49", alert, &wrapped),
        SealError::NoKey(_)
    ));
    assert!(
        matches!(error("2026-W50", alert, &wrapped), SealError::NoKey(_)),
        "a week that was never here"
    );
    for wrong in [
        "../../etc/passwd",
        "2026-W00",
        "2026-W54",
        "2026-W4",
        "26-W48",
        "",
    ] {
        assert!(
            matches!(error(wrong, alert, &wrapped), SealError::Tampered),
            "{wrong}"
        );
    }
    assert!(
        ring.unwrap_alert_key("2026-W48", alert, &wrapped).is_ok(),
        "the control opens"
    );
}

#[test]
fn nodes_that_make_the_same_weeks_key_at_once_agree_on_one() {
    const NODES: usize = 8;
    for round in 0..20_u32 {
        let (_home, dir) = made(0);
        let (now, alert) = (a_tuesday().plus(WEEK * (round + 1)), AlertId::new());
        let start = Barrier::new(NODES);
        let node = || {
            let ring = Keyring::open_dir(&dir).unwrap();
            start.wait();
            let wrapped = ring.new_alert_key(now, alert).unwrap().0;
            (ring, wrapped)
        };
        let all: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..NODES).map(|_| scope.spawn(node)).collect();
            running.into_iter().map(|r| r.join().unwrap()).collect()
        });
        for (ring, _) in &all {
            for (_, wrapped) in &all {
                ring.unwrap_alert_key(wrapped.epoch.as_str(), alert, &wrapped.wrapped)
                    .unwrap();
            }
        }
        let drafts = fs::read_dir(&dir)
            .unwrap()
            .filter(|f| f.as_ref().unwrap().file_name().as_encoded_bytes()[0] == b'.');
        assert_eq!(drafts.count(), 0, "a draft was left behind");
    }
}

#[test]
fn two_nodes_that_share_no_directory_are_told_apart() {
    let ((_a, here), (_b, there)) = (made(0), made(0));
    let alert = AlertId::new();
    let (theirs, _) = Keyring::open_dir(&there)
        .unwrap()
        .new_alert_key(a_tuesday(), alert)
        .unwrap();
    let error = Keyring::open_dir(&here)
        .unwrap()
        .unwrap_alert_key("2026-W48", alert, &theirs.wrapped)
        .err()
        .unwrap();
    assert!(matches!(error, SealError::NoKey(_)), "{error}");
}

#[test]
fn a_press_is_not_refused_because_this_weeks_key_cannot_be_made() {
    let (_home, dir) = made(0);
    let ring = Keyring::open_dir(&dir).unwrap();
    // A directory has the key's name: making the key fails, also for root.
    fs::create_dir(dir.join("epoch-2026-W49.key")).unwrap();
    let alert = AlertId::new();
    let (wrapped, _) = ring.new_alert_key(a_tuesday().plus(WEEK), alert).unwrap();
    assert_eq!(wrapped.epoch.as_str(), "2026-W48");
    assert!(
        ring.unwrap_alert_key("2026-W48", alert, &wrapped.wrapped)
            .is_ok()
    );
}
