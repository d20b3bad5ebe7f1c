//! Settings that are wrong, and the sentence and the exit code that are wanted of each.

/// Settings beside the database and the keys, the arguments, the exit code, and words of the
/// sentence.
pub type Case<'x> = (&'x str, &'x [&'x str], i32, &'x [&'x str]);

pub const SERVE: &[&str] = &["serve"];

/// What `serve` refuses before it opens anything.
pub const SETTINGS: &[Case<'_>] = &[
    (
        "[http]\nbnid = '127.0.0.1:1'",
        SERVE,
        78,
        &["http", "unknown field `bnid`", "`bind`"],
    ),
    (
        "[htpp]\nbind = '127.0.0.1:1'",
        SERVE,
        78,
        &["unknown field `htpp`", "`http`"],
    ),
    (
        "http.bind = 'nowhere'",
        SERVE,
        78,
        &["http.bind", "such as 127.0.0.1:8080"],
    ),
    ("http.bind = 8080", SERVE, 78, &["http.bind"]),
    (
        "http.bind = '0.0.0.0:8080'",
        SERVE,
        78,
        &[
            "http.bind is public",
            "Set one of them, or bind to 127.0.0.1",
        ],
    ),
    (
        "http.bind = '192.0.2.1:8080'\nhttp.trusted_proxies = ['127.0.0.1']",
        SERVE,
        78,
        &["http.bind", "no interface of this machine"],
    ),
    (
        "http.public_url = 'http://ampara.example'",
        SERVE,
        78,
        &["http.public_url must begin with https://"],
    ),
    (
        "http.public_url = 'ampara.example'",
        SERVE,
        78,
        &["http.public_url must begin with https://"],
    ),
    (
        "http.public_url = 'http://127.0.0.1@evil.example'",
        SERVE,
        78,
        &["http.public_url must begin with https://"],
    ),
    (
        "http.trusted_proxies = ['nginx']",
        SERVE,
        78,
        &["http.trusted_proxies", "IP addresses"],
    ),
    (
        "http.tls.cert_file = 'cert.pem'",
        SERVE,
        78,
        &["http.tls needs both cert_file and key_file"],
    ),
    (
        "http.tls.cert_file = 'none.pem'\nhttp.tls.key_file = 'none.pem'",
        SERVE,
        78,
        &["http.tls", "none.pem", "the certificate with its chain"],
    ),
    (
        "http.tls.cert_file = 'words'\nhttp.tls.key_file = 'words'",
        SERVE,
        78,
        &["http.tls", "words", "PEM"],
    ),
    ("http.body_bytes = 1", SERVE, 78, &["http.body_bytes"]),
    ("plan.no_receipt_s = -1", SERVE, 78, &["plan.no_receipt_s"]),
    ("plan.expires_s = 60", SERVE, 78, &["plan.expires_s"]),
    (
        "plan.unclaimed_backup_s = 30\nplan.unclaimed_supervisors_s = 60\nplan.unclaimed_louder_s = 30",
        SERVE,
        78,
        &["plan.unclaimed_backup_s", "plan.unclaimed_supervisors_s"],
    ),
    ("health.too_late_s = 1", SERVE, 78, &["health.too_late_s"]),
    (
        "delivery.lease_margin_s = 1\ndelivery.total_timeout_ms = 10000",
        SERVE,
        78,
        &["delivery.lease_margin_s"],
    ),
    (
        "database.readers = 0",
        SERVE,
        78,
        &["database.readers", "1 to 64"],
    ),
    (
        "database.url = 'mysql://x'",
        SERVE,
        78,
        &["neither `sqlite:` nor `postgres://`"],
    ),
    (
        "database.url = 'sqlite:'",
        SERVE,
        78,
        &["has no path of a file"],
    ),
    (
        "database.url = 'postgres://db.example/x'",
        SERVE,
        78,
        &["names db.example", "database.plaintext_ok"],
    ),
    (
        "database.url_file = 'words'",
        SERVE,
        78,
        &["database.url and database.url_file are both set: keep one"],
    ),
    (
        "sms.account_sid = 'AC1'",
        SERVE,
        78,
        &["sms needs both account_sid and auth_token_file"],
    ),
    (
        "sms.account_sid = 'AC1'\nsms.auth_token_file = 'none'",
        SERVE,
        78,
        &["sms.auth_token_file: none cannot be read", "mode 0600"],
    ),
    (
        "sms.account_sid = 'AC1'\nsms.auth_token_file = 'empty'",
        SERVE,
        78,
        &["sms.auth_token_file: empty is empty", "mode 0600"],
    ),
    (
        "sms.base_url = 'http://sms.example'",
        SERVE,
        78,
        &["sms.base_url must begin with https://"],
    ),
    (
        "voice.account_sid = 'AC1'\nvoice.auth_token_file = 'none'",
        SERVE,
        78,
        &["voice.auth_token_file: none cannot be read"],
    ),
    (
        "sms.second.account_sid = 'AC1'\nsms.second.auth_token_file = 'words'",
        SERVE,
        78,
        &["a single provider belongs in [sms]"],
    ),
    (
        "[[fcm.apps]]\napp_id = 'a'\nservice_account_file = 'none'",
        SERVE,
        78,
        &["fcm.apps.service_account_file: none cannot be read"],
    ),
    (
        "[[fcm.apps]]\napp_id = 'a'\nservice_account_file = 'words'",
        SERVE,
        78,
        &[
            "the service account of a",
            "download its key file (JSON) anew",
        ],
    ),
    (
        "[[fcm.apps]]\napp_id = ''\nservice_account_file = 'words'",
        SERVE,
        78,
        &["fcm.apps names an app_id twice, or an empty one"],
    ),
    (
        "email.host = 'mail.example'\nemail.from = 'nobody'",
        SERVE,
        78,
        &["email.from is no address"],
    ),
    (
        "email.user = 'x'",
        SERVE,
        78,
        &["email needs both user and password_file"],
    ),
    (
        "email.host = 'mail.example'\nemail.from = 'a@b.example'\nemail.ca_file = 'none'",
        SERVE,
        78,
        &["email.ca_file cannot be read"],
    ),
    (
        "ops.webhook_url = 'https://ops.example'",
        SERVE,
        78,
        &["ops needs both webhook_url and webhook_secret_file"],
    ),
    (
        "ops.webhook_url = 'https://ops.example'\nops.webhook_secret_file = 'words'",
        SERVE,
        78,
        &["ops.webhook_secret_file", "characters or more"],
    ),
    (
        "webhook.allow = ['10.0.0.0/99']",
        SERVE,
        78,
        &["webhook.allow", "no range such as 10.1.2.0/24"],
    ),
    (
        "metrics.bind = '0.0.0.0:9464'",
        SERVE,
        78,
        &["metrics.bind is public", "Set it, or bind to 127.0.0.1"],
    ),
    (
        "http.bind = '127.0.0.1:0'\nmetrics.token_file = 'words'",
        SERVE,
        78,
        &["metrics.token_file", "letters or more"],
    ),
    (
        "telemetry.format = 'xml'",
        SERVE,
        78,
        &["telemetry.format may be \"json\" or \"text\""],
    ),
    (
        "telemetry.level = 'a=b=c'",
        SERVE,
        78,
        &["telemetry.level is no filter, such as"],
    ),
    (
        "seal.key_dir = 'no-keys'",
        SERVE,
        78,
        &["no-keys", "`ampara keys make`"],
    ),
    (
        "seal.key_dir = 'open-keys'",
        SERVE,
        78,
        &["open-keys can be read by others", "chmod 700"],
    ),
    ("seal.key_dir = 'words'", SERVE, 78, &["words"]),
];
