//! Where the bench's databases are: on the disk, as a server's are.

use std::path::PathBuf;

/// Whether a commit must be on the disk before it is answered.
pub const TO_THE_DISK: bool = true;

/// The folder under which the clusters make theirs.
pub fn root() -> PathBuf {
    std::env::temp_dir()
}
