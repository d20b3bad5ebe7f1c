//! The terminal's language and words.
//!
//! What: texts of `locales/` (Fluent, compiled in) in the language that the environment asks for,
//! and clap's help and errors in Spanish. Invariant: what programs parse is the same in every
//! language; English is what the code's own comments say to clap, and Spanish has a text for each
//! command and argument. Path: [`parse`] reads the arguments, and [`told`] is called where a command
//! speaks. On failure: a missing text is shown as its key; a test finds it.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Command, Error};

use super::say::{say_all, say_all_aside};
use crate::language::Language;
use crate::wording::fill;

fluent_templates::static_loader! {
    static TEXTS = {
        locales: "./server/cli/locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static TO_PROGRAMS: AtomicBool = AtomicBool::new(false);

/// clap's own words, which it has in English alone, in the order in which they are replaced.
const CLAPS_WORDS: &[(&str, &str)] = &[
    ("Usage: ", "Uso: "),
    ("Commands:\n", "Comandos:\n"),
    ("Arguments:\n", "Argumentos:\n"),
    ("Options:\n", "Opciones:\n"),
    ("[OPTIONS]", "[OPCIONES]"),
    ("<COMMAND>", "<COMANDO>"),
    ("[COMMAND]", "[COMANDO]"),
    ("[default: ", "[de fábrica: "),
    ("[possible values: ", "[valores: "),
    ("[subcommands: ", "[comandos: "),
    (
        "Print this message or the help of the given subcommand(s)",
        "Mostrar esta ayuda o la de un comando",
    ),
    (
        "Print help (see a summary with '-h')",
        "Mostrar esta ayuda (resumida con '-h')",
    ),
    (
        "Print help (see more with '--help')",
        "Mostrar esta ayuda (completa con '--help')",
    ),
    ("Print help", "Mostrar esta ayuda"),
    ("Print version", "Mostrar la versión"),
    ("unexpected argument '", "argumento inesperado '"),
    (
        "' found; no more were expected",
        "'; ya no se esperaba otro",
    ),
    ("' found\n", "'\n"),
    ("unexpected value '", "valor inesperado '"),
    ("unrecognized subcommand '", "comando desconocido '"),
    (
        "the following required arguments were not provided:",
        "faltan estos argumentos:",
    ),
    (
        "' requires a subcommand but one was not provided",
        "' necesita además un comando",
    ),
    ("invalid value '", "valor no válido '"),
    ("' for '", "' para '"),
    ("a value is required for '", "hace falta un valor para '"),
    ("' but none was supplied", "'"),
    ("the argument '", "el argumento '"),
    (
        "' cannot be used multiple times",
        "' no se puede dar más de una vez",
    ),
    ("' cannot be used with", "' no se puede dar junto con"),
    (
        "one or more of the other specified arguments",
        "otro de los argumentos",
    ),
    ("tip: ", "sugerencia: "),
    (
        "a similar argument exists: ",
        "existe un argumento parecido: ",
    ),
    (
        "some similar arguments exist: ",
        "existen argumentos parecidos: ",
    ),
    (
        "a similar subcommand exists: ",
        "existe un comando parecido: ",
    ),
    (
        "some similar subcommands exist: ",
        "existen comandos parecidos: ",
    ),
    ("a similar value exists: ", "existe un valor parecido: "),
    ("to pass '", "para pasar '"),
    ("' as a value, use '", "' como valor, escriba '"),
    (
        "For more information, try '",
        "Para más información, pruebe '",
    ),
];

/// The language that the environment of this process asks for.
#[expect(
    clippy::disallowed_methods,
    reason = "the system's own variables of language, which are no settings of ours"
)]
pub(super) fn language() -> Language {
    static ONE: OnceLock<Language> = OnceLock::new();
    if TO_PROGRAMS.load(Ordering::Relaxed) {
        return Language::En;
    }
    *ONE.get_or_init(|| of_environment(|name| std::env::var(name).ok()))
}

/// The first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides (POSIX, XBD 8.2); what is not
/// Spanish, `C` and an empty environment too, is English.
fn of_environment(read: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| read(name).filter(|value| !value.is_empty()))
        .unwrap_or_default();
    match set.split(['_', '.', '@']).next() {
        Some("es") => Language::Es,
        _ => Language::En,
    }
}

