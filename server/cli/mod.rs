//! The command line: one file a command, one line in [`commands!`] each.
//!
//! What: reads the arguments, loads the settings (defaults < `--config` < environment), runs the
//! command. Invariant: a command that fails says on standard error what to do about it, and its
//! exit code tells programs why: 1 it did not work, 2 the arguments are wrong, 78 the settings, the
//! keys or the database have to be corrected first (`EX_CONFIG` of sysexits.h; systemd then need not
//! try again), 141 the reader of its output was gone. What others may parse goes to
//! standard output, all else to standard error. On failure: nothing is half done that the command's
//! own text does not name.

mod audit;
mod backup;
mod centre;
mod completions;
mod demo;
mod doctor;
mod keys;
mod man;
mod migrate;
mod municipality;
mod openapi;
mod operator;
mod outbox;
mod print_config;
mod rehearse;
mod restore;
pub(crate) mod say;
mod serve;
mod terminal;
mod trace;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::app::AppError;
use crate::cli::say::say_aside;
use crate::config::{self, Config, ConfigError};
use crate::db::DbError;
use crate::seal::SealError;

/// The exit code for what a restart cannot mend: settings, keys or a database that ops have to
/// correct first.
const EX_CONFIG: u8 = 78;

/// Ampara, a self-hosted safety-alert server.
#[derive(Debug, Parser)]
#[command(name = "ampara", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Where the settings come from.
#[derive(Debug, clap::Args)]
pub struct Settings {
    /// A TOML file that overrides the defaults (`ampara print-config --defaults` shows them, with
    /// their comments).
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Settings {
    /// Loads and checks them.
    ///
    /// # Errors
    /// The key at fault.
    pub fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref(), config::environment())
    }
}

macro_rules! commands {
    ($($name:ident => $module:ident),* $(,)?) => {
        #[derive(Debug, clap::Subcommand)]
        enum Command {
            $($name($module::Args)),*
        }

        impl Command {
            fn run(&self, settings: &Settings) -> anyhow::Result<ExitCode> {
                match self {
                    $(Self::$name(args) => $module::run(args, settings)),*
                }
            }
        }
    };
}

commands! {
    Serve => serve,
    Demo => demo,
    Migrate => migrate,
    Backup => backup,
    Restore => restore,
    Keys => keys,
    Centre => centre,
    Audit => audit,
    Municipality => municipality,
    Doctor => doctor,
    Rehearse => rehearse,
    Trace => trace,
    Outbox => outbox,
    PrintConfig => print_config,
    Openapi => openapi,
    Operator => operator,
    Completions => completions,
    Man => man,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let cli: Cli = match terminal::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let serves = matches!(cli.command, Command::Serve(_));
    match cli.command.run(&cli.settings) {
        Ok(code) => code,
        Err(error) => {
            say_aside!("ampara: {}", in_words(&error));
            if error.is::<ConfigError>() || (serves && needs_a_person(&error)) {
                ExitCode::from(EX_CONFIG)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Whether a server that starts again fails in the same way until ops have corrected the settings,
/// the keys or the database.
fn needs_a_person(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<ConfigError>()
            || cause.downcast_ref().is_some_and(AppError::needs_a_person)
            || cause.downcast_ref().is_some_and(SealError::needs_a_person)
            || cause.downcast_ref().is_some_and(DbError::needs_a_person)
    })
}

/// The error and its causes, but for those whose words an earlier one has repeated.
fn in_words(error: &anyhow::Error) -> String {
    error
        .chain()
        .fold(String::new(), |said, cause| match cause.to_string() {
            words if said.is_empty() => words,
            words if said.contains(&words) => said,
            words => format!("{said}: {words}"),
        })
}

/// Runs something that waits, on a runtime of its own.
fn wait_for<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_command_is_well_formed_and_says_what_it_does() {
        let mut cli = Cli::command();
        cli.build();
        cli.clone().debug_assert();
        for command in cli.get_subcommands() {
            assert!(
                command.get_about().is_some(),
                "{} says nothing",
                command.get_name()
            );
        }
    }
}
