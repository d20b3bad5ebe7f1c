//! What the page says of PostgreSQL, of nginx in front and of an upgrade, followed to the letter. They
//! need a cluster, nginx and a second build, so they are for the full tier (`make test-full`).

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PAGE, Root, blocks, source, went_through};
use crate::harness::postgres::{Cluster, programs};
use crate::harness::server::free_port;
use crate::harness::tier;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

fn is_full() -> bool {
    tier::count(0, 1) == 1
}

/// The blocks of the first start, by the step that each is.
struct Steps(Vec<String>);

impl Steps {
    fn of_the_page() -> Self {
        let steps = blocks(&source(PAGE), "```sh walk");
        assert_eq!(
            steps.len(),
            8,
            "build, user, settings, keys, start, doctor, backup, restore"
        );
        Self(steps)
    }

    /// Up to the settings, which come before the keys.
    fn settings(&self) -> String {
        self.0[..3].join("\n")
    }

    /// From the keys to a server that was asked what would not work.
    fn start(&self) -> String {
        self.0[3..6].join("\n")
    }

    /// The line by which the page calls the server's own user.
    fn shorthand(&self) -> &str {
        self.0[3].lines().next().unwrap()
    }
}

/// A program of the machine, wherever it is.
fn program(name: &str) -> PathBuf {
    let paths = super::programs();
    let folders = std::env::split_paths(&paths).chain(["/usr/sbin".into()]);
    folders
        .map(|folder| folder.join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{name} is not installed: `make setup` installs it"))
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    let err = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {err}");
}

#[test]
fn postgresql_is_set_up_backed_up_and_restored_by_the_page() {
    if !is_full() {
        return;
    }
    let (steps, root) = (Steps::of_the_page(), Root::new());
    let of_postgresql = blocks(&source(PAGE), "```sh walk postgresql");
    let [set_up, back_up_and_restore] = of_postgresql.as_slice() else {
        panic!("{of_postgresql:#?}")
    };
    let cluster = Cluster::start();
    let socket = cluster.socket().parent().unwrap().display().to_string();
    // As on a machine of Debian's: a superuser of that name, and no role of the server's yet.
    cluster.run("postgres", "create role postgres superuser login");
    let sql = ["-c", "alter role ampara rename to founder"];
    let psql = programs().join("psql");
    run(Command::new(psql)
        .args(["-h", &socket, "-U", "postgres", "-d", "postgres"])
        .args(sql));
    std::fs::write(root.at("users"), "postgres\n").unwrap();
    for name in ["psql", "pg_dump", "pg_restore"] {
        let real = programs().join(name);
        let text = format!("exec {real:?} -h {socket:?} -U postgres \"$@\"");
        root.stand_in(name, &text);
    }
    let (settings, start) = (steps.settings(), steps.start());
    let script = [&settings, set_up, &start, back_up_and_restore].map(String::as_str);
    let script = script.join("\n").replace("/run/postgresql", &socket);
    let out = went_through(&root, &script);
    for said in [
        "\tCUU\t",
        "{\"status\":\"ok\"}",
        "ok    database",
        "marta\toperator\tenabled",
    ] {
        assert!(out.contains(said), "{said:?} is not in {out}");
    }
    assert!(
        !root.at("var/lib/ampara/ampara.db").exists(),
        "it serves PostgreSQL"
    );
}

#[test]
fn nginx_serves_by_tls_by_the_page() {
    if !is_full() {
        return;
    }
    let (steps, root) = (Steps::of_the_page(), Root::new());
    let [block] = blocks(&source(PAGE), "```sh walk nginx")
        .try_into()
        .unwrap();
    let [clear, tls] = [free_port(), free_port()];
    let (nginx, curl, here) = (program("nginx"), program("curl"), root.at("etc/nginx"));
    std::fs::create_dir_all(here.join("conf.d")).unwrap();
    std::fs::create_dir_all(root.at("var/log/nginx")).unwrap();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", here.display()))
        .concat();
    let conf = format!(
        "user root;\npid {0}/pid;\nerror_log {0}/log;\nevents {{}}\nhttp {{\n{temporary}include {0}/conf.d/*.conf;\n}}\n",
        here.display()
    );
    std::fs::write(here.join("nginx.conf"), conf).unwrap();
    let site = root.at("src/docs/operating/nginx.conf");
    let text = std::fs::read_to_string(&site).unwrap();
    let text: String = text
        .lines()
        .filter(|line| !line.trim().starts_with("listen [::]"))
        .map(|line| format!("{line}\n"))
        .collect();
    let text = text
        .replace("listen 80;", &format!("listen 127.0.0.1:{clear};"))
        .replace("listen 443 ssl;", &format!("listen 127.0.0.1:{tls} ssl;"));
    std::fs::write(site, text).unwrap();
    root.stand_in(
        "nginx",
        &format!("exec {nginx:?} -e stderr -c \"$ROOT/etc/nginx/nginx.conf\" \"$@\""),
    );
    let cert = certificate(&root.at("etc/ampara/tls"));
    root.stand_in(
        "curl",
        &format!(
            "exec {curl:?} --cacert {cert:?} --connect-to your.own.name:443:127.0.0.1:{tls} --connect-to your.own.name:80:127.0.0.1:{clear} \"$@\""
        ),
    );
    // A link that was typed by hand: it leads to https.
    let by_hand = "curl -fsS -o /dev/null -w '%{redirect_url}' http://your.own.name/w/x";
    let script = [&steps.settings(), &steps.start(), &block, by_hand].join("\n");
    let out = went_through(&root, &script);
    let pid = std::fs::read_to_string(here.join("pid")).unwrap();
    run(Command::new("kill").arg(pid.trim()));
    assert_eq!(out.matches("{\"status\":\"ok\"}").count(), 2, "{out}");
    assert!(out.ends_with("https://your.own.name/w/x"), "{out}");
}

/// Writes `cert.pem` and `key.pem` there, for the page's name; the certificate's path.
fn certificate(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["your.own.name".to_owned()]).unwrap();
    let cert = params.self_signed(&key).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    folder.join("cert.pem")
}