/// The text `key` in the terminal's language, with its places filled in.
pub(super) fn told(key: &str, args: &[(&'static str, &str)]) -> String {
    told_where_it_is(key, args).unwrap_or_else(|| key.to_owned())
}

/// The same, or `None` where there is no such text.
pub(super) fn told_where_it_is(key: &str, args: &[(&'static str, &str)]) -> Option<String> {
    fill(&*TEXTS, language(), key, args)
}

/// From here on English, for programs that read what this process writes.
pub(super) fn speak_to_programs() {
    TO_PROGRAMS.store(true, Ordering::Relaxed);
}

/// Reads the arguments. Where they ask for help or are wrong, it is shown, and the exit code returned.
pub(super) fn parse<C: clap::Parser>(
    args: impl IntoIterator<Item = OsString>,
) -> Result<C, ExitCode> {
    let language = language();
    let mut command = match language {
        Language::Es => in_spanish(C::command()),
        Language::En => C::command(),
    };
    let read = command.try_get_matches_from_mut(args);
    read.and_then(|matches| C::from_arg_matches(&matches).map_err(|e| e.format(&mut command)))
        .map_err(|error| show(&error, language))
}

fn show(error: &Error, language: Language) -> ExitCode {
    match (language, error.use_stderr()) {
        // Where the reader is gone there is nothing left to show.
        (Language::En, _) => drop(error.print()),
        (Language::Es, true) => say_all_aside(&spanish_of(error)),
        (Language::Es, false) => say_all(&spanish_of(error)),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(u8::MAX))
}

fn spanish_of(error: &Error) -> String {
    let rendered = error.render().to_string();
    CLAPS_WORDS
        .iter()
        .fold(rendered, |text, (english, spanish)| {
            text.replace(english, spanish)
        })
}

/// The command with its help and that of all below it in Spanish.
fn in_spanish(command: Command) -> Command {
    with_help(command, "help")
}

fn with_help(mut command: Command, key: &str) -> Command {
    let text = |key: &str| fill(&*TEXTS, Language::Es, key, &[]);
    if let Some(about) = text(key) {
        command = command.about(about).long_about(None::<&str>);
    }
    command = command.mut_args(|arg| match text(&format!("{key}.{}", arg.get_id())) {
        Some(help) => arg.help(help).long_help(None::<&str>),
        None => arg,
    });
    command.mut_subcommands(|below| {
        let key = format!("{key}-{}", below.get_name());
        with_help(below, &key)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::super::Cli;
    use super::*;

    /// The keys that a command and all below it have: `help-keys-make` and `help-keys-make.weeks`.
    fn keys_of(command: &Command, key: &str, to: &mut BTreeSet<String>) {
        to.insert(key.to_owned());
        for arg in command.get_arguments() {
            if !matches!(arg.get_id().as_str(), "help" | "version") {
                to.insert(format!("{key}.{}", arg.get_id()));
            }
        }
        for below in command.get_subcommands() {
            keys_of(below, &format!("{key}-{}", below.get_name()), to);
        }
    }

    /// The keys of a Fluent file, attributes as `key.attribute`.
    fn keys_in(file: &str) -> BTreeSet<String> {
        let mut message = "";
        let mut keys = BTreeSet::new();
        for line in file.lines() {
            let Some((name, _)) = line.split_once(" =") else {
                continue;
            };
            match name.trim_start().strip_prefix('.') {
                Some(attribute) => keys.insert(format!("{message}.{attribute}")),
                None if name.starts_with('#') => continue,
                None => {
                    message = name;
                    keys.insert(name.to_owned())
                }
            };
        }
        keys
    }

    #[test]
    fn each_command_and_argument_has_help_in_spanish_and_no_text_is_left_over() {
        let mut wanted = BTreeSet::new();
        keys_of(&Cli::command(), "help", &mut wanted);
        let there = keys_in(include_str!("locales/es/help.ftl"));
        assert_eq!(there, wanted);
        for key in wanted {
            assert!(fill(&*TEXTS, Language::Es, &key, &[]).is_some(), "{key}");
        }
    }

    /// The places of each text of a file, in order.
    fn places_in(file: &str) -> Vec<BTreeSet<String>> {
        let texts = file.lines().filter(|line| line.contains(" = "));
        let place = |piece: &str| piece.split(' ').next().unwrap_or_default().to_owned();
        texts
            .map(|text| text.split("{ $").skip(1).map(place).collect())
            .collect()
    }

    #[test]
    fn both_languages_say_the_same_with_the_same_places() {
        for [es, en] in [
            [
                include_str!("locales/es/demo.ftl"),
                include_str!("locales/en/demo.ftl"),
            ],
            [
                include_str!("locales/es/doctor.ftl"),
                include_str!("locales/en/doctor.ftl"),
            ],
            [
                include_str!("locales/es/rehearse.ftl"),
                include_str!("locales/en/rehearse.ftl"),
            ],
        ] {
            assert_eq!(keys_in(es), keys_in(en));
            assert_eq!(places_in(es), places_in(en));
        }
    }

    #[test]
    fn each_text_that_doctor_names_is_there_with_what_its_level_needs() {
        let there = keys_in(include_str!("locales/en/doctor.ftl"));
        let mut used = BTreeSet::new();
        for source in [
            include_str!("doctor/backups.rs"),
            include_str!("doctor/basics.rs"),
            include_str!("doctor/mod.rs"),
            include_str!("doctor/municipalities.rs"),
            include_str!("doctor/providers.rs"),
            include_str!("doctor/trials.rs"),
            include_str!("doctor/watching.rs"),
            include_str!("doctor/way_in.rs"),
        ] {
            // Each piece ends before the next text, so the last constructor in it is that text's.
            let mut pieces = source.split("\"doctor-");
            let mut before = pieces.next().unwrap_or_default();
            for piece in pieces {
                let key = format!("doctor-{}", piece.split('"').next().unwrap_or_default());
                assert!(there.contains(&key), "{key}");
                let constructor = before.rsplit("Finding::").next().unwrap_or_default();
                let parts = match constructor.split('(').next() {
                    Some("warn") => vec!["remedy"],
                    Some("fail") => vec!["remedy", "tonight"],
                    _ => vec![],
                };
                for part in parts {
                    assert!(there.contains(&format!("{key}.{part}")), "{key}.{part}");
                }
                used.insert(key);
                before = piece;
            }
        }
        let named = |key: &String| used.contains(key.split('.').next().unwrap_or_default());
        let left: Vec<_> = there.iter().filter(|key| !named(key)).collect();
        assert!(left.is_empty(), "nothing says {left:?}");
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        for (set, language) in [
            (vec![], Language::En),
            (vec![("LANG", "es_MX.UTF-8")], Language::Es),
            (vec![("LANG", "es")], Language::Es),
            (vec![("LANG", "C.UTF-8")], Language::En),
            (vec![("LANG", "estonian")], Language::En),
            (vec![("LANG", "es_MX"), ("LC_ALL", "C")], Language::En),
            (vec![("LANG", "es_MX"), ("LC_ALL", "")], Language::Es),
            (
                vec![("LANG", "en_US"), ("LC_MESSAGES", "es_MX")],
                Language::Es,
            ),
        ] {
            let read = |name: &str| {
                let found = set.iter().find(|(n, _)| *n == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(of_environment(read), language, "{set:?}");
        }
    }

    #[test]
    fn what_clap_says_is_spanish() {
        for (args, says) in [
            (vec!["--help"], "Uso: ampara [OPCIONES] <COMANDO>"),
            (vec!["--help"], "-h, --help           Mostrar esta ayuda"),
            (vec!["demo", "--help"], "[de fábrica: demo-data]"),
            (vec!["keys", "make", "--help"], "Para cuántas semanas"),
            (vec!["keys"], "Hacer, listar, cambiar y destruir"),
            (vec!["serv"], "error: comando desconocido 'serv'"),
            (vec!["serv"], "existe un comando parecido: 'serve'"),
            (vec!["serve", "--x"], "error: argumento inesperado '--x'"),
            (vec!["restore"], "error: faltan estos argumentos:"),
            (
                vec!["keys", "make", "--weeks"],
                "hace falta un valor para '--weeks",
            ),
            (
                vec!["keys", "make", "--weeks", "x"],
                "valor no válido 'x' para '--weeks",
            ),
            (
                vec!["backup", "a", "--noted"],
                "el argumento '[FILE]' no se puede dar junto con '--noted'",
            ),
            (
                vec!["demo", "--once", "--once"],
                "no se puede dar más de una vez",
            ),
            (
                vec!["serve", "--x"],
                "Para más información, pruebe '--help'.",
            ),
        ] {
            let mut command = in_spanish(Cli::command());
            let all = std::iter::once("ampara").chain(args.iter().copied());
            let error = command.try_get_matches_from_mut(all).unwrap_err();
            let shown = spanish_of(&error);
            assert!(shown.contains(says), "{args:?}: {says:?} is not in {shown}");
            for english in [
                "Usage",
                "Options",
                "Commands",
                "Print ",
                "unexpected",
                "For more",
            ] {
                assert!(!shown.contains(english), "{args:?}: {english} in {shown}");
            }
        }
    }
}
