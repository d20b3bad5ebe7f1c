//! The Android and iOS code of the app developers' guide is code: each file parses, and the routes,
//! fields and kinds of push that it names are those of the API.
//!
//! A name of the API is written as a literal there, and a name of the app's own as a constant, so
//! that the two can be told apart.

use std::collections::BTreeSet;
use std::path::Path;

use ampara::plan::model::Purpose;
use serde_json::Value;
use tree_sitter::{Language, Node, Parser};

use crate::harness::description::Description;

/// A folder of the guide, and the grammar of its files.
#[derive(Clone, Copy)]
enum Platform {
    Android,
    Ios,
}

impl Platform {
    fn folder(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Android => "kt",
            Self::Ios => "swift",
        }
    }

    fn grammar(self) -> Language {
        match self {
            Self::Android => tree_sitter_kotlin_ng::LANGUAGE.into(),
            Self::Ios => tree_sitter_swift::LANGUAGE.into(),
        }
    }
}

fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The code files of a platform: name and text.
fn files(platform: Platform) -> Vec<(String, String)> {
    let folder = format!("mobile-api-spec/guide/{}", platform.folder());
    let listed = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder)).unwrap();
    let mut names: Vec<String> = listed
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(platform.ending()))
        .collect();
    names.sort();
    let read = |name: String| {
        let text = source(&format!("{folder}/{name}"));
        (name, text)
    };
    names.into_iter().map(read).collect()
}

/// A string literal, without its quotes, with the code around it.
struct Literal<'t> {
    text: &'t str,
    before: &'t str,
    after: &'t str,
    chosen_by: &'t str,
}

/// What a file says to the API.
#[derive(Default)]
struct Calls {
    faults: Vec<String>,
    operations: BTreeSet<(String, String)>,
    push_keys: BTreeSet<String>,
    kinds: BTreeSet<String>,
    sent: BTreeSet<String>,
    read: BTreeSet<String>,
}

impl Calls {
    fn of(platform: Platform, name: &str, text: &str) -> Self {
        let mut parser = Parser::new();
        parser.set_language(&platform.grammar()).unwrap();
        let tree = parser.parse(text, None).unwrap();
        let mut found = Self::default();
        let mut literals = Vec::new();
        found.walk(tree.root_node(), name, text, &mut literals);
        let mut method = "";
        for literal in &literals {
            if literal.text.starts_with("/v1/") {
                let parts = literal.text.split('/').map(|part| match part {
                    "" => "",
                    part if part.starts_with(['$', '\\']) => "x",
                    part => part,
                });
                let path = parts.collect::<Vec<_>>().join("/");
                found.operations.insert((method.to_owned(), path));
            }
            method = literal.text;
            found.sort(literal);
        }
        found
    }

    fn walk<'t>(&mut self, node: Node<'t>, file: &str, text: &'t str, to: &mut Vec<Literal<'t>>) {
        if node.is_error() || node.is_missing() {
            let line = node.start_position().row + 1;
            self.faults.push(format!("{file}:{line}: does not parse"));
        }
        if matches!(node.kind(), "string_literal" | "line_string_literal") {
            to.push(Literal {
                text: text[node.byte_range()].trim_matches('"'),
                before: text[..node.start_byte()].trim_end(),
                after: text[node.end_byte()..].trim_start(),
                chosen_by: node.parent().map_or("", |parent| parent.kind()),
            });
        }
        let mut cursor = node.walk();
        let children: Vec<_> = node.children(&mut cursor).collect();
        for child in children {
            self.walk(child, file, text, to);
        }
    }

    fn sort(&mut self, literal: &Literal<'_>) {
        let before = |ending: &[&str]| ending.iter().any(|end| literal.before.ends_with(end));
        let name = literal.text.to_owned();
        if before(&["data["]) {
            self.push_keys.insert(name);
        } else if before(&["kind ==", "kind !="]) || literal.chosen_by == "when_entry" {
            self.kinds.insert(name);
        } else if before(&[
            "json.getString(",
            "json.optString(",
            "json.optInt(",
            "json.optBoolean(",
            "json[",
        ]) {
            self.read.insert(name);
        } else if before(&[".put(", "body[", "fix[", "first["])
            || (literal.chosen_by == "dictionary_literal" && literal.after.starts_with(':'))
        {
            self.sent.insert(name);
        }
    }

    fn join(&mut self, other: Self) {
        self.faults.extend(other.faults);
        self.operations.extend(other.operations);
        self.push_keys.extend(other.push_keys);
        self.kinds.extend(other.kinds);
        self.sent.extend(other.sent);
        self.read.extend(other.read);
    }
}

/// The names of all fields in a schema, at any depth.
fn fields(api: &Description, schema: &Value, to: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = api.whole.pointer(name.trim_start_matches('#')).unwrap();
        return fields(api, target, to);
    }
    for any in ["oneOf", "anyOf", "allOf"] {
        for choice in schema[any].as_array().into_iter().flatten() {
            fields(api, choice, to);
        }
    }
    if schema["items"].is_object() {
        fields(api, &schema["items"], to);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if to.insert(name.clone()) {
            fields(api, property, to);
        }
    }
}

/// The keys that the pushes of the examples carry.
fn push_keys() -> BTreeSet<String> {
    ["push-alarm", "push-alert-changed", "push-reminder"]
        .iter()
        .flat_map(|name| {
            let example: Value =
                serde_json::from_str(&source(&format!("mobile-api-spec/examples/{name}.json")))
                    .unwrap();
            let data = example["data"].as_object().unwrap().clone();
            data.into_iter().map(|(key, _)| key)
        })
        .collect()
}

