//! Where the tests' databases are: in memory where there is room.
//!
//! The tests kill processes, never the machine. What a killed process has given to the kernel is
//! there afterwards, on a disk and in memory alike, so nothing is proved less; and a run makes and
//! deletes some hundred thousand small files, which a disk takes minutes for.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// Whether a commit must be on the disk before it is answered.
pub const TO_THE_DISK: bool = false;

/// Memory as a file system, on Linux.
const MEMORY: &str = "/dev/shm";
/// Less than so much room in it, in KiB, is left alone: Docker's default is 64 MiB.
const ROOM: u64 = 4 << 20;

/// The folder under which the tests make their own.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        if has_room() && tempfile::tempfile_in(MEMORY).is_ok() {
            PathBuf::from(MEMORY)
        } else {
            std::env::temp_dir()
        }
    })
}

/// A folder of the test's own; gone when this is dropped.
pub fn folder() -> TempDir {
    tempfile::tempdir_in(root()).expect("a temporary folder")
}

fn has_room() -> bool {
    let Ok(said) = Command::new("df").args(["-Pk", MEMORY]).output() else {
        return false;
    };
    let said = String::from_utf8_lossy(&said.stdout);
    let available = said
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3));
    available
        .and_then(|kib| kib.parse::<u64>().ok())
        .is_some_and(|kib| kib >= ROOM)
}
