//! The key directory: one key a file, 64 hexadecimal digits.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::SealError;
use crate::ids::random;

/// 32 bytes that are wiped when dropped.
pub(super) type KeyBytes = Zeroizing<[u8; 32]>;

pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> SealError {
    let path = path.to_owned();
    move |e| SealError::Io(path, e.kind().to_string())
}

/// Makes the directory where it is missing, readable by its owner alone.
pub(super) fn make(dir: &Path) -> Result<(), SealError> {
    if dir.is_dir() {
        return check(dir);
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(io(dir))
}

/// Refuses a directory that is missing, or that others can enter, or in which others can read a
/// key.
pub(super) fn check(dir: &Path) -> Result<(), SealError> {
    let meta = fs::metadata(dir).map_err(|_| SealError::NoDirectory(dir.to_owned()))?;
    refuse_loose(dir, meta.permissions().mode())?;
    for name in names(dir)? {
        let path = path_of(dir, &name);
        let mode = fs::metadata(&path).map_err(io(&path))?.permissions().mode();
        refuse_loose(&path, mode)?;
    }
    Ok(())
}

fn refuse_loose(path: &Path, mode: u32) -> Result<(), SealError> {
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(SealError::Permissions(path.to_owned()))
    }
}

/// The names of all keys, without their ending, sorted.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, SealError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(io(dir))? {
        let name = entry.map_err(io(dir))?.file_name();
        if let Some(name) = name.to_str().and_then(|n| n.strip_suffix(".key")) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn path_of(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.key"))
}

/// Reads a key; `None` where there is none.
pub(super) fn read(dir: &Path, name: &str) -> Result<Option<KeyBytes>, SealError> {
    let path = path_of(dir, name);
    let meta = match fs::metadata(&path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io(&path)(e)),
    };
    refuse_loose(&path, meta.permissions().mode())?;
    let text = Zeroizing::new(fs::read_to_string(&path).map_err(io(&path))?);
    let digits = text.trim().as_bytes();
    let mut key = Zeroizing::new([0_u8; 32]);
    if digits.len() != 64 {
        return Err(SealError::Malformed(path));
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| SealError::Malformed(path.clone()))?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| SealError::Malformed(path.clone()))?;
    }
    Ok(Some(key))
}

/// Makes a new key. It appears whole or not at all, and never over another: of two nodes that make
/// the same week's key at once, one is told `Exists` and reads the other's.
pub(super) fn create(dir: &Path, name: &str) -> Result<KeyBytes, SealError> {
    let key = Zeroizing::new(random::<32>());
    let digits = Zeroizing::new(key.iter().map(|b| format!("{b:02x}")).collect::<String>());
    let draft = dir.join(format!(".{name}.{:016x}", u64::from_be_bytes(random())));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .map_err(io(&draft))?;
    file.write_all(digits.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(io(&draft))?;
    let path = path_of(dir, name);
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft).map_err(io(&draft))?;
    match linked {
        Ok(()) => sync(dir).map(|()| key),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(SealError::Exists(path)),
        Err(e) => Err(io(&path)(e)),
    }
}

/// Marks a key as destroyed, overwrites it and unlinks it. `false`: there was none. The mark comes
/// first: a process that dies half way leaves a key that is not read any more, and the next call
/// finishes.
pub(super) fn destroy(dir: &Path, name: &str) -> Result<bool, SealError> {
    let mark = mark_of(dir, name);
    let marked = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&mark);
    marked.and_then(|file| file.sync_all()).map_err(io(&mark))?;
    sync(dir)?;
    let path = path_of(dir, name);
    let mut file = match OpenOptions::new().write(true).open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(io(&path)(e)),
    };
    file.write_all(&[b'0'; 64])
        .and_then(|()| file.sync_all())
        .map_err(io(&path))?;
    fs::remove_file(&path).map_err(io(&path))?;
    sync(dir).map(|()| true)
}

/// Whether a key was destroyed. A directory that cannot be asked does not say so: her open alert
/// goes on.
pub(super) fn is_marked(dir: &Path, name: &str) -> bool {
    mark_of(dir, name).exists()
}

fn mark_of(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}.destroyed"))
}

fn sync(dir: &Path) -> Result<(), SealError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(io(dir))
}
