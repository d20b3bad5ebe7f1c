//! The `[database]` settings, and what may stand in a database URL.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::ConfigError;

/// The `[database]` section of the settings. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `sqlite:PATH` or `postgres://…`.
    #[serde(skip_serializing_if = "DatabaseUrl::is_of_a_file")]
    pub url: DatabaseUrl,
    /// The file that the URL was read from, instead of `url`.
    pub url_file: Option<PathBuf>,
    /// Allows PostgreSQL on another machine without TLS. Off, only a socket or loopback will do.
    pub plaintext_ok: bool,
    /// Threads, each with its own connection, that answer reads (1 to 64).
    pub readers: usize,
    /// PostgreSQL: threads that write (1 to 64); with two or more, one of them takes nothing but
    /// alerts. SQLite has one.
    pub writers: usize,
    /// SQLite: closures committed together, at most (1 to 1,000).
    pub group_sqlite: usize,
    /// PostgreSQL: closures committed together, at most (1 to 1,000).
    pub group_postgres: usize,
    /// A group that has run for so long takes in nothing more and commits. Milliseconds.
    pub group_ms: u64,
    /// PostgreSQL: a statement that takes longer is cancelled. Milliseconds.
    pub statement_timeout_ms: u64,
    /// A read that has waited for so long for a connection is answered "busy"; so long a lost
    /// connection is sought again before a write fails. Milliseconds.
    pub acquire_timeout_ms: u64,
    /// SQLite: the file grows to so many pages (of 4 KiB) at most; 0 sets no limit.
    pub max_pages: u64,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: DatabaseUrl::new("sqlite:ampara.db"),
            url_file: None,
            plaintext_ok: false,
            readers: 4,
            writers: 3,
            group_sqlite: 32,
            group_postgres: 16,
            group_ms: 5,
            statement_timeout_ms: 5_000,
            acquire_timeout_ms: 2_000,
            max_pages: 0,
        }
    }
}

impl DatabaseConfig {
    /// These settings with all else as preset.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: DatabaseUrl::new(url),
            ..Self::default()
        }
    }

    /// Which engine the URL asks for, and where.
    ///
    /// # Errors
    /// [`ConfigError::Refused`], in words for the person who wrote the settings.
    pub fn target(&self) -> Result<Target, ConfigError> {
        let in_range = |name, n: usize, most| {
            if (1..=most).contains(&n) {
                Ok(())
            } else {
                Err(ConfigError::refuse(
                    &format!("database.{name}"),
                    format!("is {n}; it may be 1 to {most}"),
                ))
            }
        };
        in_range("readers", self.readers, 64)?;
        in_range("writers", self.writers, 64)?;
        in_range("group_sqlite", self.group_sqlite, 1_000)?;
        in_range("group_postgres", self.group_postgres, 1_000)?;
        self.url.target(self.plaintext_ok)
    }

    /// How long a read waits for a connection, and a write for a lost one to come back.
    #[must_use]
    pub fn acquire(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }
}

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file of embedded SQLite.
    Sqlite(PathBuf),
    /// A PostgreSQL server; `local` if only a socket or loopback is named.
    Postgres {
        /// Whether the URL names no host at all, so that libpq picks one.
        unnamed_host: bool,
    },
}

/// A database URL. It may hold a password: neither `Debug` nor `Serialize` shows one.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct DatabaseUrl {
    text: String,
    of_a_file: bool,
}

impl From<String> for DatabaseUrl {
    fn from(text: String) -> Self {
        Self {
            text,
            of_a_file: false,
        }
    }
}

impl DatabaseUrl {
    /// Takes the text as it is; [`DatabaseConfig::target`] judges it.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        url.into().into()
    }

    /// What stands in the file that `database.url_file` names; settings that are printed name the
    /// file alone.
    pub(super) fn of_a_file(url: &str) -> Self {
        Self {
            text: url.to_owned(),
            of_a_file: true,
        }
    }

    const fn is_of_a_file(&self) -> bool {
        self.of_a_file
    }

    /// The URL, password and all, for the one who connects.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    fn target(&self, plaintext_ok: bool) -> Result<Target, ConfigError> {
        if let Some(path) = self.text.strip_prefix("sqlite:") {
            if path.is_empty() || path.starts_with(":memory:") || path.starts_with("file:") {
                return Err(ConfigError::refuse(
                    "database.url",
                    "has no path of a file after `sqlite:`",
                ));
            }
            return Ok(Target::Sqlite(PathBuf::from(path)));
        }
        let Some(rest) = self
            .text
            .strip_prefix("postgres://")
            .or_else(|| self.text.strip_prefix("postgresql://"))
        else {
            return Err(ConfigError::refuse(
                "database.url",
                "starts with neither `sqlite:` nor `postgres://`",
            ));
        };
        let hosts = hosts(rest);
        let far = hosts.iter().find(|host| !is_local(host));
        if let (Some(host), false, false) = (far, plaintext_ok, has_tls(rest)) {
            let why = format!(
                "names {host}, and without TLS only a socket or loopback is safe: run PostgreSQL behind a local TLS \
                 tunnel, build with the feature `system-libpq` and say `sslmode=verify-full`, or set \
                 database.plaintext_ok if the network between is private"
            );
            return Err(ConfigError::refuse("database.url", why));
        }
        Ok(Target::Postgres {
            unnamed_host: hosts.is_empty(),
        })
    }

    fn redacted(&self) -> String {
        let Some((scheme, rest)) = self.text.split_once("://") else {
            return self.text.clone();
        };
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = tail
            .split_once('?')
            .map_or((tail, None), |(path, query)| (path, Some(query)));
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let query: Vec<&str> = query
            .into_iter()
            .flat_map(|query| query.split('&'))
            .filter(|pair| !pair.to_ascii_lowercase().contains("password"))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{scheme}://{host}{path}{mark}{}", query.join("&"))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.redacted())
    }
}

