//! `ampara demo` as a developer sees it who has just cloned the repository.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::harness::client;
use crate::harness::server::free_port;

const PATIENCE: Duration = Duration::from_secs(60);

/// The demo, and what it has written so far.
struct Demo {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ampara"));
        command
            .args([
                "demo",
                "--bind",
                &format!("127.0.0.1:{}", free_port()),
                "--data",
            ])
            .arg(folder.path());
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (out, lines) = channel();
        let written = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            written
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| out.send(line))
        });
        Self {
            child,
            lines,
            seen: Vec::new(),
            _folder: folder,
        }
    }

    /// Waits for a line with these words.
    fn shows(&mut self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no {words:?} in {:#?}", self.seen)
            };
            self.seen.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_demo_tells_the_main_job_and_whoever_presses_again_sees_it_again() {
    let mut demo = Demo::start();
    demo.shows("the server has it");
    let lock_screen = demo.shows("Beatriz Nava, by app");
    assert!(
        lock_screen.contains("[Tu hermana te necesita. Abre la app.]"),
        "{lock_screen}"
    );
    let before_the_claim = demo.shows("911's queue, before a claim");
    assert!(
        !before_the_claim.contains("Ana") && before_the_claim.contains("-000001 "),
        "{before_the_claim}"
    );
    demo.shows("Saúl confirms: closed");

    let curl = demo.shows("curl -X PUT");
    let url = curl
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .unwrap();
    let (alerts, _) = url.split_once("$(").unwrap();
    let header = demo.shows("Authorization");
    let bearer = header
        .split('\'')
        .nth(1)
        .unwrap()
        .strip_prefix("Authorization: ")
        .unwrap();
    demo.shows("Stop with Ctrl-C.");
    let press = client::bare()
        .put(format!("{alerts}{}", uuid::Uuid::new_v4()))
        .header("Authorization", bearer);
    assert_eq!(press.send().await.unwrap().status(), 201);
    let mut again = vec![demo.shows("by "), demo.shows("by "), demo.shows("by ")];
    again.sort();
    for (line, name) in again.iter().zip([
        "Beatriz Nava, by app",
        "Carmen Ochoa, by app",
        "Doña Delia, by SMS",
    ]) {
        assert!(line.contains(name), "{again:#?}");
    }
    assert!(
        demo.seen.iter().any(|line| line.contains("-000002 "))
            || !demo.shows("-000002 ").is_empty()
    );
}
