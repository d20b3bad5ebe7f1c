//! The settings that tests start a server with: the fakes instead of the providers, keys
//! of its own. A send has as long as in production: on a busy machine a short time-out would fail
//! what a provider answered.

use std::path::PathBuf;

use ampara::clock::At;
use ampara::seal::Keyring;
use toml::{Table, Value};

use super::databases::TestDatabase;
use super::fcm::Fcm;
use super::twilio::Twilio;

/// The app whose users get pushes, and the FCM project it belongs to.
pub const APP: &str = "mx.example.mia";
/// See [`APP`].
pub const PROJECT: &str = "mia-chihuahua";
/// What the server calls itself; links and callbacks begin with it.
pub const PUBLIC_URL: &str = "https://ampara.test";

/// Settings as a table that a test may change before it writes or loads them.
pub struct TestSettings {
    /// As in a settings file.
    pub table: Table,
    folder: PathBuf,
}

impl TestSettings {
    /// For a server on `database`, talking to these fakes. Makes its keys for the weeks from `now`
    /// on.
    pub fn new(database: &TestDatabase, fcm: &Fcm, twilio: &Twilio, now: At) -> Self {
        let folder = database.folder.path().to_owned();
        let keys = folder.join("keys");
        Keyring::make(&keys, now, 4).unwrap();
        let mut settings = Self {
            table: Table::new(),
            folder,
        };
        settings
            .set("http.bind", "127.0.0.1:0")
            .set("http.public_url", PUBLIC_URL)
            .set("metrics.bind", "")
            .set("database.url", database.url())
            .set("database.readers", 2)
            .set("seal.key_dir", keys.to_str().unwrap())
            // Stories look at an end as it is told, and press often; `scenarios::ends` keeps the product's own pauses.
            .set("plan.over_after_s", 0)
            .set("plan.texts_apart_from", 100)
            // All tests come from one address.
            .set("identity.sign_ins_per_address_hour", 10_000)
            .set("fcm.base_url", fcm.base_url())
            .gateway("sms", twilio)
            // No calls are made before the municipality has a number to call from.
            .gateway("voice", twilio);
        let mut app = Table::new();
        app.insert("app_id".to_owned(), Value::from(APP));
        let account = fcm.service_account_file(PROJECT);
        app.insert(
            "service_account_file".to_owned(),
            Value::from(account.to_str().unwrap()),
        );
        settings.set("fcm.apps", Value::Array(vec![Value::Table(app)]));
        settings
    }

    /// Sets `section.key`, or a key of a section within a section.
    ///
    /// # Panics
    /// When the name has no dot.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        let (sections, key) = key.rsplit_once('.').unwrap();
        let mut table = &mut self.table;
        for section in sections.split('.') {
            table = table
                .entry(section)
                .or_insert_with(|| Value::Table(Table::new()))
                .as_table_mut()
                .unwrap();
        }
        table.insert(key.to_owned(), value.into());
        self
    }

    /// Names this provider in `section`: `sms`, `sms.second` or `voice`.
    pub fn gateway(&mut self, section: &str, twilio: &Twilio) -> &mut Self {
        self.set(&format!("{section}.base_url"), twilio.base_url())
            .set(&format!("{section}.account_sid"), twilio.account_sid())
            .set(
                &format!("{section}.auth_token_file"),
                twilio.auth_token_file().to_str().unwrap(),
            )
    }

    /// Writes them to a file beside the database and returns where it lies.
    pub fn file(&self) -> PathBuf {
        let path = self.folder.join("ampara.toml");
        std::fs::write(&path, self.table.to_string()).unwrap();
        path
    }

    /// As the server itself would load them.
    pub fn config(&self) -> ampara::config::Config {
        ampara::config::Config::load(Some(&self.file()), std::iter::empty()).unwrap()
    }
}
