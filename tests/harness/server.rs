//! The real binary as a child process: started, killed without warning, started again on the same
//! data.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::client::{self, Client};

const READY_WITHIN: Duration = Duration::from_secs(120);

/// The binary, in English whatever the language of the machine that tests it is.
pub fn ampara() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ampara"));
    command.env("LC_ALL", "C");
    command
}

/// `ampara serve` and what it is started with. Dropping it kills it.
pub struct RealServer {
    port: u16,
    settings: PathBuf,
    log: PathBuf,
    child: Option<Child>,
}

/// A loopback port that is free now.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl RealServer {
    /// Prepares a server on a free port with the settings of this file; what it logs is appended to
    /// `ampara.log` in `folder`. Nothing runs yet.
    pub fn new(folder: &Path, settings: &Path) -> Self {
        Self {
            port: free_port(),
            settings: settings.to_owned(),
            log: folder.join("ampara.log"),
            child: None,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A client without a token.
    pub fn client(&self) -> Client {
        Client::anyone(self.base_url())
    }

    /// All it has logged, over all its lives.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A command of the binary with this server's settings, for `migrate`, `backup` and the like.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = ampara();
        command.arg("--config").arg(&self.settings).args(arguments);
        command.env("AMPARA_HTTP__BIND", format!("127.0.0.1:{}", self.port));
        command
    }

    /// Starts it without waiting until it is ready.
    ///
    /// # Panics
    /// When it runs already or can't be started.
    pub fn launch(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .unwrap();
        let mut command = self.command(&["serve"]);
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    /// Starts it and waits for `/readyz` to say 200; says how long that took.
    ///
    /// # Panics
    /// With its log, when it ends or isn't ready within 30 s.
    pub async fn start(&mut self) -> Duration {
        let begun = Instant::now();
        self.launch();
        self.wait_until_ready().await;
        begun.elapsed()
    }

    /// Waits for `/readyz` to say 200.
    ///
    /// # Panics
    /// With its log, when it ends or isn't ready within 30 s.
    pub async fn wait_until_ready(&mut self) {
        let (http, url) = (client::bare(), format!("{}/readyz", self.base_url()));
        let until = Instant::now() + READY_WITHIN;
        loop {
            if let Some(ended) = self.child.as_mut().and_then(|c| c.try_wait().unwrap()) {
                self.child = None;
                panic!("it ended with {ended} before it was ready:\n{}", self.log());
            }
            if http
                .get(&url)
                .send()
                .await
                .is_ok_and(|r| r.status().is_success())
            {
                return;
            }
            assert!(
                Instant::now() < until,
                "it isn't ready after {READY_WITHIN:?}:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// `kill -9`: no handler of its own runs.
    ///
    /// # Panics
    /// When it doesn't run.
    pub fn sigkill(&mut self) {
        let mut child = self
            .child
            .take()
            .unwrap_or_else(|| panic!("it doesn't run"));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Stops it in its tracks (SIGSTOP), as a machine that swaps or a paused guest does; it notices
    /// nothing.
    ///
    /// # Panics
    /// When it doesn't run.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets a frozen one go on.
    ///
    /// # Panics
    /// When it doesn't run.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self
            .child
            .as_ref()
            .unwrap_or_else(|| panic!("it doesn't run"));
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success(), "kill {signal}: {sent}");
    }

    /// Asks it to end (SIGTERM) and waits until it has; true when it ended well.
    ///
    /// # Panics
    /// When it doesn't run, or takes more than 30 s.
    pub async fn stop(&mut self) -> bool {
        self.signal("-TERM");
        let mut child = self
            .child
            .take()
            .unwrap_or_else(|| panic!("it doesn't run"));
        let until = Instant::now() + READY_WITHIN;
        loop {
            if let Some(ended) = child.try_wait().unwrap() {
                return ended.success();
            }
            if Instant::now() > until {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("it didn't stop within {READY_WITHIN:?}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Killed without warning and started again; says how long the start took.
    pub async fn crash_and_restart(&mut self) -> Duration {
        self.sigkill();
        self.start().await
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
