//! The Debian package: what goes into it, what its scripts do, and (`make test-full`) the package
//! itself.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{ampara, in_tree, read, succeeded};
use crate::harness::{scratch, tier};

/// `[package.metadata.deb]`.
fn metadata() -> toml::Table {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    deb.as_table().unwrap().clone()
}

/// Each file's source, target and mode.
fn assets() -> Vec<[String; 3]> {
    let assets = metadata()["assets"].as_array().unwrap().clone();
    let words = |asset: &toml::Value| {
        let words = asset.as_array().unwrap().iter();
        let words: Vec<String> = words.map(|w| w.as_str().unwrap().to_owned()).collect();
        words.try_into().unwrap()
    };
    assets.iter().map(words).collect()
}

/// The files of a folder whose names begin and end so.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    let (start, end) = name.split_once('*').unwrap_or((name, ""));
    let there = std::fs::read_dir(in_tree(folder)).unwrap();
    there
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let file = path.file_name().unwrap().to_string_lossy();
            match name.contains('*') {
                true => file.starts_with(start) && file.ends_with(end),
                false => file == name,
            }
        })
        .collect()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_goes_into_the_package_is_in_the_tree_or_made_for_it() {
    let made = [
        "target/package/ampara",
        "target/package/man/*.1",
        "target/package/completions/ampara.bash",
        "target/package/completions/ampara.zsh",
        "target/package/completions/ampara.fish",
        "target/package/units/*",
        "target/package/ampara.cdx.json",
    ];
    let assets = assets();
    for [source, ..] in &assets {
        if source.starts_with("target/") {
            assert!(made.contains(&source.as_str()), "{source}");
        } else {
            assert!(!matching(source).is_empty(), "{source}");
        }
    }
    // Of docs/operating/ all goes in, but for what cargo-deb and .ci/package put elsewhere.
    for file in matching("docs/operating/*") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let placed = name == "deb" || name.ends_with(".service") || name.ends_with(".timer");
        let shipped = assets.iter().any(|[source, ..]| {
            source.starts_with("docs/operating/") && matching(source).contains(&file)
        });
        assert!(placed || shipped, "{name} is not in the package");
    }
    let secret = assets
        .iter()
        .find(|[_, to, _]| to == "etc/ampara/")
        .unwrap();
    assert_eq!(secret[2], "640");
}

