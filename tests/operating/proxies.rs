//! nginx and Caddy in front of the server.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::{in_tree, installed, read, succeeded};
use crate::harness::scratch;
use crate::harness::server::free_port;

/// How long, in real time, a program may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Paths that are themselves the secret.
const SECRET: [&str; 5] = [
    "/w/secret",
    "/w/secret/answer",
    "/i/secret/drills",
    "/m/secret",
    "/v1/invitations/secret",
];

/// Answers 204 to the head of each request, whatever follows it, and tells what the head was.
struct Upstream {
    port: u16,
    heads: Receiver<String>,
}

impl Upstream {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heads) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, tell) = (stream.unwrap(), tell.clone());
                std::thread::spawn(move || {
                    let head = head_of(&mut stream);
                    let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
                    let _ = stream.write_all(answer);
                    let _ = tell.send(head);
                    // To close with a body unread would tear the answer away from its reader.
                    let _ = stream.shutdown(Shutdown::Write);
                    let _ = stream.read_to_end(&mut Vec::new());
                });
            }
        });
        Self { port, heads }
    }

    fn next(&self) -> String {
        self.heads
            .recv_timeout(PATIENCE)
            .expect("nothing was passed on")
    }
}

/// What arrives until the empty line.
fn head_of(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// The site's file, with ports and paths of this test, below an `http` of its own.
fn configuration(folder: &Path, site: &str) -> String {
    let here = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {here}/{kind};\n"))
        .collect();
    let site = site.replace("/var/log/nginx/", &format!("{here}/log-"));
    format!(
        "daemon off;\nmaster_process off;\npid {here}/pid;\nerror_log {here}/log-main;\nevents {{}}\nhttp {{\n{temporary}{site}\n}}\n"
    )
}

/// nginx without TLS on a port of its own; gone when this is dropped.
struct Nginx {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Nginx {
    /// `None` where nginx is not installed.
    fn before(upstream: u16) -> Option<Self> {
        installed("nginx", &["-v"])?;
        let (folder, port) = (scratch::folder(), free_port());
        let site = read("docs/operating/nginx.conf")
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{upstream}"))
            .replace("listen 80;", &format!("listen 127.0.0.1:{};", free_port()))
            .replace("listen 443 ssl;", &format!("listen 127.0.0.1:{port};"));
        let plain = |line: &&str| {
            let line = line.trim();
            !line.starts_with("ssl_") && !line.starts_with("listen [::]")
        };
        let site: String = site
            .lines()
            .filter(plain)
            .map(|line| format!("{line}\n"))
            .collect();
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration(folder.path(), &site)).unwrap();
        let child = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .args(["-e", "stderr"])
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let nginx = Self {
            folder,
            port,
            child,
        };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", nginx.port)).is_err() {
            assert!(Instant::now() < until, "nginx does not listen");
            std::thread::yield_now();
        }
        Some(nginx)
    }

    /// Sends this and no more, and returns the status of the answer.
    fn status_of(&self, request: &str) -> u16 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let headers = "Host: ampara.example.gob.mx\r\nReferer: https://x/w/secret\r\nX-Forwarded-For: 198.51.100.7\r\n";
        let (line, rest) = request.split_once("\r\n").unwrap();
        write!(stream, "{line}\r\n{headers}{rest}").unwrap();
        let head = head_of(&mut stream);
        let status = head.split(' ').nth(1).unwrap_or_else(|| panic!("{head:?}"));
        status.parse().unwrap()
    }

    /// All that it has written to its logs. A request is logged after its answer, and one process
    /// handles one after the other: so once a further request is answered, all before it are there.
    fn logs(&self) -> String {
        self.status_of("GET /readyz HTTP/1.1\r\n\r\n");
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let logs = files.map(|file| file.unwrap().path()).filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("log-")
        });
        logs.map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn nginx_takes_the_file_as_it_is() {
    let folder = scratch::folder();
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["ampara.example.gob.mx".to_owned()];
    let made = rcgen::CertificateParams::new(names).unwrap();
    let certificate = made.self_signed(&key).unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(at("key.pem"), key.serialize_pem()).unwrap();
    // Ports of its own, since nginx binds them for the test too. Not each machine has IPv6.
    let mut site = read("docs/operating/nginx.conf")
        .replace("/etc/ampara/tls/", &at(""))
        .replace("listen 80;", &format!("listen 127.0.0.1:{};", free_port()))
        .replace("listen 443 ", &format!("listen 127.0.0.1:{} ", free_port()));
    for line in ["listen [::]:80;", "listen [::]:443 ssl;"] {
        assert!(site.contains(line), "{line}");
        site = site.replace(line, "");
    }
    std::fs::write(at("nginx.conf"), configuration(folder.path(), &site)).unwrap();
    let args = ["-t", "-c", &at("nginx.conf"), "-e", "stderr"];
    match installed("nginx", &args) {
        Some(judged) => assert!(!succeeded(&judged).contains("[warn]")),
        None => eprintln!("nginx is not installed"),
    }
}

