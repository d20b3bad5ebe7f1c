//! What docs/operating/ gives ops: units, proxies' files, dashboards, a container image, the package.
//!
//! What: each file is held against what it speaks of: the commands of the real binary, the metrics of
//! a real scrape, the tree that it copies from. Invariant: a file that names a command, setting, path
//! or metric that does not exist fails here. Where nginx, Caddy or systemd is installed it judges its
//! own file too; the rest is read by the tests alone. On failure: the line at fault is shown.

mod container;
mod metrics;
mod package;
mod proxies;
mod units;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn in_tree(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[track_caller]
fn read(path: &str) -> String {
    std::fs::read_to_string(in_tree(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Runs a program; `None` where it is not installed.
fn installed(program: &str, args: &[&str]) -> Option<Output> {
    Command::new(program).args(args).output().ok()
}

/// Standard output and error of a program that did what it was asked.
#[track_caller]
fn succeeded(done: &Output) -> String {
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(done.status.success(), "{}: {said}", done.status);
    said
}

fn ampara(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ampara"))
        .args(args)
        .output()
        .unwrap()
}
