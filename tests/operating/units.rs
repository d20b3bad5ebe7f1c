//! The units of systemd.

use super::{ampara, in_tree, installed, read, succeeded};
use crate::harness::scratch;

const SERVICES: [&str; 3] = ["ampara", "ampara-backup", "ampara-doctor"];
const TIMERS: [&str; 2] = ["ampara-backup", "ampara-doctor"];
const BINARY: &str = "/usr/local/bin/ampara";

fn service(name: &str) -> String {
    read(&format!("docs/operating/{name}.service"))
}

/// The settings of one key, in order.
fn settings<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines
        .filter(|(name, _)| *name == key)
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn every_service_is_hardened() {
    for name in SERVICES {
        let unit = service(name);
        for (key, wanted) in [
            ("User", "ampara"),
            ("CapabilityBoundingSet", ""),
            ("AmbientCapabilities", ""),
            ("LimitCORE", "0"),
            ("MemoryDenyWriteExecute", "yes"),
            ("NoNewPrivileges", "yes"),
            ("PrivateTmp", "yes"),
            ("ProtectHome", "yes"),
            ("ProtectSystem", "strict"),
            ("RestrictNamespaces", "yes"),
            ("SystemCallArchitectures", "native"),
            ("UMask", "0077"),
        ] {
            assert_eq!(settings(&unit, key), [wanted], "{name}: {key}");
        }
        assert_eq!(
            settings(&unit, "SystemCallFilter"),
            ["@system-service", "~@privileged @resources"],
            "{name}"
        );
    }
}

#[test]
fn the_server_is_started_again_for_ever_unless_its_settings_are_wrong() {
    let unit = service("ampara");
    for (key, wanted) in [
        ("Restart", "always"),
        ("StartLimitIntervalSec", "0"),
        ("RestartPreventExitStatus", "78"),
        ("RequiresMountsFor", "/var/lib/ampara /var/lib/ampara-keys"),
        ("ReadWritePaths", "/var/lib/ampara /var/lib/ampara-keys"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
    ] {
        assert_eq!(settings(&unit, key), [wanted], "{key}");
    }
}

#[test]
fn every_unit_starts_a_command_that_exists() {
    let mut started = 0;
    for name in SERVICES {
        for line in settings(&service(name), "ExecStart") {
            let (_, args) = line.split_once(BINARY).unwrap_or_else(|| panic!("{line}"));
            let args = args.trim_end_matches('\'').split_whitespace();
            // What the shell makes of `$(date …)` is a file's name.
            let mut args: Vec<&str> = args.take_while(|arg| !arg.contains('$')).collect();
            args.push("--help");
            let help = succeeded(&ampara(&args));
            assert!(help.contains("Usage: ampara"), "{line}: {help}");
            started += 1;
        }
    }
    assert_eq!(started, SERVICES.len());
    for name in TIMERS {
        let timer = read(&format!("docs/operating/{name}.timer"));
        assert_eq!(settings(&timer, "WantedBy"), ["timers.target"]);
        assert_eq!(settings(&timer, "Persistent"), ["yes"], "{name}");
        assert_eq!(settings(&timer, "OnCalendar").len(), 1, "{name}");
    }
}

#[test]
fn the_nightly_backup_deletes_old_copies_only_after_a_new_one() {
    let unit = service("ampara-backup");
    let after = settings(&unit, "ExecStartPost");
    assert_eq!(after.len(), 1);
    assert!(after[0].contains("-mtime +30 -delete"), "{after:?}");
    assert!(!settings(&unit, "ExecStart")[0].contains("-delete"));
}

#[test]
fn systemd_itself_finds_no_fault_and_little_exposure() {
    let folder = scratch::folder();
    for name in SERVICES {
        // Above 2.5 of 10 it exits with 1.
        let file = in_tree(&format!("docs/operating/{name}.service"));
        let args = [
            "security",
            "--offline=true",
            "--threshold=25",
            file.to_str().unwrap(),
        ];
        let Some(judged) = installed("systemd-analyze", &args) else {
            eprintln!("systemd-analyze is not installed");
            return;
        };
        succeeded(&judged);
        let here = service(name).replace(BINARY, env!("CARGO_BIN_EXE_ampara"));
        std::fs::write(folder.path().join(format!("{name}.service")), here).unwrap();
    }
    for name in TIMERS {
        let file = format!("{name}.timer");
        let timer = read(&format!("docs/operating/{file}"));
        std::fs::write(folder.path().join(&file), timer).unwrap();
        let path = folder.path().join(&file);
        let args = ["verify", "--man=no", path.to_str().unwrap()];
        let said = succeeded(&installed("systemd-analyze", &args).unwrap());
        assert!(!said.contains("ampara"), "{said}");
    }
}