#[test]
fn every_command_has_a_manual_page_and_every_shell_its_completions() {
    let folder = scratch::folder();
    let into = folder.path().to_str().unwrap();
    succeeded(&ampara(&["man", into]));
    for (page, words) in [
        ("ampara.1", "safety\\-alert server"),
        ("ampara-serve.1", "ampara\\-serve"),
        ("ampara-keys-make.1", "weeks"),
        ("ampara-doctor.1", "tonight"),
    ] {
        let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(
            text.contains(".TH") && text.contains(words),
            "{page}: {text}"
        );
    }
    let wrong = ampara(&["man", &format!("{into}/none")]);
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert!(
        wrong.status.code() == Some(1) && said.contains("/none"),
        "{said}"
    );

    let script = folder.path().join("completions");
    for shell in ["bash", "zsh", "fish"] {
        let done = ampara(&["completions", shell]);
        succeeded(&done);
        std::fs::write(&script, &done.stdout).unwrap();
        let text = String::from_utf8(done.stdout).unwrap();
        for word in ["doctor", "municipality", "config"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
        if shell == "bash" {
            let words = format!(
                ". {}; COMP_WORDS=(ampara doc); COMP_CWORD=1; _ampara ampara doc ampara; echo ${{COMPREPLY[@]}}",
                script.display()
            );
            let done = Command::new("bash").args(["-c", &words]).output().unwrap();
            assert_eq!(succeeded(&done).trim(), "doctor");
        }
    }
}

#[test]
fn the_settings_that_it_brings_can_be_used_also_with_every_account() {
    let folder = scratch::folder();
    let file = folder.path().join("ampara.toml");
    let text = read("docs/operating/ampara.toml");
    let setting = |line: &str| line.starts_with('[') || line.contains(" = ");
    let with_all: String = text
        .lines()
        .filter(|line| !line.starts_with("url = "))
        .map(|line| match line.strip_prefix("# ") {
            Some(bare) if setting(bare) => format!("{bare}\n"),
            _ => format!("{line}\n"),
        })
        .map(|line| line.replace('…', "example.gob.mx"))
        .collect();
    let url = folder.path().join("database-url");
    std::fs::write(&url, "postgres://ampara@/ampara?host=/run/postgresql\n").unwrap();
    let with_all = with_all.replace("/etc/ampara/database-url", url.to_str().unwrap());
    for (text, shows) in [
        (text, "sqlite:/var/lib/ampara/ampara.db"),
        (with_all, "/etc/ampara/voice-token"),
    ] {
        std::fs::write(&file, &text).unwrap();
        let shown = ampara(&["--config", file.to_str().unwrap(), "print-config"]);
        assert!(succeeded(&shown).contains(shows), "{text}");
    }
}

/// A root folder in which the package's files already are.
fn unpacked() -> TempDir {
    let root = scratch::folder();
    for there in ["etc/ampara", "var/lib", "var/backups"] {
        std::fs::create_dir_all(root.path().join(there)).unwrap();
    }
    for (file, text) in [
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("etc/group", "root:x:0:\n"),
        ("etc/shadow", ""),
        ("etc/gshadow", ""),
        ("etc/ampara/ampara.toml", "# none\n"),
    ] {
        std::fs::write(root.path().join(file), text).unwrap();
    }
    root
}

fn script(root: &Path, name: &str, args: &[&str]) -> String {
    let mut command = Command::new("sh");
    command.arg(in_tree("docs/operating/deb").join(name));
    command.args(args).env("DPKG_ROOT", root);
    succeeded(&command.output().unwrap())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// The folders that the server's user has, and their modes.
const FOLDERS: [(&str, u32); 3] = [
    ("var/lib/ampara", 0o750),
    ("var/lib/ampara-keys", 0o700),
    ("var/backups/ampara", 0o700),
];

#[track_caller]
fn is_configured(root: &Path) {
    let users = std::fs::read_to_string(root.join("etc/passwd")).unwrap();
    let user = users.lines().find(|line| line.starts_with("ampara:"));
    let user: Vec<&str> = user.unwrap().split(':').collect();
    let (uid, gid): (u32, u32) = (user[2].parse().unwrap(), user[3].parse().unwrap());
    assert!(uid != 0 && user[6] == "/usr/sbin/nologin", "{user:?}");
    for (folder, wanted) in FOLDERS {
        let there = std::fs::metadata(root.join(folder)).unwrap();
        assert_eq!((there.uid(), there.gid()), (uid, gid), "{folder}");
        assert_eq!(mode(&root.join(folder)), wanted, "{folder}");
    }
    for (path, wanted) in [("etc/ampara", 0o750), ("etc/ampara/ampara.toml", 0o640)] {
        let there = std::fs::metadata(root.join(path)).unwrap();
        assert_eq!((there.uid(), there.gid()), (0, gid), "{path}");
        assert_eq!(mode(&root.join(path)), wanted, "{path}");
    }
}

#[test]
fn its_scripts_make_user_and_folders_and_delete_no_data() {
    if !is_root() {
        return eprintln!("only root can make users");
    }
    let root = unpacked();
    let root = root.path();
    let said = script(root, "postinst", &["configure", ""]);
    assert!(said.contains("/etc/ampara/ampara.toml"), "{said}");
    is_configured(root);

    // An upgrade changes no mode that an administrator has chosen.
    let backups = root.join("var/backups/ampara");
    std::fs::set_permissions(&backups, Permissions::from_mode(0o750)).unwrap();
    script(root, "postinst", &["configure", "0.0.9"]);
    assert_eq!(mode(&backups), 0o750);

    std::fs::write(root.join("var/lib/ampara-keys/seal-1"), "key").unwrap();
    script(root, "prerm", &["upgrade", "0.2.0"]);
    script(root, "prerm", &["remove"]);
    let said = script(root, "postrm", &["purge"]);
    assert!(said.contains("/var/lib/ampara-keys"), "{said}");
    assert!(root.join("var/lib/ampara-keys/seal-1").exists());
}

/// `make deb` takes minutes, so it is part of the full tier alone.
#[test]
fn the_package_can_be_made_installed_and_removed() {
    if tier::count(0, 1) == 0 {
        return;
    }
    let mut make = Command::new("make");
    let done = make.arg("deb").current_dir(in_tree("")).output().unwrap();
    let said = succeeded(&done);
    let line = said.lines().find_map(|line| line.strip_prefix("Package: "));
    let (deb, size) = line.expect(&said).split_once(", ").unwrap();
    let kib: u32 = size.trim_end_matches(" KiB").parse().unwrap();
    assert!((1_000..100_000).contains(&kib), "{size}");

    let bill: serde_json::Value =
        serde_json::from_str(&read("target/package/ampara.cdx.json")).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    let parts = bill["components"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["name"] == "rustls"));

    let root = scratch::folder();
    let root = root.path();
    if !is_root() {
        let mut unpack = Command::new("dpkg-deb");
        let done = unpack.arg("-x").arg(in_tree(deb)).arg(root).output();
        succeeded(&done.unwrap());
        return has_all_files(root);
    }
    install(root, &in_tree(deb));
    has_all_files(root);
    is_configured(root);
    let key = root.join("var/lib/ampara-keys/seal-1");
    std::fs::write(&key, "key").unwrap();
    dpkg(root, &["--purge", "ampara"]);
    assert!(!root.join("usr/bin/ampara").exists() && key.exists());
}

fn install(root: &Path, deb: &Path) {
    for folder in [
        "etc",
        "var/lib/dpkg/updates",
        "var/lib/dpkg/info",
        "var/backups",
    ] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    for file in ["passwd", "group", "shadow", "gshadow"] {
        let text = if file == "group" { "root:x:0:\n" } else { "" };
        std::fs::write(root.join("etc").join(file), text).unwrap();
    }
    std::fs::write(root.join("var/lib/dpkg/status"), "").unwrap();
    // What it depends on is not in this root.
    dpkg(
        root,
        &["--force-depends", "--install", deb.to_str().unwrap()],
    );
}

fn dpkg(root: &Path, args: &[&str]) {
    let mut dpkg = Command::new("dpkg");
    dpkg.arg(format!("--root={}", root.display()));
    dpkg.args(["--force-script-chrootless", "--force-not-root"]);
    dpkg.arg("--log=/dev/null").args(args);
    succeeded(&dpkg.output().unwrap());
}

fn has_all_files(root: &Path) {
    for file in [
        "usr/bin/ampara",
        "usr/lib/systemd/system/ampara.service",
        "usr/lib/systemd/system/ampara-backup.timer",
        "usr/share/man/man1/ampara.1.gz",
        "usr/share/man/man1/ampara-keys-make.1.gz",
        "usr/share/bash-completion/completions/ampara",
        "usr/share/zsh/vendor-completions/_ampara",
        "usr/share/fish/vendor_completions.d/ampara.fish",
        "usr/share/doc/ampara/copyright",
        "etc/ampara/ampara.toml",
    ] {
        assert!(root.join(file).exists(), "{file}");
    }
    for file in [
        "operating/nginx.conf",
        "operating/Caddyfile",
        "ampara.cdx.json",
    ] {
        let doc = root.join("usr/share/doc/ampara").join(file);
        let packed = PathBuf::from(format!("{}.gz", doc.display()));
        assert!(doc.exists() || packed.exists(), "{file}");
    }
    let unit = root.join("usr/lib/systemd/system/ampara.service");
    let unit = std::fs::read_to_string(unit).unwrap();
    assert!(unit.contains("ExecStart=/usr/bin/ampara ") && !unit.contains("/usr/local"));
    let mut binary = Command::new(root.join("usr/bin/ampara"));
    succeeded(&binary.arg("--version").output().unwrap());
}

#[test]
fn both_languages_of_the_page_have_the_same_commands_and_name_every_file() {
    let (english, spanish) = (
        read("docs/operating/README.md"),
        read("docs/operating/README.es.md"),
    );
    let blocks = |page: &str| -> Vec<String> {
        let blocks = page.split("```").skip(1).step_by(2);
        blocks.map(str::to_owned).collect()
    };
    assert!(blocks(&english).len() >= 3);
    assert_eq!(blocks(&english), blocks(&spanish));
    for file in matching("docs/operating/*") {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let name = name.replace("ampara-backup.timer", "ampara-backup.service");
        let name = name.replace("ampara-doctor.timer", "ampara-doctor.service");
        for page in [&english, &spanish] {
            assert!(
                name.starts_with("README") || page.contains(&name),
                "{name} is not on the page"
            );
        }
    }
}
