//! An installation on a fresh database, and its commands.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::databases::TestDatabase;
use crate::harness::server::ampara;

pub struct Installation {
    folder: PathBuf,
    settings: PathBuf,
}

/// What a command said.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Its standard output, when it did what it was asked.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Asserts that it failed in these words.
    #[track_caller]
    pub fn fails(self, code: i32, words: &str) {
        assert!(
            self.code == code && self.err.contains(words),
            "{words:?} is not in {self:?}"
        );
    }

    /// Asserts that it failed and that its standard output says so.
    #[track_caller]
    pub fn fails_out(self, code: i32, words: &str) {
        assert!(
            self.code == code && self.out.contains(words),
            "{words:?} is not in {self:?}"
        );
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

impl Installation {
    /// With settings for that database and nothing else: no keys, no tables.
    pub fn bare(database: &TestDatabase) -> Self {
        let folder = database.folder.path().to_owned();
        let text = format!(
            "[database]\nurl = {:?}\n[seal]\nkey_dir = {:?}\n",
            database.url(),
            folder.join("keys").display().to_string()
        );
        let settings = folder.join("cli.toml");
        std::fs::write(&settings, text).unwrap();
        Self { folder, settings }
    }

    /// With settings of that file.
    pub fn of(folder: &Path, settings: PathBuf) -> Self {
        Self {
            folder: folder.to_owned(),
            settings,
        }
    }

    /// With keys and tables, and Chihuahua in it.
    pub fn ready(database: &TestDatabase) -> Self {
        let installation = Self::bare(database);
        installation.run(&["keys", "make"]).ok();
        installation.run(&["migrate"]).ok();
        installation
            .run(&["municipality", "chihuahua", "--sms-sender", "+526140000000"])
            .ok();
        installation
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    pub fn run_with(&self, args: &[&str], input: &str) -> Ran {
        self.run_in("C", args, input)
    }

    /// On a terminal of that locale.
    pub fn run_in(&self, locale: &str, args: &[&str], input: &str) -> Ran {
        let mut command = ampara();
        command
            .env("LC_ALL", locale)
            .arg("--config")
            .arg(&self.settings)
            .args(args)
            .current_dir(&self.folder);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let done = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran {
            code: done.status.code().unwrap(),
            out: text(done.stdout),
            err: text(done.stderr),
        }
    }
}
