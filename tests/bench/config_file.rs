//! The configuration of a server under measurement, and the service account that it names.

use std::path::{Path, PathBuf};

use ampara::config::Config;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// The app that all people have.
pub const APP: &str = "mx.example.mia";

/// A service account as Google's key files have it, for a token endpoint at `sink`.
pub fn account(folder: &Path, sink: &str) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = STANDARD.encode(pair.as_der().unwrap().as_ref());
    let lines: Vec<&str> = der
        .as_bytes()
        .chunks(64)
        .map(|c| std::str::from_utf8(c).unwrap())
        .collect();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    );
    let file = folder.join("account.json");
    let account = json!({
        "type": "service_account", "project_id": "bench", "private_key_id": "1", "private_key": pem,
        "client_email": "bench@bench.test", "client_id": "1", "token_uri": format!("http://{sink}/token"),
    });
    std::fs::write(&file, account.to_string()).unwrap();
}

/// The presets, but for addresses, and for the plan's later steps, which would otherwise fall into
/// a long run.
fn config_text(folder: &Path, url: &str, port: u16, sink: &str) -> String {
    format!(
        "[http]\nbind = \"127.0.0.1:{port}\"\n[database]\nurl = \"{url}\"\n[seal]\nkey_dir = \"{keys}\"\n\
         [plan]\nno_receipt_s = 300\nunanswered_s = 600\nunclaimed_louder_s = 3600\nunclaimed_supervisors_s = 3600\n\
         unclaimed_backup_s = 3600\ncall_911_s = 3600\n\
         [fcm]\nbase_url = \"http://{sink}\"\n[[fcm.apps]]\napp_id = \"{APP}\"\nservice_account_file = \"{account}\"\n",
        keys = folder.join("keys").display(),
        account = folder.join("account.json").display(),
    )
}

/// Writes the file of a server at `port`, and reads it as the server does.
pub fn write_config(folder: &Path, url: &str, port: u16, sink: &str) -> (PathBuf, Config) {
    let file = folder.join(format!("ampara-{port}.toml"));
    std::fs::write(&file, config_text(folder, url, port, sink)).unwrap();
    let config = Config::load(Some(&file), std::iter::empty()).unwrap();
    (file, config)
}
