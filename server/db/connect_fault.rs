//! Why PostgreSQL could not be connected to, read from what it and libpq say.
//!
//! diesel hands on libpq's text and no code. The text may repeat the user and the host, so it is
//! compared with known sentences and never passed on. libpq speaks English here (it is built
//! without translations); the server speaks the language of its `lc_messages`, which a session can
//! choose only after it was let in, so the Spanish sentences are known as well.

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectFault {
    /// The password is wrong or missing.
    #[error(
        "PostgreSQL refused the password: set the role's password in database.url or in the file of database.url_file, \
         or give the role that one by `alter role … password '…'`"
    )]
    Password,
    /// There is no such role.
    #[error(
        "PostgreSQL has no role of the name in database.url: `create role ampara login password '…'`, or correct the name"
    )]
    Role,
    /// There is no such database.
    #[error(
        "PostgreSQL has no database of the name in database.url: `create database ampara owner ampara`, or correct the \
         name"
    )]
    Database,
    /// `pg_hba.conf` or a missing right keeps the role out.
    #[error(
        "PostgreSQL does not let this role into this database: add a line for it to pg_hba.conf and reload, or grant it \
         CONNECT"
    )]
    Barred,
    /// The host's name is unknown.
    #[error("the host in database.url has no address: correct its name, or see to the DNS")]
    Host,
    /// All its connections are in use.
    #[error(
        "PostgreSQL has no free connection: raise its max_connections, or lower database.readers and database.writers"
    )]
    Full,
    /// It starts, stops or recovers.
    #[error("PostgreSQL is starting, stopping or recovering: wait until it takes connections")]
    Starting,
    /// No process answers there.
    #[error(
        "PostgreSQL does not answer where database.url points: start it, or correct the host, port or socket"
    )]
    Down,
}

impl ConnectFault {
    /// Reads libpq's text.
    pub(super) fn of(said: &str) -> Self {
        let has = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
        if has(&[
            "password authentication failed",
            "no password supplied",
            "la autentificación password falló",
            "la autenticación password falló",
            "Peer authentication failed",
            "la autentificación Peer falló",
        ]) {
            Self::Password
        } else if (said.contains("role \"") && said.contains("does not exist"))
            || said.contains("no existe el rol")
        {
            Self::Role
        } else if (said.contains("database \"") && said.contains("does not exist"))
            || said.contains("no existe la base de datos")
        {
            Self::Database
        } else if has(&[
            "pg_hba.conf",
            "permission denied for database",
            "permiso denegado a la base de datos",
            "is not permitted to log in",
            "no está permitido",
        ]) {
            Self::Barred
        } else if has(&["could not translate host name"]) {
            Self::Host
        } else if has(&[
            "too many clients",
            "too many connections",
            "remaining connection slots",
            "demasiados clientes",
            "demasiadas conexiones",
        ]) {
            Self::Full
        } else if has(&["the database system is", "el sistema de base de datos está"]) {
            Self::Starting
        } else {
            Self::Down
        }
    }

    /// Whether it lasts until a person corrects the settings or PostgreSQL's own.
    #[must_use]
    pub const fn needs_a_person(self) -> bool {
        match self {
            Self::Password | Self::Role | Self::Database | Self::Barred => true,
            Self::Host | Self::Full | Self::Starting | Self::Down => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ConnectFault::{self, Barred, Database, Down, Full, Host, Password, Role, Starting};

    #[test]
    fn what_postgresql_says_in_either_language_is_understood() {
        let at = "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  ";
        for (said, fault) in [
            (
                "password authentication failed for user \"ampara\"",
                Password,
            ),
            (
                "la autentificación password falló para el usuario «ampara»",
                Password,
            ),
            ("role \"ampara\" does not exist", Role),
            ("no existe el rol «ampara»", Role),
            ("database \"ampara\" does not exist", Database),
            ("no existe la base de datos «ampara»", Database),
            (
                "no pg_hba.conf entry for host \"10.0.0.7\", user \"a\", database \"b\", no encryption",
                Barred,
            ),
            ("sorry, too many clients already", Full),
            ("lo siento, ya tenemos demasiados clientes", Full),
            ("the database system is starting up", Starting),
            ("el sistema de base de datos está iniciándose", Starting),
        ] {
            assert_eq!(ConnectFault::of(&format!("{at}{said}")), fault, "{said}");
        }
        for (said, fault) in [
            ("fe_sendauth: no password supplied", Password),
            (
                "could not translate host name \"db\" to address: Name or service not known",
                Host,
            ),
            (
                "connection to server on socket \"/run/x/.s.PGSQL.5432\" failed: No such file or directory",
                Down,
            ),
            (
                "connection to server at \"127.0.0.1\", port 1 failed: Connection refused",
                Down,
            ),
            ("timeout expired", Down),
        ] {
            assert_eq!(ConnectFault::of(said), fault, "{said}");
        }
    }
}
