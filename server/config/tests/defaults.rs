//! The embedded defaults as the manual of every setting.

use super::*;

#[test]
fn the_committed_defaults_load_and_are_those_of_the_code() {
    let config = Config::embedded().unwrap();
    assert_eq!(config.plan, PlanConfig::default());
    assert_eq!(
        toml::to_string(&config.database).unwrap(),
        toml::to_string(&DatabaseConfig::default()).unwrap(),
        "[database] in the manual and in the code"
    );
}

#[test]
fn every_number_has_its_range_in_the_manual() {
    fn numbers(table: &toml::Table, under: &str, found: &mut Vec<String>) {
        for (key, value) in table {
            match value {
                toml::Value::Table(inner) => numbers(inner, &format!("{under}{key}."), found),
                toml::Value::Integer(_) | toml::Value::Float(_) => {
                    found.push(format!("{under}{key}"));
                }
                _ => {}
            }
        }
    }
    let mut wanted = Vec::new();
    numbers(&toml::from_str(DEFAULTS).unwrap(), "", &mut wanted);
    let mut given: Vec<String> = manual::ranges(DEFAULTS).map(|range| range.key).collect();
    wanted.sort();
    given.sort();
    assert_eq!(given, wanted);
    assert!(manual::ranges(DEFAULTS).all(|range| range.from < range.to));
}

#[test]
fn every_number_is_held_to_its_range() {
    for range in manual::ranges(DEFAULTS) {
        let (section, key) = range.key.split_once('.').unwrap();
        let name = format!("AMPARA_{}__{}", section.to_uppercase(), key.to_uppercase());
        let over = (range.to + 1).to_string();
        let error = with(&[(&name, &over)]).unwrap_err().to_string();
        assert!(
            error.contains(&range.key) && error.contains(range.text),
            "{error}"
        );
        if range.from > 0 {
            assert_eq!(refused(with(&[(&name, "0")])), range.key);
        }
    }
}

#[test]
fn every_setting_stands_under_a_comment() {
    let mut commented = false;
    for line in DEFAULTS.lines() {
        if line.starts_with('#') {
            commented = true;
        } else if line.contains(" = ") {
            assert!(commented, "{line} has no comment above it");
        } else {
            commented = false;
        }
    }
}
