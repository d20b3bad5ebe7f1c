//! The Containerfile is followed step by step, without a container engine: what it copies is in the
//! tree, what it runs does here what it would do there, and what it starts exists.

use std::collections::BTreeSet;

use super::{ampara, in_tree, read, succeeded};

const FILE: &str = "docs/operating/Containerfile";

/// One instruction, with its words.
struct Step {
    verb: String,
    words: Vec<String>,
}

fn steps() -> Vec<Step> {
    let text = read(FILE);
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (verb, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
            let list = rest.starts_with('[');
            let words = match list.then(|| serde_json::from_str(rest)) {
                Some(list) => list.unwrap(),
                None => rest.split_whitespace().map(str::to_owned).collect(),
            };
            Step {
                verb: verb.to_owned(),
                words,
            }
        })
        .collect()
}

/// The image as far as the steps that were followed have made it.
#[derive(Default)]
struct Image {
    stage: usize,
    /// What the first stage has of the tree.
    sources: BTreeSet<String>,
    built: bool,
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
    folders: BTreeSet<(String, String)>,
    files: BTreeSet<String>,
    user: Option<String>,
    started: Vec<String>,
}

impl Image {
    fn follow(&mut self, step: &Step) {
        let words: Vec<&str> = step.words.iter().map(String::as_str).collect();
        match step.verb.as_str() {
            "FROM" => {
                self.stage += 1;
                assert!(words[0].starts_with("docker.io/library/"), "{words:?}");
            }
            "COPY" => self.copy(&words),
            "RUN" => self.run(&words),
            "USER" => {
                assert!(self.users.contains(words[0]), "{words:?}");
                self.user = Some(words[0].to_owned());
            }
            "VOLUME" => {
                for folder in words {
                    let made = self.folders.iter().any(|(path, _)| path == folder);
                    assert!(made, "{folder} is not made before");
                }
            }
            "ENTRYPOINT" | "CMD" => self.started.extend(step.words.iter().cloned()),
            "WORKDIR" | "STOPSIGNAL" => {}
            other => panic!("a test cannot follow {other}"),
        }
    }

    fn copy(&mut self, words: &[&str]) {
        let (flags, paths): (Vec<&str>, Vec<&str>) =
            words.iter().partition(|word| word.starts_with("--"));
        let (to, from) = paths.split_last().unwrap();
        if flags.contains(&"--from=build") {
            assert_eq!(from, ["/src/target/release/ampara"]);
            assert!(self.built, "copied before it was built");
            self.files.insert((*to).to_owned());
            return;
        }
        for path in from {
            assert!(in_tree(path).exists(), "{path} is not in the tree");
        }
        match self.stage {
            1 => self
                .sources
                .extend(from.iter().map(|path| (*path).to_owned())),
            _ => {
                let owner = flags.iter().find_map(|flag| flag.strip_prefix("--chown="));
                let (user, group) = owner.unwrap().split_once(':').unwrap();
                assert!(user == "root" && self.groups.contains(group), "{owner:?}");
                self.files.insert((*to).to_owned());
            }
        }
    }

    fn run(&mut self, words: &[&str]) {
        assert!(
            !words.iter().any(|word| ["&&", "|", ";"].contains(word)),
            "one command a step: {words:?}"
        );
        let last = (*words.last().unwrap()).to_owned();
        match words {
            ["cargo", "build", "--release", "--locked"] => {
                for needed in needed_to_build() {
                    assert!(self.sources.contains(&needed), "{needed} is not copied");
                }
                self.built = true;
            }
            ["apt-get", "update"] | ["rm", "-rf", "/var/lib/apt/lists"] => {}
            [
                "apt-get",
                "install",
                "-y",
                "--no-install-recommends",
                "ca-certificates",
            ] => {}
            ["groupadd", "--system", "--gid", _, _] => {
                self.groups.insert(last);
            }
            ["useradd", "--system", ..] => {
                assert!(words.contains(&"/usr/sbin/nologin"), "{words:?}");
                self.users.insert(last);
            }
            [
                "install",
                "-d",
                "-o",
                user,
                "-g",
                group,
                "-m",
                mode,
                folders @ ..,
            ] => {
                assert!(*user == "root" || self.users.contains(*user), "{user}");
                assert!(self.groups.contains(*group), "{group}");
                let made = folders.iter();
                self.folders
                    .extend(made.map(|folder| ((*folder).to_owned(), (*mode).to_owned())));
            }
            other => panic!("a test cannot follow RUN {other:?}"),
        }
    }
}

/// The first part of each path that a build reads: the manifest's and `include_str!`'s.
fn needed_to_build() -> BTreeSet<String> {
    let mut needed: BTreeSet<String> = ["Cargo.toml", "Cargo.lock", "build.rs", "askama.toml"]
        .into_iter()
        .chain([".cargo", "server", "migrations"])
        .map(str::to_owned)
        .collect();
    let mut folders = vec![in_tree("server")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let outside = text.split("\"../../").skip(1);
                let outside = outside.filter_map(|rest| rest.split(['/', '"']).next());
                needed.extend(
                    outside
                        .filter(|part| in_tree(part).is_dir())
                        .map(str::to_owned),
                );
            }
        }
    }
    needed
}

#[test]
fn every_step_of_the_containerfile_can_be_followed() {
    let mut image = Image::default();
    for step in steps() {
        image.follow(&step);
    }
    assert_eq!(image.stage, 2);
    assert!(image.sources.contains("mobile-api-spec"));
    assert_eq!(image.user.as_deref(), Some("ampara"));
    for (folder, mode) in [
        ("/etc/ampara", "0750"),
        ("/var/lib/ampara", "0750"),
        ("/var/lib/ampara-keys", "0700"),
        ("/var/backups/ampara", "0700"),
    ] {
        let made = (folder.to_owned(), mode.to_owned());
        assert!(
            image.folders.contains(&made),
            "{folder}: {:?}",
            image.folders
        );
    }
    let (binary, args) = image.started.split_first().unwrap();
    assert!(image.files.contains(binary), "{binary} is not in the image");
    assert!(image.files.contains("/etc/ampara/ampara.toml"));
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(args.last(), Some(&"serve"));
    args.push("--help");
    succeeded(&ampara(&args));
}

#[test]
fn it_builds_with_the_rust_that_the_manifest_asks_for() {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let wanted = manifest["package"]["rust-version"].as_str().unwrap();
    let first = steps().into_iter().next().unwrap();
    assert_eq!(
        first.words[0],
        format!("docker.io/library/rust:{wanted}-bookworm")
    );
}