/// The binary of the commit before this one, built in a folder of its own.
fn previous() -> PathBuf {
    let (tree, target) = (
        Path::new(HERE).join("target/previous/tree"),
        Path::new(HERE).join("target/previous/target"),
    );
    let _ = std::fs::remove_dir_all(&tree);
    std::fs::create_dir_all(&tree).unwrap();
    let script = "git archive HEAD~1 | tar -x -C \"$1\"";
    run(Command::new("bash")
        .args(["-o", "pipefail", "-c", script, "archive"])
        .arg(&tree)
        .current_dir(HERE));
    run(Command::new("cargo")
        .args([
            "build",
            "--locked",
            "--quiet",
            "--bin",
            "ampara",
            "--target-dir",
        ])
        .arg(&target)
        .current_dir(&tree));
    target.join("debug/ampara")
}

#[test]
fn the_binary_of_the_commit_before_is_upgraded_by_the_page() {
    if !is_full() {
        return;
    }
    let (steps, root) = (Steps::of_the_page(), Root::new());
    let [upgrade] = blocks(&source(PAGE), "```sh walk upgrade")
        .try_into()
        .unwrap();
    let built = root.at("src/target/release/ampara");
    std::fs::remove_file(&built).unwrap();
    std::os::unix::fs::symlink(previous(), &built).unwrap();
    went_through(&root, &[steps.settings(), steps.start()].join("\n"));
    let before = std::fs::read(root.at("usr/local/bin/ampara")).unwrap();

    std::fs::remove_file(&built).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_ampara"), &built).unwrap();
    let out = went_through(
        &root,
        &[steps.shorthand(), &upgrade, "a operator list"].join("\n"),
    );
    for said in ["{\"status\":\"ok\"}", "marta\toperator\tenabled"] {
        assert!(out.contains(said), "{said:?} is not in {out}");
    }
    let now = std::fs::read(root.at("usr/local/bin/ampara")).unwrap();
    assert!(before != now, "another binary serves");
    assert!(root.at("var/backups/ampara/before-upgrade.db").exists());
}
