//! The peer: Debian's Alertmanager, set so that one alert is five webhooks at once.
//!
//! It groups nothing and waits for nothing, which is its best case (its presets wait 30 s). It
//! keeps alerts in memory and answers before it has done anything; we commit first.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::exchange::Connection;

/// A running one; killed when dropped.
pub struct Alertmanager {
    child: Child,
    pub address: String,
    _folder: tempfile::TempDir,
}

fn program() -> Option<&'static str> {
    ["/usr/bin/prometheus-alertmanager", "/usr/bin/alertmanager"]
        .into_iter()
        .find(|p| std::path::Path::new(p).exists())
}

impl Alertmanager {
    /// Whether it is installed.
    pub fn is_there() -> bool {
        program().is_some()
    }

    /// Starts it with the sink as its receiver; `None` where it isn't installed.
    pub async fn start(sink: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let hooks: String = (0..5)
            .map(|n| format!("  - url: http://{sink}/e/{n}\n    send_resolved: false\n"))
            .collect();
        let config = format!(
            "route:\n  receiver: five\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 1s\n  \
             repeat_interval: 4h\nreceivers:\n- name: five\n  webhook_configs:\n{hooks}"
        );
        let file = folder.path().join("alertmanager.yml");
        std::fs::write(&file, config).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(program()?)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.path().display()))
            .arg(format!("--web.listen-address={address}"))
            // No cluster: it would listen on all addresses.
            .arg("--cluster.listen-address=")
            .arg("--log.level=error")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let this = Self {
            child,
            address,
            _folder: folder,
        };
        let begun = Instant::now();
        loop {
            if let Ok(mut c) = Connection::open(&this.address).await
                && c.send("GET", "/-/ready", "", b"")
                    .await
                    .is_ok_and(|r| r.status == 200)
            {
                return Some(this);
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "Alertmanager doesn't start"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