#[test]
fn nginx_logs_no_link_not_even_when_the_server_is_down() {
    let upstream = Upstream::start();
    let Some(nginx) = Nginx::before(upstream.port) else {
        return eprintln!("nginx is not installed");
    };
    for path in SECRET {
        let status = nginx.status_of(&format!("GET {path} HTTP/1.1\r\n\r\n"));
        assert_eq!(status, 204, "{path}");
        upstream.next();
    }
    let query = "GET /v1/help-lines?secret=1 HTTP/1.1\r\n\r\n";
    assert_eq!(nginx.status_of(query), 204);
    let head = upstream.next();
    assert!(head.contains("X-Forwarded-For: 127.0.0.1\r\n"), "{head}");
    assert!(!head.contains("198.51.100.7"), "{head}");

    let Some(alone) = Nginx::before(free_port()) else {
        unreachable!("it was there a moment ago");
    };
    for path in SECRET {
        let status = alone.status_of(&format!("GET {path} HTTP/1.1\r\n\r\n"));
        assert_eq!(status, 502, "{path}");
    }
    let logs = format!("{}{}", nginx.logs(), alone.logs());
    assert!(logs.contains("GET /v1/help-lines 204"), "{logs}");
    for canary in ["secret", "127.0.0.1", "198.51.100.7"] {
        assert!(!logs.contains(canary), "{canary}: {logs}");
    }
}

#[test]
fn nginx_passes_a_press_on_before_its_body_has_come() {
    let upstream = Upstream::start();
    let Some(nginx) = Nginx::before(upstream.port) else {
        return eprintln!("nginx is not installed");
    };
    // More than any limit, and all but one byte of it never arrive.
    let rest = "Content-Length: 1000000\r\n\r\n{";
    let press = "PUT /v1/alerts/6f1c7a52-5c0e-4b0e-9a59-0d3c1c7f7a11 HTTP/1.1\r\n";
    assert_eq!(nginx.status_of(&format!("{press}{rest}")), 204);
    assert!(upstream.next().starts_with("PUT /v1/alerts/6f1c7a52"));
    let sign_in = format!("POST /v1/sign-in HTTP/1.1\r\n{rest}");
    assert_eq!(nginx.status_of(&sign_in), 413);
    let heard = upstream.heads.recv_timeout(Duration::ZERO);
    assert_eq!(heard, Err(RecvTimeoutError::Timeout));
}

#[test]
fn caddy_writes_no_access_log_and_no_path_in_its_own() {
    let file = in_tree("docs/operating/Caddyfile");
    let text = read("docs/operating/Caddyfile");
    let of_the_site = text
        .split("\nampara.example.gob.mx {")
        .nth(1)
        .expect("the site");
    assert!(
        !of_the_site
            .lines()
            .any(|line| line.trim().starts_with("log")),
        "{of_the_site}"
    );
    let args = [
        "adapt",
        "--adapter",
        "caddyfile",
        "--config",
        file.to_str().unwrap(),
    ];
    let Some(adapted) = installed("caddy", &args) else {
        return eprintln!("caddy is not installed");
    };
    succeeded(&adapted);
    let whole: Value = serde_json::from_slice(&adapted.stdout).unwrap();
    let servers = whole["apps"]["http"]["servers"].as_object().unwrap();
    assert!(servers.values().all(|server| server.get("logs").is_none()));
    let fields = &whole["logging"]["logs"]["default"]["encoder"]["fields"];
    for field in ["request>uri", "request>remote_ip", "request>headers"] {
        assert_eq!(fields[field]["filter"], "delete", "{field}: {fields}");
    }
    let text = whole.to_string();
    assert!(text.contains(r#""flush_interval":-1"#), "{text}");
    assert!(
        text.contains(r#""X-Forwarded-For":["{http.request.remote.host}"]"#),
        "{text}"
    );
}
