//! `docs/api-errors.md` is written from the table in the code, and stays so.

use std::fmt::Write as _;
use std::path::Path;

use ampara::http::Code;

/// The page's table lies between these; the rest of the page is written by hand.
const BEGIN: &str = "<!-- table: begin -->\n";
const END: &str = "<!-- table: end -->";

fn page() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api-errors.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

fn table() -> String {
    let mut table = String::from("| code | status | qué hacer | what to do |\n|---|---|---|---|\n");
    for code in Code::ALL {
        writeln!(
            table,
            "| <a id=\"{0}\"></a>`{0}` | {1} | **{2}.** {3} | **{4}.** {5} |",
            code.code, code.status, code.title_es, code.detail_es, code.title_en, code.detail_en,
        )
        .unwrap();
    }
    table
}

/// `WRITE_DOCS=1 make test` (or this test alone) brings the page up to date; a plain run compares.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own switch, which no server reads"
)]
pub fn is_to_be_written() -> bool {
    std::env::var("WRITE_DOCS").is_ok_and(|v| v == "1")
}

#[test]
fn the_page_of_error_codes_says_what_the_code_says() {
    let (path, text) = page();
    let (head, rest) = text
        .split_once(BEGIN)
        .expect("docs/api-errors.md has lost the mark of its table's beginning");
    let (written, tail) = rest
        .split_once(END)
        .expect("docs/api-errors.md has lost the mark of its table's end");
    if is_to_be_written() {
        std::fs::write(path, format!("{head}{BEGIN}{}{END}{tail}", table())).unwrap();
        return;
    }
    let says: Vec<&str> = written.lines().collect();
    for line in table().lines() {
        assert!(
            says.contains(&line),
            "docs/api-errors.md lacks this line; WRITE_DOCS=1 writes it:\n{line}"
        );
    }
    assert_eq!(
        says.len(),
        table().lines().count(),
        "docs/api-errors.md names a code that is none; WRITE_DOCS=1 mends it"
    );
}
