//! Kotlin's and Swift's clients, looked through for what an app's author would stumble over. Their
//! generator needs a Java, so this is for the full tier (`make test-full`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::{folder, generates};
use crate::harness::description::Description;
use crate::harness::tier;

/// The files with that ending, below a folder: name without the ending, and text.
fn sources(folder: &Path, ending: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            all.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    all
}

/// Schemas that are objects, and those that are a closed list of words.
fn schemas() -> (BTreeSet<String>, BTreeSet<String>) {
    let all = Description::get().whole["components"]["schemas"]
        .as_object()
        .unwrap();
    let named = |fits: fn(&Value) -> bool| -> BTreeSet<String> {
        let those = all.iter().filter(|(_, schema)| fits(schema));
        those.map(|(name, _)| name.clone()).collect()
    };
    (
        named(|schema| schema["type"] == "object"),
        named(|schema| schema["enum"].is_array()),
    )
}

/// Looks through the models and methods of a client.
fn looks_through(
    models: &BTreeMap<String, String>,
    apis: &BTreeMap<String, String>,
    untyped: &[&str],
) {
    let (objects, words) = schemas();
    let expected: BTreeSet<_> = objects.union(&words).cloned().collect();
    let there: BTreeSet<_> = models.keys().cloned().collect();
    let renamed: Vec<_> = there.difference(&expected).collect();
    assert!(
        renamed.is_empty(),
        "renamed or made up by the generator: {renamed:?}"
    );
    let folded: BTreeSet<_> = there.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(
        folded.len(),
        there.len(),
        "two files whose names differ by case alone"
    );

    for (name, text) in models {
        let closed = text.contains("enum class")
            || text.contains(": String, Sendable, Codable, CaseIterable");
        assert_eq!(
            closed,
            words.contains(name),
            "{name}: an enum that would refuse a new word"
        );
    }
    let methods: String = apis.values().map(String::as_str).collect();
    for word in untyped {
        assert!(!methods.contains(word), "a method takes or returns {word}");
    }
    for (name, operation) in Description::get().operations() {
        let id = operation["operationId"].as_str().unwrap();
        let there =
            methods.contains(&format!("fun {id}(")) || methods.contains(&format!("func {id}("));
        assert_eq!(there, operation["x-internal"] != true, "{name}: {id}");
    }
}

#[test]
fn kotlin_and_swift_clients_hold_no_traps() {
    if tier::count(0, 1) == 0 {
        return;
    }
    generates(&["kotlin", "swift"]);
    let kotlin = folder("kotlin/src/main/kotlin/org/ampara/client");
    let models = sources(&kotlin.join("models"), "kt");
    looks_through(
        &models,
        &sources(&kotlin.join("apis"), "kt"),
        &["kotlin.Any", ": Any"],
    );
    let proof = &models["Proof"];
    assert!(
        proof.contains("val pin: kotlin.String? = null")
            && proof.contains("val code: kotlin.String? = null")
    );

    let swift = folder("swift/Sources/Ampara");
    let models = sources(&swift.join("Models"), "swift");
    looks_through(
        &models,
        &sources(&swift.join("APIs"), "swift"),
        &["JSONValue", ": Any"],
    );
    assert!(
        models["Proof"].contains("public var pin: String?")
            && models["Proof"].contains("public var code: String?")
    );
    assert!(models["RecordView"].contains("public var her: HerView?"));
}
