//! Reading JSON so that a refusal names the field and never the value.

use serde::de::DeserializeOwned;

use super::codes::Code;
use super::objects_only::ObjectsOnly;
use super::problem::Problem;

/// Reads one document of at most `depth` levels. A list is nowhere read as an object.
///
/// # Errors
/// The problem to answer with: `too-deep`, `bad-json`, or what is wrong with which field.
pub fn read<T: DeserializeOwned>(bytes: &[u8], depth: usize) -> Result<T, Problem> {
    // Before parsing: a parser that recurses must not be fed a tower.
    if deeper_than(bytes, depth) {
        return Err(Problem::of(Code::TOO_DEEP));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value =
        serde_path_to_error::deserialize(ObjectsOnly(&mut json)).map_err(|e| refusal(&e))?;
    json.end().map_err(|_| Problem::of(Code::BAD_JSON))?;
    Ok(value)
}

/// Whether objects and lists nest deeper than `most`; brackets inside strings do not count.
fn deeper_than(bytes: &[u8], most: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_string = false,
            (true, _) => {}
            (false, b'"') => in_string = true,
            (false, b'{' | b'[') => {
                depth += 1;
                if depth > most {
                    return true;
                }
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
    }
    false
}

fn refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    // serde_path_to_error writes "." for the document and "?" for a step it does not know.
    let path = if path == "." {
        String::new()
    } else {
        path.replace('?', "")
    };
    let said = error.inner().to_string();
    if said.starts_with("number out of range") {
        return Problem::of(Code::OUT_OF_RANGE).field(safe_path(&path), Code::OUT_OF_RANGE);
    }
    if !error.inner().is_data() {
        return Problem::of(Code::BAD_JSON);
    }
    let (code, named) = what_serde_means(&said);
    let path = match named {
        // The path of an unknown key already ends in it.
        Some(name) if !(path == name || path.ends_with(&format!(".{name}"))) => join(&path, name),
        _ => path,
    };
    Problem::of(code).field(safe_path(&path), code)
}

/// serde tells apart only by words what kind of error it is; the words are stable, and a test holds
/// them here.
pub(super) fn what_serde_means(said: &str) -> (Code, Option<&str>) {
    let named = || said.split('`').nth(1);
    if said.starts_with("unknown field") {
        (Code::UNKNOWN_FIELD, named())
    } else if said.starts_with("missing field") {
        (Code::MISSING_FIELD, named())
    } else if said.starts_with("duplicate field") {
        (Code::DUPLICATE_FIELD, named())
    } else {
        (Code::BAD_VALUE, None)
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// A path may end in a key that the client chose. Only what looks like a field's name is told
/// again; a phone number or a sentence used as a key is cut off, and the place it stood in remains.
pub(super) fn safe_path(path: &str) -> String {
    let mut safe = String::new();
    for step in path.split('.') {
        let (name, _index) = step.split_once('[').unwrap_or((step, ""));
        let looks_like_a_field = step.len() <= 40
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && step
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '[' | ']'))
            && name.chars().filter(char::is_ascii_digit).count() <= 3;
        let is_index = name.is_empty()
            && step
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '[' | ']'));
        if !looks_like_a_field && !is_index {
            break;
        }
        if !safe.is_empty() {
            safe.push('.');
        }
        safe.push_str(step);
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tried")]
    struct Body {
        phone: String,
        #[serde(default)]
        fixes: Vec<Fix>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tried")]
    struct Fix {
        lat: f64,
        seq: u8,
    }

    fn refused(text: &str) -> (String, Vec<String>) {
        let problem = read::<Body>(text.as_bytes(), 32).unwrap_err();
        let fields = problem
            .fields()
            .iter()
            .map(|f| format!("{}={}", f.path, f.code))
            .collect();
        (problem.code().code.to_owned(), fields)
    }

    #[test]
    fn each_mistake_is_told_with_its_place() {
        for (text, code, field) in [
            ("", "bad-json", ""),
            ("{", "bad-json", ""),
            ("{\"phone\": NaN}", "bad-json", ""),
            ("{\"phone\": \"1\"} x", "bad-json", ""),
            ("[]", "bad-value", "=bad-value"),
            ("[\"1\"]", "bad-value", "=bad-value"),
            (
                "{\"phone\": \"1\", \"fixes\": [{\"lat\": 1, \"seq\": 1}, [1, 2]]}",
                "bad-value",
                "fixes[1]=bad-value",
            ),
            ("{\"phone\": 7}", "bad-value", "phone=bad-value"),
            ("{}", "missing-field", "phone=missing-field"),
            (
                "{\"phone\": \"1\", \"fone\": 1}",
                "unknown-field",
                "fone=unknown-field",
            ),
            (
                "{\"phone\": \"1\", \"phone\": \"2\"}",
                "duplicate-field",
                "phone=duplicate-field",
            ),
            (
                r#"{"phone": "1", "fixes": [{"lat": 1, "seq": 1}, {"lat": 1}]}"#,
                "missing-field",
                "fixes[1].seq=missing-field",
            ),
            (
                r#"{"phone": "1", "fixes": [{"lat": 1, "seq": 300}]}"#,
                "bad-value",
                "fixes[0].seq=bad-value",
            ),
            (
                r#"{"phone": "1", "fixes": [{"lat": 1e999, "seq": 1}]}"#,
                "out-of-range",
                "fixes[0].lat=out-of-range",
            ),
            (
                r#"{"phone": "1", "fixes": [{"lat": 1, "seq": 1, "late": 2}]}"#,
                "unknown-field",
                "fixes[0].late=unknown-field",
            ),
        ] {
            let (told, fields) = refused(text);
            assert_eq!(
                (told.as_str(), fields.join(" ").as_str()),
                (code, field),
                "{text}"
            );
        }
    }

    #[test]
    fn a_key_that_is_no_field_name_is_not_told_again() {
        let (code, fields) = refused(r#"{"phone": "1", "6144900789": 1}"#);
        assert_eq!(
            (code.as_str(), fields),
            ("unknown-field", vec!["=unknown-field".to_owned()])
        );
        assert_eq!(
            refused(r#"{"phone": "1", "Ana lives at 12": 1}"#).1,
            vec!["=unknown-field".to_owned()]
        );
    }

    #[test]
    fn a_tower_is_refused_before_it_is_parsed_and_brackets_in_a_string_are_none() {
        let tower = "[".repeat(100_000);
        assert_eq!(
            read::<Value>(tower.as_bytes(), 32).unwrap_err().code(),
            Code::TOO_DEEP
        );
        let text = format!("{{\"a\": \"\\\"{}\"}}", "[{".repeat(50));
        assert!(read::<Value>(text.as_bytes(), 32).is_ok());
        assert!(
            read::<Value>(
                format!("{}{}", "[".repeat(32), "]".repeat(32)).as_bytes(),
                32
            )
            .is_ok()
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_no_refusal_repeats_them(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Err(problem) = read::<Body>(&bytes, 32) {
                prop_assert!(problem.code().status < 500);
            }
        }

        #[test]
        fn a_marker_in_any_value_never_comes_back(key in "[a-z]{1,8}", depth in 0_usize..5) {
            let marker = "Guadalupe 6144900789";
            let mut value = serde_json::json!({ key: marker, marker: marker });
            for _ in 0..depth {
                value = serde_json::json!({ "fixes": [value] });
            }
            if let Err(problem) = read::<Body>(value.to_string().as_bytes(), 32) {
                let told = format!("{:?} {:?}", problem.code(), problem.fields());
                prop_assert!(!told.contains("6144900789") && !told.contains("Guadalupe"));
            }
        }
    }
}
