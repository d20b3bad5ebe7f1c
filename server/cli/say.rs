//! Output of the commands. A reader that closes its end early (`ampara openapi | head`) ends the
//! command without a word, with the exit code that the shell gives a program which SIGPIPE ended.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// 128 and the number of SIGPIPE.
const READER_GONE: i32 = 141;

/// Prints a line to standard output.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::say::write_out(&mut std::io::stdout().lock(), format_args!("{}\n", format_args!($($text)*)))
    };
}

/// Prints a line to standard error.
macro_rules! say_aside {
    ($($text:tt)*) => {
        $crate::cli::say::write_out(&mut std::io::stderr().lock(), format_args!("{}\n", format_args!($($text)*)))
    };
}

pub(crate) use {say, say_aside};

/// Prints a whole text to standard output.
pub(super) fn say_all(text: &str) {
    write_out(&mut std::io::stdout().lock(), format_args!("{text}"));
}

/// Prints a whole text to standard error.
pub(super) fn say_all_aside(text: &str) {
    write_out(&mut std::io::stderr().lock(), format_args!("{text}"));
}

/// Writes it, and ends the process where that fails.
pub(crate) fn write_out(to: &mut impl Write, text: Arguments<'_>) {
    match to.write_fmt(text).and_then(|()| to.flush()) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::BrokenPipe => std::process::exit(READER_GONE),
        // A full disk behind a redirection, for instance.
        Err(_) => std::process::exit(1),
    }
}
