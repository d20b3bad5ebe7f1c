//! Ampara itself: the release binary on a database that was filled once and copied for each run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ampara::clock::Clock;
use ampara::db::DbError;
use ampara::foundation::Foundation;
use ampara::identity::model::Role;
use ampara::identity::operators::{self, NewOperator};
use ampara::ids::{MunicipalityId, OperatorId, PersonId};
use ampara::language::Language;
use ampara::seal::Keyring;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use serde_json::json;

use super::config_file::{APP, account, write_config};
use super::exchange::{Connection, Reply};
use super::postgres::Cluster;
use super::seed::{self, She};

const PASSWORD: &str = "una frase bastante larga";

/// Which database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A database with people, to be copied.
pub struct Filled {
    pub engine: Engine,
    folder: tempfile::TempDir,
    url: String,
    name: String,
    pub people: Vec<She>,
    pub town: MunicipalityId,
    operator: OperatorId,
    /// The people from which contacts are chosen.
    pub among: Vec<PersonId>,
    copies: std::cell::Cell<usize>,
}

/// A running server.
pub struct Server {
    child: Child,
    pub address: String,
    /// The same database, opened beside.
    pub beside: Foundation,
    /// From the start of the process to the first 200 of `/readyz`.
    pub ready_after: Duration,
    operator: OperatorId,
    folder: PathBuf,
}

/// This build's binary.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_ampara"))
}

/// Bytes of the binary.
pub fn program_size() -> u64 {
    std::fs::metadata(program()).unwrap().len()
}

/// CPU that a process has taken so far, its own and the kernel's for it.
pub fn cpu_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks: u64 = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Filled {
    /// A fresh database with the town, an operator, and `people` who each have five contacts with
    /// the app.
    pub async fn fill(engine: Engine, people: usize, sink: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (name, url) = match engine {
            Engine::Sqlite => (
                String::new(),
                format!("sqlite:{}", folder.path().join("ampara.db").display()),
            ),
            Engine::Postgres => {
                let name = Cluster::shared().fresh_database();
                let url = Cluster::shared().url(&name);
                (name, url)
            }
        };
        Keyring::make(&folder.path().join("keys"), Clock::system().now(), 4).unwrap();
        account(folder.path(), sink);
        let (_, config) = write_config(folder.path(), &url, 1, sink);
        let foundation = Foundation::open(config, Clock::system()).unwrap();
        let town = seed::town(&foundation, APP).await;
        let among = (people / 5).max(20);
        let among = seed::contacts(&foundation, town, APP, among).await;
        let people = seed::people(&foundation, town, 0, people, &among).await;
        let operator = add_operator(&foundation, town).await;
        drop(foundation);
        let copies = std::cell::Cell::new(0);
        Self {
            engine,
            folder,
            url,
            name,
            people,
            town,
            operator,
            among,
            copies,
        }
    }

    /// Where the database's own files would go; the keys are there.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A server of this program on a copy of it.
    pub async fn serve_copy(&self, sink: &str, program: &Path) -> Server {
        let n = self.copies.get() + 1;
        self.copies.set(n);
        let url = match self.engine {
            Engine::Sqlite => {
                let to = self.folder().join(format!("copy-{n}.db"));
                // The last server's copy is not needed any more.
                for ending in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(
                        self.folder().join(format!("copy-{}.db{ending}", n - 1)),
                    );
                    let from = self.folder().join(format!("ampara.db{ending}"));
                    if ending != "-shm" && from.exists() {
                        std::fs::copy(from, format!("{}{ending}", to.display())).unwrap();
                    }
                }
                format!("sqlite:{}", to.display())
            }
            Engine::Postgres => {
                let cluster = Cluster::shared();
                let (from, to, last) = (
                    &self.name,
                    format!("{}_{n}", self.name),
                    format!("{}_{}", self.name, n - 1),
                );
                cluster.drop_database(&last);
                let cut = format!(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{from}'"
                );
                cluster.run("postgres", &cut);
                cluster.run("postgres", &format!("create database {to} template {from}"));
                cluster.run(&to, "analyze");
                cluster.url(&to)
            }
        };
        self.serve(&url, sink, Command::new(program)).await
    }

    /// A server on the database itself.
    pub async fn serve_itself(&self, sink: &str) -> Server {
        self.serve(&self.url, sink, Command::new(program())).await
    }

    /// The same, held to one core.
    pub async fn serve_on_one_core(&self, sink: &str) -> Server {
        let mut pinned = Command::new("taskset");
        pinned.args(["--cpu-list", "0"]).arg(program());
        self.serve(&self.url, sink, pinned).await
    }

    /// The database, opened beside, for filling more into it.
    pub fn open_beside(&self, sink: &str) -> Foundation {
        let (_, config) = write_config(self.folder(), &self.url, 1, sink);
        Foundation::open_beside(config, Clock::system()).unwrap()
    }

    async fn serve(&self, url: &str, sink: &str, mut command: Command) -> Server {
        let port = free_port();
        let (file, config) = write_config(self.folder(), url, port, sink);
        let log = std::fs::File::create(self.folder().join("ampara.log")).unwrap();
        let begun = Instant::now();
        command
            .arg("--config")
            .arg(&file)
            .arg("serve")
            .stdin(Stdio::null());
        let child = command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let address = format!("127.0.0.1:{port}");
        let ready_after = ready(&address, begun, self.folder()).await;
        let beside = Foundation::open_beside(config, Clock::system()).unwrap();
        let folder = self.folder().to_owned();
        Server {
            child,
            address,
            beside,
            ready_after,
            operator: self.operator,
            folder,
        }
    }
}