/// All hosts that libpq would try: those of the authority and of `host` and `hostaddr` in the
/// query.
fn hosts(rest: &str) -> Vec<String> {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, hosts)| hosts);
    let named = authority.split(',').map(|one| match one.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => one.split(':').next().unwrap_or_default(),
    });
    let queried = query(rest)
        .filter(|(key, _)| matches!(*key, "host" | "hostaddr"))
        .flat_map(|(_, hosts)| hosts.split(','));
    named
        .chain(queried)
        .filter(|host| !host.is_empty())
        .map(|host| host.to_ascii_lowercase())
        .collect()
}

fn query(rest: &str) -> impl Iterator<Item = (&str, &str)> {
    rest.split_once('?')
        .into_iter()
        .flat_map(|(_, query)| query.split('&'))
        .filter_map(|pair| pair.split_once('='))
}

fn is_local(host: &str) -> bool {
    host.starts_with('/')
        || host.starts_with("%2f")
        || host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// The bundled libpq has no TLS, whatever the URL says; the system's has it when the URL insists.
fn has_tls(rest: &str) -> bool {
    cfg!(not(feature = "bundled-libpq"))
        && query(rest).any(|(key, value)| {
            key == "sslmode" && matches!(value, "require" | "verify-ca" | "verify-full")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> bool {
        matches!(
            DatabaseConfig::at(url).target(),
            Err(ConfigError::Refused { .. })
        )
    }

    #[test]
    fn postgresql_without_tls_stays_on_this_machine() {
        for near in [
            "postgres:///ampara",
            "postgres://ampara@localhost/ampara",
            "postgresql://a:b@127.0.0.1:5433/ampara?sslmode=disable",
            "postgres://a@[::1]:5432/x",
            "postgres://a@%2Frun%2Fpostgresql/x",
            "postgres:///x?host=/run/postgresql",
        ] {
            assert!(!refused(near), "{near}");
        }
        for far in [
            "postgres://a:b@db.example/x",
            "postgres://10.0.0.7/x",
            "postgres://localhost,db.example/x",
            "postgres:///x?host=db.example",
            "postgres://localhost/x?hostaddr=10.0.0.7",
            "postgres://localhost@db.example/x",
        ] {
            assert!(refused(far), "{far}");
            assert!(
                DatabaseConfig {
                    plaintext_ok: true,
                    ..DatabaseConfig::at(far)
                }
                .target()
                .is_ok(),
                "{far}"
            );
        }
    }

    #[test]
    fn a_url_that_names_no_engine_is_refused() {
        for wrong in [
            "",
            "mysql://x",
            "ampara.db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:file:x?mode=ro",
        ] {
            assert!(refused(wrong), "{wrong}");
        }
        assert_eq!(
            DatabaseConfig::at("sqlite:a/b.db").target().unwrap(),
            Target::Sqlite(PathBuf::from("a/b.db"))
        );
    }

    #[test]
    fn no_password_is_ever_shown() {
        let url = DatabaseUrl::new(
            "postgres://ampara:s3cret@localhost:5432/x?password=s3cret&connect_timeout=2",
        );
        assert_eq!(
            format!("{url:?}"),
            "postgres://localhost:5432/x?connect_timeout=2"
        );
        assert_eq!(
            serde_json::to_string(&url).unwrap(),
            "\"postgres://localhost:5432/x?connect_timeout=2\""
        );
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<DatabaseConfig>("url = 'sqlite:x'\nreaders = 2").is_ok());
        assert!(toml::from_str::<DatabaseConfig>("url = 'sqlite:x'\nreadres = 2").is_err());
    }
}
