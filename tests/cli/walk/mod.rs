//! docs/operating.md is followed to the letter: its blocks that are marked `walk` run in order, in one
//! shell, with the real binary.
//!
//! They run in a scratch root: what the page writes under `/etc`, `/var`, `/usr/local` and `/media`
//! goes to a folder, and the few programs that need a whole machine (a user database, systemd, a
//! compiler) are stood in for by scripts that do their part: `systemctl` starts what the unit's
//! `ExecStart` names, and stops it. PostgreSQL, nginx and an upgrade are in [`full`].

mod full;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness::scratch;
use crate::harness::server::free_port;

const PAGE: &str = "docs/operating.md";
/// Folders of the machine that the page names.
const OF_THE_MACHINE: [&str; 4] = ["/etc/", "/var/", "/usr/local/", "/media/"];

fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The blocks of a page whose fence is exactly this.
fn blocks(page: &str, fence: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in page.lines() {
        match &mut open {
            Some(block) if line == "```" => {
                found.push(std::mem::take(block));
                open = None;
            }
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
            None if line == fence => open = Some(String::new()),
            None => {}
        }
    }
    found
}

/// A scratch root, with the scripts that stand in for the machine.
struct Root {
    folder: tempfile::TempDir,
    ports: [u16; 2],
}

impl Root {
    fn new() -> Self {
        let root = Self {
            folder: scratch::folder(),
            ports: [free_port(), free_port()],
        };
        for there in [
            "bin",
            "etc/systemd/system",
            "var/lib",
            "var/backups",
            "usr/local/bin",
            "media",
            "src/target/release",
        ] {
            std::fs::create_dir_all(root.at(there)).unwrap();
        }
        std::os::unix::fs::symlink(
            env!("CARGO_BIN_EXE_ampara"),
            root.at("src/target/release/ampara"),
        )
        .unwrap();
        let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating");
        std::fs::create_dir_all(root.at("src/docs/operating")).unwrap();
        for unit in std::fs::read_dir(units).unwrap().map(Result::unwrap) {
            if unit.file_type().unwrap().is_dir() {
                continue;
            }
            let name = unit.file_name().into_string().unwrap();
            let text = root.moved(&source(&format!("docs/operating/{name}")));
            std::fs::write(root.at(&format!("src/docs/operating/{name}")), text).unwrap();
        }
        root.stand_ins();
        root
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The text with the machine's folders and ports moved into this root.
    fn moved(&self, text: &str) -> String {
        let root = self.folder.path().display().to_string();
        let mut text = text
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{}", self.ports[0]))
            .replace(
                "[database]\n",
                &format!(
                    "[metrics]\nbind = \"127.0.0.1:{}\"\n\n[database]\n",
                    self.ports[1]
                ),
            );
        // In two steps, since the root may itself lie below one of them.
        for folder in OF_THE_MACHINE {
            text = text.replace(folder, &format!("\u{1}{folder}"));
        }
        text.replace('\u{1}', &root)
    }

    fn stand_in(&self, name: &str, text: &str) {
        let path = self.at("bin").join(name);
        std::fs::write(
            &path,
            format!(
                "#!/usr/bin/env bash\nset -eu\nROOT={:?}\n{text}\n",
                self.folder.path()
            ),
        )
        .unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn stand_ins(&self) {
        self.stand_in("cargo", "[ \"$1 $2 $3\" = 'build --release --locked' ]");
        self.stand_in("apt-get", "[ \"$1 $2\" = 'install -y' ]");
        self.stand_in(
            "useradd",
            "for last; do :; done; echo \"$last\" >> \"$ROOT/users\"",
        );
        self.stand_in(
            "runuser",
            "[ \"$1 $3\" = '-u --' ]; grep -qx \"$2\" \"$ROOT/users\"; shift 3; exec \"$@\"",
        );
        self.stand_in(
            "chown",
            "grep -qx \"${1#*:}\" \"$ROOT/users\"; [ -e \"$2\" ]",
        );
        // Owners are given by root alone.
        self.stand_in(
            "install",
            "args=()\nwhile (($#)); do case $1 in -o|-g) shift 2;; *) args+=(\"$1\"); shift;; esac; done\n\
             exec /usr/bin/install \"${args[@]}\"",
        );
        self.stand_in(
            "systemctl",
            r#"pid=$ROOT/ampara.pid
begin() {
  command=$(sed -n 's/^ExecStart=//p' "$ROOT/etc/systemd/system/ampara.service")
  $command >> "$ROOT/ampara.log" 2>&1 &
  echo $! > "$pid"
}
end() {
  kill "$(cat "$pid")"
  # A process that has ended and that no parent has waited for is gone too.
  while grep -q '^State:.[^Z]' "/proc/$(cat "$pid")/status" 2>/dev/null; do read -r -t 0.05 <> <(:) || :; done
  rm "$pid"
}
case "$*" in
  daemon-reload) ;;
  "enable --now ampara" | "start ampara") begin ;;
  "stop ampara") end ;;
  "reload nginx") nginx ;;
  "enable --now ampara-"*) shift 2; for unit; do [ -e "$ROOT/etc/systemd/system/$unit" ]; done ;;
  *) echo "systemctl $*: not on the page" >&2; exit 1 ;;
