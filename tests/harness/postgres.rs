//! A private PostgreSQL: one cluster a test run, a database a test.
//!
//! What: [`Cluster`], with its data in a temporary folder, reached by a socket in it. Where it is,
//! and whether a commit goes to the disk or only to the kernel before it is answered, `scratch`
//! says. Invariant: nothing is left over. A small shell script owns the cluster and reads its orders from a pipe;
//! when this process ends, however it ends, the pipe closes, and the script stops the cluster and
//! removes the folder. Path: `initdb`, start, migrate one template database; each test gets a copy
//! of it and drops it again. On failure: without PostgreSQL's programs the panic names the package
//! to install.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use ampara::db::{DatabaseConfig, migrate};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::scratch;

const TEMPLATE: &str = "ampara_template";

/// Owns the cluster; `$1` is the folder of PostgreSQL's programs, `$2` the folder to put it in, `$3`
/// whether commits go to the disk.
const KEEPER: &str = r#"
set -eu
bin=$1
dir=$(mktemp -d "$2/ampara-postgres.XXXXXX")
finish() { "$bin/pg_ctl" -D "$dir/data" stop -m immediate -s >/dev/null 2>&1 || true; cd /; rm -rf "$dir"; }
trap finish EXIT
trap 'exit 1' INT TERM HUP
cd "$dir"
"$bin/initdb" -D data -U ampara -A trust -E UTF8 --no-locale >initdb.log 2>&1 || { cat initdb.log >&2; exit 1; }
cat >>data/postgresql.conf <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = $3
full_page_writes = $3
max_connections = 300
max_wal_size = 512MB
deadlock_timeout = 200ms
log_line_prefix = '[%d] '
CONF
"$bin/pg_ctl" -D data -l server.log -w -s start >/dev/null || { cat server.log >&2; exit 1; }
echo "$dir"
while read -r order; do
  case "$order" in
    crash) "$bin/pg_ctl" -D data -m immediate -s stop >/dev/null ;;
    start) "$bin/pg_ctl" -D data -l server.log -w -s start >/dev/null ;;
  esac
  echo done
done
"#;

/// A running PostgreSQL of our own.
pub struct Cluster {
    keeper: Mutex<Keeper>,
    folder: PathBuf,
}

struct Keeper {
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    script: Child,
}

impl Cluster {
    /// The one that all tests of this run share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// One more, for a test that crashes it.
    pub fn start() -> Self {
        let bin = programs();
        let mut command = if is_root() {
            let mut as_postgres = Command::new("setpriv");
            as_postgres.args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "sh",
            ]);
            as_postgres
        } else {
            Command::new("sh")
        };
        let mut script = command
            .args(["-c", KEEPER, "keeper"])
            .arg(&bin)
            .arg(scratch::root())
            .arg(if scratch::TO_THE_DISK { "on" } else { "off" })
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A Ctrl-C is for the tests; the script notices by its pipe.
            .process_group(0)
            .spawn()
            .expect("start the script that owns PostgreSQL");
        let mut answers = BufReader::new(script.stdout.take().unwrap());
        let mut folder = String::new();
        answers.read_line(&mut folder).expect("the script's answer");
        assert!(
            !folder.is_empty(),
            "PostgreSQL did not start; its own words are above"
        );
        let keeper = Mutex::new(Keeper {
            orders: script.stdin.take(),
            answers,
            script,
        });
        let cluster = Self {
            keeper,
            folder: PathBuf::from(folder.trim_end()),
        };
        cluster.run("postgres", &format!("create database {TEMPLATE}"));
        migrate(&DatabaseConfig::at(cluster.url(TEMPLATE))).expect("migrate the template");
        cluster
    }

    /// Kills the server without a goodbye; [`Cluster::revive`] starts it again, and it recovers.
    pub fn crash(&self) {
        self.order("crash");
    }

    /// Starts a crashed server.
    pub fn revive(&self) {
        self.order("start");
    }

    fn order(&self, order: &str) {
        let mut keeper = self.keeper.lock().unwrap();
        writeln!(keeper.orders.as_mut().unwrap(), "{order}").unwrap();
        let mut answer = String::new();
        keeper.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim_end(), "done", "PostgreSQL would not {order}");
    }

    /// The socket's path: what a proxy in between connects to.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// A URL for one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres:///{database}?host={}&user=ampara",
            self.folder.display()
        )
    }

    /// Runs SQL as the superuser in one of its databases.
    pub fn run(&self, database: &str, sql: &str) {
        let mut c = PgConnection::establish(&self.url(database)).expect("connect as superuser");
        c.batch_execute(sql).expect("run SQL as superuser");
    }

    /// What the server has said of deadlocks in that database: one text for each.
    pub fn deadlocks(&self, database: &str) -> Vec<String> {
        let log = std::fs::read(self.folder.join("server.log")).expect("read PostgreSQL's log");
        let log = String::from_utf8_lossy(&log);
        let here = format!("[{database}] ERROR:  deadlock detected");
        let mut told = Vec::new();
        let mut lines = log.lines().peekable();
        while let Some(line) = lines.next() {
            if line.starts_with(&here) {
                let mut text = line.to_owned();
                while let Some(more) = lines.next_if(|l| !l.contains("STATEMENT:")) {
                    text.push('\n');
                    text.push_str(more);
                }
                told.push(text);
            }
        }
        told
    }

    /// A new, migrated, empty database; its name.
    pub fn fresh_database(&self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.run(
            "postgres",
            &format!("create database {name} template {TEMPLATE}"),
        );
        name
    }

    /// Drops a database, also while clients are connected.
    pub fn drop_database(&self, name: &str) {
        if let Ok(mut c) = PgConnection::establish(&self.url("postgres")) {
            let _ = c.batch_execute(&format!("drop database if exists {name} with (force)"));
        }
    }
}

impl Drop for Cluster {
    /// The shared one is a static and ends with the process instead.
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap();
        keeper.orders = None;
        let _ = keeper.script.wait();
    }
}

/// The folder of PostgreSQL's programs of the newest version.
pub fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .filter_map(|path| Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin"))))
        .collect();
    found.sort();
    let missing = "these tests need PostgreSQL's programs under /usr/lib/postgresql: install the package `postgresql`";
    found.pop().expect(missing).1
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(Path::new("/proc/self")).unwrap()) == 0
}
