//! Loads the settings: the defaults, then a file, then the environment.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;

use secrecy::ExposeSecret as _;

use super::database::DatabaseUrl;
use super::error::ConfigError;
use super::model::{Config, DEFAULTS};
use super::{check, manual};

impl Config {
    /// The embedded defaults alone.
    ///
    /// # Errors
    /// Never for the defaults as they are committed: a test loads them.
    pub fn embedded() -> Result<Self, ConfigError> {
        Self::load(None, std::iter::empty())
    }

    /// Defaults, then `file`, then those of `env` that begin with `AMPARA_`.
    ///
    /// # Errors
    /// A file that is not there, an unknown key, a value of the wrong type or out of its range.
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let named: HashMap<String, String> = env
            .filter(|(name, _)| name.starts_with("AMPARA_"))
            .collect();
        let unreadable = |e: config::ConfigError| ConfigError::Unreadable(e.to_string());
        let mut given = config::Config::builder();
        if let Some(file) = file {
            given = given.add_source(source(&readable(file)?));
        }
        let environment = config::Environment::with_prefix("AMPARA")
            .prefix_separator("_")
            .separator("__")
            .ignore_empty(true)
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("http.trusted_proxies")
            .with_list_parse_key("webhook.allow")
            .source(Some(named));
        let given = given.add_source(environment).build().map_err(unreadable)?;
        let both = ["database.url", "database.url_file"]
            .iter()
            .all(|key| given.get::<config::Value>(key).is_ok());
        if both {
            return Err(ConfigError::refuse(
                "database.url",
                "and database.url_file are both set: keep one",
            ));
        }
        let read = config::Config::builder()
            .add_source(source(DEFAULTS))
            .add_source(given);
        let mut config: Self = serde_path_to_error::deserialize(read.build().map_err(unreadable)?)
            .map_err(|e| {
                let at = e.path().to_string();
                ConfigError::Unreadable(format!("{at}: {}", e.into_inner()))
            })?;
        if let Some(file) = &config.database.url_file {
            let url = secret_file("database.url_file", file)?;
            config.database.url = DatabaseUrl::of_a_file(url.expose_secret());
        }
        check::all(&config)?;
        Ok(config)
    }

    /// All settings as TOML, those that are not the preset marked; without secrets: they are named
    /// by file, and a URL's password is left out.
    #[must_use]
    pub fn print(&self) -> String {
        let text = |config: &Self| {
            toml::to_string(config).unwrap_or_else(|e| format!("# cannot be printed: {e}\n"))
        };
        manual::marked(
            &text(self),
            &Self::embedded().as_ref().map(text).unwrap_or_default(),
        )
    }
}

fn source(text: &str) -> config::File<config::FileSourceString, config::FileFormat> {
    config::File::from_str(text, config::FileFormat::Toml)
}

/// The text of a settings file. Where it is no TOML the line is named and not shown: a password may
/// stand in it.
fn readable(file: &Path) -> Result<String, ConfigError> {
    let unreadable =
        |problem: String| ConfigError::Unreadable(format!("{}: {problem}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|e| {
        unreadable(match e.kind() {
            ErrorKind::NotFound => "there is no such file: name it by --config FILE".to_owned(),
            ErrorKind::PermissionDenied => {
                "this user may not read it: give it to the server's user".to_owned()
            }
            other => other.to_string(),
        })
    })?;
    if let Err(e) = toml::from_str::<toml::Table>(&text) {
        let line = e
            .span()
            .and_then(|at| text.get(..at.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        return Err(unreadable(format!("line {line}: {}", e.message())));
    }
    Ok(text)
}

/// The process's environment, as [`Config::load`] takes it; names that are no Unicode are passed
/// over.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Reads a secret from the file that a setting names; space around it and a trailing line end are
/// not part of it.
///
/// # Errors
/// A file that cannot be read or holds nothing.
pub fn secret_file(key: &'static str, path: &Path) -> Result<secrecy::SecretString, ConfigError> {
    let bad = |problem: String| ConfigError::Secret {
        key,
        path: path.to_owned(),
        problem,
    };
    let text =
        std::fs::read_to_string(path).map_err(|e| bad(format!("cannot be read ({})", e.kind())))?;
    let text = zeroize::Zeroizing::new(text);
    if text.trim().is_empty() {
        return Err(bad("is empty".to_owned()));
    }
    Ok(secrecy::SecretString::from(text.trim()))
}