/// The kinds that an app gets.
fn kinds() -> BTreeSet<String> {
    // Supervisors have no app, and a question back is a text.
    let to_contacts = Purpose::ALL
        .iter()
        .filter(|p| !matches!(p, Purpose::Supervisor | Purpose::Asked));
    let mut kinds: BTreeSet<_> = to_contacts.map(|p| p.as_str().to_owned()).collect();
    kinds.extend(["alert_changed", "reminder", "trial"].map(str::to_owned));
    kinds
}

/// All that a platform's code says and the API does not know.
fn faults(calls: &Calls) -> Vec<String> {
    let api = Description::get();
    let mut faults = calls.faults.clone();
    let (mut taken, mut returned) = (BTreeSet::new(), BTreeSet::new());
    for (method, path) in &calls.operations {
        let Some((_, operation)) = api.find(method, path) else {
            faults.push(format!("no operation {method} {path}"));
            continue;
        };
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        fields(api, body, &mut taken);
        let replies = operation["responses"].as_object().unwrap().iter();
        for (_, reply) in replies.filter(|(status, _)| status.starts_with('2')) {
            let schema = &reply["content"]["application/json"]["schema"];
            fields(api, schema, &mut returned);
        }
    }
    let mut must_be_of = |said: &BTreeSet<String>, known: &BTreeSet<String>, what: &str| {
        let unknown = said.difference(known);
        faults.extend(unknown.map(|name| format!("{what}: {name}")));
    };
    must_be_of(&calls.sent, &taken, "no field of a request");
    must_be_of(&calls.read, &returned, "no field of a reply");
    must_be_of(&calls.push_keys, &push_keys(), "no key of a push");
    must_be_of(&calls.kinds, &kinds(), "no kind of push");
    faults
}

fn all(platform: Platform) -> Calls {
    let mut calls = Calls::default();
    for (name, text) in files(platform) {
        calls.join(Calls::of(platform, &name, &text));
    }
    calls
}

#[test]
fn the_guides_code_parses_and_names_what_the_api_has() {
    for platform in [Platform::Android, Platform::Ios] {
        let calls = all(platform);
        assert_eq!(
            faults(&calls),
            Vec::<String>::new(),
            "{}",
            platform.folder()
        );
        for (method, path) in [
            ("POST", "/v1/notifications/x/receipt"),
            ("PUT", "/v1/alerts/x"),
            ("POST", "/v1/alerts/x/locations"),
            ("PUT", "/v1/devices/x/push"),
        ] {
            let called = (method.to_owned(), path.to_owned());
            assert!(calls.operations.contains(&called), "{method} {path}");
        }
        for key in ["kind", "notification", "receipt"] {
            assert!(calls.push_keys.contains(key), "{key}");
        }
        assert!(calls.sent.contains("receipt") && calls.sent.contains("fixes"));
        assert!(calls.read.contains("next_interval_s"));
    }
}

#[test]
fn the_android_receiver_knows_every_kind_of_push() {
    let receiver = source("mobile-api-spec/guide/android/PushService.kt");
    let calls = Calls::of(Platform::Android, "PushService.kt", &receiver);
    assert_eq!(calls.kinds, kinds());
}

#[test]
fn the_guides_pages_link_each_file_and_the_manifest_names_classes_that_are_there() {
    for platform in [Platform::Android, Platform::Ios] {
        let page = source(&format!("mobile-api-spec/guide/{}.md", platform.folder()));
        for (name, _) in files(platform) {
            let link = format!("({}/{name})", platform.folder());
            assert!(page.contains(&link), "{link}");
        }
    }
    let classes: String = files(Platform::Android)
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let manifest = source("mobile-api-spec/guide/android/AndroidManifest.xml");
    let named: Vec<_> = manifest
        .split("android:name=\".")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(named.len(), 3, "{named:?}");
    for class in named {
        assert!(
            classes.contains(&format!("class {class} "))
                || classes.contains(&format!("class {class}(")),
            "{class}"
        );
    }
}

#[test]
fn code_that_is_wrong_is_found() {
    use Platform::{Android, Ios};
    for (platform, code, fault) in [
        (Android, "fun f() { val x = ( }", "does not parse"),
        (Ios, "func f( { let x = 1 }", "does not parse"),
        (
            Android,
            r#"val r = api.call("PUT", "/v1/alarms/$id", t, b)"#,
            "no operation PUT /v1/alarms/x",
        ),
        (
            Ios,
            r#"let r = api.request("GET", "/v1/alerts/\(id)/close")"#,
            "no operation GET /v1/alerts/x/close",
        ),
        (
            Android,
            r#"val b = JSONObject().put("reciept", s)"#,
            "no field of a request: reciept",
        ),
        (
            Ios,
            r#"let b: [String: Any] = ["reciept": s]"#,
            "no field of a request: reciept",
        ),
        (
            Android,
            r#"val n = reply.json.optInt("interval")"#,
            "no field of a reply: interval",
        ),
        (
            Ios,
            r#"let n = reply.json["interval"]"#,
            "no field of a reply: interval",
        ),
        (Android, r#"val k = data["type"]"#, "no key of a push: type"),
        (Ios, r#"let k = data["type"]"#, "no key of a push: type"),
        (
            Android,
            r#"fun f() { when (kind) { "alarma" -> g() } }"#,
            "no kind of push: alarma",
        ),
        (
            Ios,
            r#"let b = push.kind == "alarma""#,
            "no kind of push: alarma",
        ),
    ] {
        let found = faults(&Calls::of(platform, "a file", code));
        assert!(
            found.iter().any(|f| f.contains(fault)),
            "{code}: {found:?} lacks {fault}"
        );
    }
}
