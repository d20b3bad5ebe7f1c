//! What can be wrong with keys and sealed values.

use std::path::PathBuf;

/// Why a key or a sealed value could not be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SealError {
    /// There is no key directory.
    #[error(
        "there is no key directory {0}: make one with `ampara keys make`, or copy it from another node"
    )]
    NoDirectory(PathBuf),
    /// The directory or a file in it can be read by others.
    #[error("{0} can be read by others: `chmod 700` the directory and `chmod 600` its files")]
    Permissions(PathBuf),
    /// A key that is needed is not in the directory.
    #[error(
        "key {0} is not in the key directory: copy it from another node or from its own backup; at the very first start `ampara keys make` makes it"
    )]
    NoKey(String),
    /// The epoch's key was destroyed: what it wrapped cannot be opened any more, by design.
    #[error("the key of epoch {0} was destroyed: places of that week cannot be opened any more")]
    EpochDestroyed(String),
    /// Alerts are still being wrapped with it.
    #[error("epoch {0} is not over: its key is still in use and is not destroyed")]
    StillInUse(String),
    /// The value was changed, or belongs to another row or column.
    #[error("a sealed value does not open: it was changed, or moved from another row")]
    Tampered,
    /// A key file is not one.
    #[error("{0} is no key file: put the file back from the key directory's own backup")]
    Malformed(PathBuf),
    /// A key that is already there would have been overwritten.
    #[error("{0} is there already: keys are never overwritten")]
    Exists(PathBuf),
    /// The file system said no.
    #[error("{0}: {1}")]
    Io(PathBuf, String),
}

impl SealError {
    /// Whether a server that starts again meets the same: the key directory has to be put right
    /// first.
    #[must_use]
    pub const fn needs_a_person(&self) -> bool {
        match self {
            Self::NoDirectory(_)
            | Self::Permissions(_)
            | Self::NoKey(_)
            | Self::Malformed(_)
            | Self::Io(..) => true,
            Self::EpochDestroyed(_) | Self::StillInUse(_) | Self::Tampered | Self::Exists(_) => {
                false
            }
        }
    }
}
