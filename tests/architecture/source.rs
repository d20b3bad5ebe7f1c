//! Reads a Rust file as far as the rules need it: its code without comments and literals, and the
//! paths it uses.

/// The code with comments, strings and characters blanked out, line breaks kept.
pub fn bare(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    let mut after_word = false;
    while let Some(c) = rest.chars().next() {
        let literal = skipped(rest, after_word);
        let taken = literal.unwrap_or(c.len_utf8());
        let (piece, tail) = rest.split_at(taken);
        if literal.is_some() {
            out.push(' ');
            out.extend(piece.chars().filter(|c| *c == '\n'));
        } else {
            out.push(c);
        }
        after_word = literal.is_none() && is_word(c);
        rest = tail;
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How many bytes of a comment or literal `rest` begins with, if it does.
fn skipped(rest: &str, after_word: bool) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |at| at + 2));
    }
    if rest.starts_with('"') {
        return Some(quoted(rest, '"'));
    }
    if rest.starts_with('\'') {
        let mut ahead = rest.chars().skip(1);
        let (first, second) = (ahead.next(), ahead.next());
        return (first == Some('\\') || second == Some('\'')).then(|| quoted(rest, '\''));
    }
    let raw = rest
        .strip_prefix("br")
        .or(rest.strip_prefix('r'))
        .filter(|_| !after_word)?;
    let hashes = raw.bytes().take_while(|b| *b == b'#').count();
    let body = raw.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = rest.len() - body.len();
    Some(
        body.find(&end)
            .map_or(rest.len(), |at| start + at + end.len()),
    )
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Every path from the crate's root that the code names, groups written out, as its segments.
/// `depth` is how many `super` lead from the file's module to the root, so that climbing there
/// counts too.
pub fn paths(text: &str, depth: usize) -> Vec<Vec<String>> {
    let code: String = bare(text);
    let tokens = tokens(&code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let climbed = climb(&tokens[at..]);
        let begins = at == 0 || tokens[at - 1] != "::";
        if begins && tokens[at] == "crate" && tokens.get(at + 1) == Some(&"::") {
            expand(&tokens, at + 2, &[], &mut found);
        } else if begins && climbed >= depth && climbed > 0 {
            expand(&tokens, at + 2 * climbed, &[], &mut found);
        }
        at += (2 * climbed).max(1);
    }
    found
}

/// How many `super::` stand at the start.
fn climb(tokens: &[&str]) -> usize {
    tokens
        .chunks(2)
        .take_while(|pair| *pair == ["super", "::"])
        .count()
}

pub fn tokens(code: &str) -> Vec<&str> {
    let mut rest = code.trim_start();
    let mut found = Vec::new();
    while let Some(c) = rest.chars().next() {
        let word: usize = rest
            .chars()
            .take_while(|c| is_word(*c))
            .map(char::len_utf8)
            .sum();
        let length = match word {
            0 if rest.starts_with("::") => 2,
            0 => c.len_utf8(),
            word => word,
        };
        let (token, tail) = rest.split_at(length);
        found.push(token);
        rest = tail.trim_start();
    }
    found
}

/// Reads a path or group at `at` and returns where it ends.
pub fn expand(
    tokens: &[&str],
    at: usize,
    before: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = before.to_vec();
    let mut at = at;
    loop {
        match tokens.get(at) {
            Some(&"{") => {
                at += 1;
                while at < tokens.len() && tokens[at] != "}" {
                    let end = expand(tokens, at, &path, found);
                    // `as` and its new name, or anything else that is no path, is stepped over.
                    at = end.max(at + 1);
                    while at < tokens.len() && !matches!(tokens[at], "," | "}") {
                        at += 1;
                    }
                    if tokens.get(at) == Some(&",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Some(word) if word.starts_with(is_word) || *word == "*" => {
                path.push((*word).to_owned());
                at += 1;
            }
            _ => break,
        }
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    found.push(path);
    at
}

/// Whether the module that begins after these tokens is compiled for unit tests alone.
pub fn is_for_tests(before: &[&str]) -> bool {
    let visible = before.strip_suffix(&["pub"]).unwrap_or(before);
    visible.ends_with(&["cfg", "(", "test", ")", "]"])
}

/// Where the block that opens at `at` ends.
pub fn end_of_block(tokens: &[&str], at: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, token) in tokens[at..].iter().enumerate() {
        match *token {
            "{" => depth += 1,
            "}" if depth == 1 => return at + offset + 1,
            "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Where each of these words stands in the code, unit tests left out, as positions in its tokens.
pub fn places_of(tokens: &[&str], words: &[&str]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "mod" && is_for_tests(&tokens[..at]) && tokens.get(at + 2) == Some(&"{") {
            at = end_of_block(tokens, at + 2);
            continue;
        }
        if words.contains(&tokens[at]) {
            found.push(at);
        }
        at += 1;
    }
    found
}
