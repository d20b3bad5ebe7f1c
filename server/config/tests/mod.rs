//! What the settings promise to the person who writes them.

mod defaults;
mod exposure;

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::*;

fn with(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(
        None,
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    )
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ampara.toml");
    std::fs::write(&path, text).unwrap();
    (dir, path)
}

fn from_file(text: &str) -> Result<Config, ConfigError> {
    let (_dir, path) = file(text);
    Config::load(Some(&path), std::iter::empty())
}

/// The key that was refused.
fn refused(loaded: Result<Config, ConfigError>) -> String {
    match loaded {
        Err(ConfigError::Refused { key, .. }) => key,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_environment_overrides_the_file_and_the_file_the_defaults() {
    let (_dir, path) = file(
        "[network]\nmax_contacts = 4\ninvitation_days = 3\n[http.tls]\ncert_file = '/c'\nkey_file = '/k'",
    );
    let env = [
        ("AMPARA_NETWORK__MAX_CONTACTS", "5"),
        ("AMPARA_HTTP__TLS__KEY_FILE", "/other"),
        ("PATH", "/bin"),
    ];
    let config = Config::load(
        Some(&path),
        env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
    )
    .unwrap();
    assert_eq!(config.network.max_contacts, 5);
    assert_eq!(config.network.invitation_days, 3);
    assert_eq!(config.network.invitations_per_day, 3);
    assert_eq!(config.http.tls.cert_file, Some(PathBuf::from("/c")));
    assert_eq!(config.http.tls.key_file, Some(PathBuf::from("/other")));
}

#[test]
fn the_environment_gives_lists_texts_that_look_like_numbers_and_nothing() {
    let config = with(&[
        ("AMPARA_HTTP__TRUSTED_PROXIES", "10.0.0.2,10.0.0.3"),
        ("AMPARA_SMS__ACCOUNT_SID", "12345"),
        ("AMPARA_SMS__AUTH_TOKEN_FILE", "/run/token"),
        ("AMPARA_SEAL__KEY_DIR", ""),
        ("AMPARA_DATABASE__PLAINTEXT_OK", "true"),
    ])
    .unwrap();
    assert_eq!(config.http.trusted_proxies, ["10.0.0.2", "10.0.0.3"]);
    assert_eq!(config.sms.account_sid, "12345");
    assert_eq!(config.seal.key_dir, PathBuf::from("keys"));
    assert!(config.database.plaintext_ok);
}

#[test]
fn an_unknown_key_is_refused_by_name_wherever_it_stands() {
    for (text, key) in [
        ("[plan]\nno_reciept_s = 30", "no_reciept_s"),
        ("[http.tls]\ncert = 'x'", "cert"),
        ("[database]\nreadres = 2", "readres"),
        ("[plann]\nx = 1", "plann"),
        ("bind = 'x'", "bind"),
        (
            "[[fcm.apps]]\napp_id = 'x'\nservice_account_file = 'y'\nproject = 'z'",
            "project",
        ),
    ] {
        let error = from_file(text).unwrap_err().to_string();
        assert!(error.contains(&format!("`{key}`")), "{text}: {error}");
    }
    for name in [
        "AMPARA_PLAN__NO_RECIEPT_S",
        "AMPARA_PLAN_NO_RECEIPT_S",
        "AMPARA_NO_RECEIPT_S",
        "AMPARA_LOG",
    ] {
        let error = with(&[(name, "30")]).unwrap_err().to_string();
        let key = name
            .trim_start_matches("AMPARA_")
            .trim_start_matches("PLAN__")
            .to_lowercase();
        assert!(error.contains(&format!("`{key}`")), "{name}: {error}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_by_name() {
    let error = from_file("[plan]\nno_receipt_s = 'soon'")
        .unwrap_err()
        .to_string();
    assert!(error.contains("no_receipt_s"), "{error}");
    let error = with(&[("AMPARA_PLAN__NO_RECEIPT_S", "-1")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("no_receipt_s"), "{error}");
}

#[test]
fn numbers_that_contradict_one_another_are_refused() {
    for (name, value, key) in [
        ("AMPARA_DELIVERY__LEASE_MARGIN_S", "30", "delivery.lease_s"),
        (
            "AMPARA_DELIVERY__LEASE_MARGIN_S",
            "5",
            "delivery.lease_margin_s",
        ),
        ("AMPARA_DELIVERY__ALIVE_PERIOD_S", "6", "delivery.alive_s"),
        (
            "AMPARA_DELIVERY__CONNECT_TIMEOUT_MS",
            "5001",
            "delivery.total_timeout_ms",
        ),
        (
            "AMPARA_PLAN__UNCLAIMED_BACKUP_S",
            "59",
            "plan.unclaimed_backup_s",
        ),
        (
            "AMPARA_PLAN__UNCLAIMED_LOUDER_S",
            "61",
            "plan.unclaimed_supervisors_s",
        ),
        ("AMPARA_PLAN__IDLE_S", "181", "plan.idle_supervisors_s"),
        (
            "AMPARA_ESCALATION__HEARTBEAT_S",
            "10",
            "escalation.presence_s",
        ),
        (
            "AMPARA_ALERTS__FIX_INTERVAL_S",
            "31",
            "alerts.fix_interval_low_s",
        ),
        ("AMPARA_SMS__ACCOUNT_SID", "AC1", "sms"),
        (
            "AMPARA_HTTP__TRUSTED_PROXIES",
            "10.0.0.0/8",
            "http.trusted_proxies",
        ),
        ("AMPARA_TELEMETRY__FORMAT", "xml", "telemetry.format"),
        ("AMPARA_TELEMETRY__LEVEL", "ampara=loud", "telemetry.level"),
    ] {
        assert_eq!(refused(with(&[(name, value)])), key, "{name}={value}");
    }
    let twice = "[[fcm.apps]]\napp_id = 'a'\nservice_account_file = 'x'\n".repeat(2);
    assert_eq!(refused(from_file(&twice)), "fcm.apps");
    let two_in_one = "[[fcm.apps]]\napp_id = 'a,b'\nservice_account_file = 'x'\n";
    assert_eq!(refused(from_file(two_in_one)), "fcm.apps");
}

#[test]
fn no_secret_is_ever_printed() {
    let url = "postgres://ampara:s3cret@localhost/x?password=s3cret";
    let config = with(&[("AMPARA_DATABASE__URL", url)]).unwrap();
    assert!(!config.print().contains("s3cret") && !format!("{config:?}").contains("s3cret"));
    for broken in [
        "[database]\nurl = \"postgres://a:s3cret@localhost/x",
        "[database]\nurl = 'postgres://a:s3cret@db.example/x'",
    ] {
        let error = from_file(broken).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
    let (dir, _) = file("");
    let token = dir.path().join("token");
    std::fs::write(&token, "s3cret\n").unwrap();
    let secret = secret_file("sms.auth_token_file", &token).unwrap();
    assert_eq!(secret.expose_secret(), "s3cret");
    assert!(!format!("{secret:?}").contains("s3cret"));
    std::fs::write(&token, "\n").unwrap();
    assert!(
        secret_file("sms.auth_token_file", &token).is_err(),
        "an empty secret is none"
    );
    assert!(secret_file("sms.auth_token_file", dir.path().join("none").as_path()).is_err());
}

#[test]
fn the_databases_url_may_stand_in_a_file_of_its_own() {
    let (dir, settings) = file("");
    let secret = dir.path().join("url");
    std::fs::write(&secret, "postgres://ampara:s3cret@localhost/x\n").unwrap();
    let named = [("AMPARA_DATABASE__URL_FILE", secret.to_str().unwrap())];
    let config = with(&named).unwrap();
    assert_eq!(
        config.database.url.expose(),
        "postgres://ampara:s3cret@localhost/x"
    );
    assert!(!config.print().contains("s3cret"), "{}", config.print());
    std::fs::write(&settings, config.print()).unwrap();
    let again = Config::load(Some(&settings), std::iter::empty()).unwrap();
    assert_eq!(
        again.database.url, config.database.url,
        "what is printed can be loaded"
    );

    // The preset, said aloud, is a setting like any other.
    for url in ["postgres://localhost/y", "sqlite:ampara.db"] {
        let both = [named[0], ("AMPARA_DATABASE__URL", url)];
        assert_eq!(refused(with(&both)), "database.url");
        std::fs::write(&settings, format!("[database]\nurl = '{url}'")).unwrap();
        let environment = named
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        assert_eq!(
            refused(Config::load(Some(&settings), environment)),
            "database.url"
        );
    }
    std::fs::write(&secret, "postgres://a:s3cret@db.example/x").unwrap();
    assert_eq!(
        refused(with(&named)),
        "database.url",
        "and is judged as one that stands in the settings"
    );
    std::fs::write(&secret, "\n").unwrap();
    let empty = with(&named).unwrap_err();
    assert!(
        matches!(
            empty,
            ConfigError::Secret {
                key: "database.url_file",
                ..
            }
        ),
        "{empty}"
    );
}

#[test]
fn what_is_printed_can_be_loaded_and_marks_what_was_set() {
    let mut text = String::from(
        "[plan]\nno_receipt_s = 20\n[[fcm.apps]]\napp_id = 'a'\nservice_account_file = 'x'\n",
    );
    for _ in 0..2 {
        let config = from_file(&text).unwrap();
        assert_eq!((config.plan.no_receipt_s, config.fcm.apps.len()), (20, 1));
        text = config.print();
    }
    let marked: Vec<&str> = text
        .lines()
        .filter(|line| line.ends_with("# not the preset"))
        .collect();
    assert_eq!(marked.len(), 3, "{marked:?}");
    assert!(marked[0].starts_with("no_receipt_s = 20"));
    assert!(
        !Config::embedded()
            .unwrap()
            .print()
            .contains("not the preset")
    );
}

#[test]
fn a_file_that_is_missing_or_broken_is_named() {
    let missing = Config::load(Some(Path::new("/nowhere/ampara.toml")), std::iter::empty())
        .unwrap_err()
        .to_string();
    assert!(missing.contains("/nowhere/ampara.toml"), "{missing}");
    let broken = from_file("[plan]\n\nno_receipt_s = = 3")
        .unwrap_err()
        .to_string();
    assert!(broken.contains("line 3"), "{broken}");
}

#[test]
fn metrics_are_read_on_this_machine_or_by_who_has_a_token() {
    let bind = |address| ("AMPARA_METRICS__BIND", address);
    assert_eq!(refused(with(&[bind("0.0.0.0:9464")])), "metrics.bind");
    assert_eq!(refused(with(&[bind("anywhere")])), "metrics.bind");
    let token = ("AMPARA_METRICS__TOKEN_FILE", "/etc/ampara/metrics-token");
    assert_eq!(
        with(&[bind("0.0.0.0:9464"), token]).unwrap().metrics.bind,
        "0.0.0.0:9464"
    );
    assert!(
        from_file("[metrics]\nbind = \"\"\n")
            .unwrap()
            .metrics
            .bind
            .is_empty(),
        "off"
    );
}

#[test]
fn no_legal_value_switches_the_alarm_off() {
    for (name, value, key) in [
        ("AMPARA_PLAN__EXPIRES_S", "0", "plan.expires_s"),
        ("AMPARA_PLAN__EXPIRES_S", "1199", "plan.expires_s"),
        (
            "AMPARA_PLAN__ALARM_DEADLINE_S",
            "1",
            "plan.alarm_deadline_s",
        ),
        ("AMPARA_PLAN__OVER_DEADLINE_S", "1", "plan.over_deadline_s"),
        ("AMPARA_PLAN__WRONG_PINS", "0", "plan.wrong_pins"),
        ("AMPARA_PLAN__UNANSWERED_S", "0", "plan.unanswered_s"),
        ("AMPARA_PLAN__ASK_AGAIN_S", "0", "plan.ask_again_s"),
        (
            "AMPARA_DELIVERY__CONNECT_TIMEOUT_MS",
            "50",
            "delivery.connect_timeout_ms",
        ),
        (
            "AMPARA_DELIVERY__TOTAL_TIMEOUT_MS",
            "50",
            "delivery.total_timeout_ms",
        ),
        ("AMPARA_DELIVERY__IN_FLIGHT", "0", "delivery.in_flight"),
        ("AMPARA_DELIVERY__HANDED_OVER", "0", "delivery.handed_over"),
        (
            "AMPARA_ALERTS__RAISES_IN_FLIGHT",
            "0",
            "alerts.raises_in_flight",
        ),
        ("AMPARA_DATABASE__READERS", "0", "database.readers"),
    ] {
        assert_eq!(refused(with(&[(name, value)])), key, "{name}={value}");
    }
}