async fn add_operator(foundation: &Foundation, town: MunicipalityId) -> OperatorId {
    let centre = foundation
        .db
        .read(ampara::escalation::centres::load)
        .await
        .unwrap()
        .home_of(town);
    let new = NewOperator {
        sign_in_name: "olga".to_owned(),
        name: "Olga".to_owned(),
        role: Role::Operator,
        municipality: town,
        centre,
        corporation: None,
        badge: None,
        unlisted: false,
        phone: None,
        language: Language::Es,
        password: Some(PASSWORD.to_owned()),
    };
    operators::add(foundation, new).await.unwrap().operator
}

async fn ready(address: &str, begun: Instant, folder: &Path) -> Duration {
    loop {
        if let Ok(mut connection) = Connection::open(address).await
            && connection
                .send("GET", "/readyz", "", b"")
                .await
                .is_ok_and(|r| r.status == 200)
        {
            return begun.elapsed();
        }
        let log = || std::fs::read_to_string(folder.join("ampara.log")).unwrap_or_default();
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the server isn't ready:\n{}",
            log()
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[derive(diesel::QueryableByName)]
struct Left {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

impl Server {
    /// Signs the operator in; the headers of that session.
    pub async fn sign_in(&self) -> String {
        let totp = operators::totp_now(&self.beside, self.operator)
            .await
            .unwrap();
        let body = json!({ "name": "olga", "password": PASSWORD, "totp": totp }).to_string();
        let headers = "content-type: application/json\r\n";
        let reply = self
            .asks("POST", "/v1/operators/sign-in", headers, &body)
            .await;
        assert_eq!(
            reply.status,
            200,
            "{}",
            String::from_utf8_lossy(&reply.body)
        );
        let cookie = reply.headers["set-cookie"]
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let csrf = reply.json()["csrf_token"].as_str().unwrap().to_owned();
        format!("cookie: {cookie}\r\nx-csrf-token: {csrf}\r\n{headers}")
    }

    /// One request on a connection of its own.
    pub async fn asks(&self, method: &str, path: &str, headers: &str, body: &str) -> Reply {
        let mut connection = Connection::open(&self.address).await.unwrap();
        connection
            .send(method, path, headers, body.as_bytes())
            .await
            .unwrap()
    }

    /// Waits until no outcome is left to be written; false when that takes more than a minute.
    pub async fn all_recorded(&self) -> bool {
        const OPEN: &str = "select count(*) as n from notifications where state = 'sending' \
                            union all select count(*) as n from notifications where state = 'queued'";
        let begun = Instant::now();
        loop {
            let read = self.beside.db.read(|conn| {
                Ok::<Vec<Left>, DbError>(
                    ampara::on!(conn, |c| diesel::sql_query(OPEN).load::<Left>(c))?
                )
            });
            if read.await.unwrap().iter().all(|left| left.n == 0) {
                return true;
            }
            if begun.elapsed() > Duration::from_secs(60) {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A line of `/proc/PID/status`, in MiB.
    pub fn memory(&self, line: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let kib = status.lines().find_map(|l| {
            l.strip_prefix(line)?
                .trim_start_matches(':')
                .split_whitespace()
                .next()
        });
        kib.and_then(|k| k.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }

    /// CPU that it has taken so far.
    pub fn cpu(&self) -> Duration {
        cpu_of(self.child.id())
    }

    /// Lines of its log that are errors.
    pub fn complaints(&self) -> usize {
        let log = std::fs::read_to_string(self.folder.join("ampara.log")).unwrap_or_default();
        // It has no SMS, on purpose, and says so.
        let errors = log
            .lines()
            .filter(|l| l.contains("\"ERROR\"") && !l.contains("no text message would leave"));
        errors.inspect(|l| eprintln!("{l}")).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