esac"#,
        );
    }

    fn run(&self, script: &str) -> Output {
        let path = programs();
        Command::new("timeout")
            .args(["60", "bash", "-eu", "-c", &self.moved(script)])
            .env("PATH", format!("{}:{path}", self.at("bin").display()))
            .current_dir(self.at("src"))
            .output()
            .unwrap()
    }
}

impl Drop for Root {
    /// Stops the server that the page has started.
    fn drop(&mut self) {
        if let Ok(pid) = std::fs::read_to_string(self.at("ampara.pid")) {
            let _ = Command::new("kill").args(["-9", pid.trim()]).status();
        }
    }
}

/// Where this machine's programs are.
#[expect(
    clippy::disallowed_methods,
    reason = "the machine's own, and no setting of ours"
)]
fn programs() -> String {
    std::env::var("PATH").unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Asserts that the page's script went through, and returns what it printed.
fn went_through(root: &Root, script: &str) -> String {
    let done = root.run(script);
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    let err = String::from_utf8_lossy(&done.stderr);
    let log = std::fs::read_to_string(root.at("ampara.log")).unwrap_or_default();
    assert!(
        done.status.success(),
        "{}\n{out}\n{err}\n{log}",
        done.status
    );
    out
}

#[test]
fn the_first_start_backup_and_restore_work_by_the_page_alone() {
    let walk = blocks(&source(PAGE), "```sh walk").join("\n");
    let root = Root::new();
    let out = went_through(&root, &walk);
    for said in [
        "\tCUU\t",
        "otpauth://totp/Ampara:admin",
        "{\"status\":\"ok\"}",
        "restored",
        "marta\toperator\tenabled",
    ] {
        assert!(out.contains(said), "{said:?} is not in {out}");
    }
    for (path, wanted) in [
        ("var/lib/ampara", 0o700),
        ("var/lib/ampara-keys", 0o700),
        ("etc/ampara", 0o750),
        ("etc/ampara/ampara.toml", 0o640),
        ("var/lib/ampara/ampara.db", 0o600),
        ("var/backups/ampara/first.db", 0o600),
    ] {
        assert_eq!(mode(&root.at(path)), wanted, "{path}");
    }
    assert!(root.at("ampara.pid").exists(), "it serves at the end");
}

#[test]
fn a_step_that_fails_ends_the_walk() {
    let walk = blocks(&source(PAGE), "```sh walk").join("\n");
    let root = Root::new();
    // Without the keys nothing after them can work.
    let done = root.run(&walk.replace("a keys make\n", ""));
    assert!(!done.status.success());
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(said.contains("`ampara keys make`"), "{said}");
}
