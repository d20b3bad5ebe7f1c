//! The pages for the office that runs Ampara are in Spanish too, and say the same: heading by heading,
//! and command by command, so that the walk of one page is the walk of both.

/// An English page and the Spanish one.
const PAGES: [(&str, &str); 2] = [
    ("README.md", "README.es.md"),
    ("docs/operating.md", "docs/es/operating.md"),
];

fn source(path: &str) -> String {
    std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Levels of headings, rows of tables and items of lists, and the fenced blocks with their fences.
#[derive(Debug, Default, PartialEq)]
struct Shape {
    headings: Vec<usize>,
    rows: usize,
    items: usize,
    blocks: Vec<String>,
}

fn shape(page: &str) -> Shape {
    let mut shape = Shape::default();
    let mut block: Option<String> = None;
    for line in page.lines() {
        let bare = line.trim_start();
        match &mut block {
            Some(text) => {
                text.push_str(bare);
                text.push('\n');
                if bare == "```" {
                    shape.blocks.extend(block.take());
                }
            }
            None if bare.starts_with("```") => block = Some(format!("{bare}\n")),
            None if line.starts_with('#') => {
                shape
                    .headings
                    .push(line.bytes().take_while(|b| *b == b'#').count());
            }
            None if line.starts_with("| ") => shape.rows += 1,
            None if line.starts_with("- ") => shape.items += 1,
            None => {}
        }
    }
    shape
}

#[test]
fn each_spanish_page_has_the_headings_lists_and_commands_of_the_english_one() {
    for (english, spanish) in PAGES {
        assert_eq!(
            shape(&source(english)),
            shape(&source(spanish)),
            "{spanish}"
        );
    }
}

#[test]
fn links_of_the_spanish_pages_lead_somewhere() {
    for (_, page) in PAGES {
        let folder = std::path::Path::new(page).parent().unwrap();
        let text = source(page);
        for link in text
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap())
        {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if path.starts_with("http") {
                continue;
            }
            let target = if path.is_empty() {
                page.into()
            } else {
                folder.join(path)
            };
            let there = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&target);
            assert!(there.exists(), "{page}: {link}");
            if path.is_empty() {
                let slug = |heading: &str| {
                    let plain = heading.trim_start_matches('#').trim().to_lowercase();
                    plain
                        .chars()
                        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'))
                        .collect::<String>()
                        .replace(' ', "-")
                };
                assert!(
                    text.lines()
                        .filter(|l| l.starts_with('#'))
                        .any(|l| slug(l) == anchor),
                    "{page}: {link}"
                );
            }
        }
    }
}
