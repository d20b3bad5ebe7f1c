//! The settings that the words of a refusal name, so that they say what this server does.

use std::sync::LazyLock;

use crate::config::Config;

/// Numbers by the names under which `codes` has them in braces.
#[derive(Debug, Clone)]
pub struct Numbers([(&'static str, u64); 6]);

/// As a server without settings of its own has them: for the documentation and its examples.
static PRESET: LazyLock<Option<Numbers>> =
    LazyLock::new(|| Config::embedded().ok().map(|config| Numbers::of(&config)));

impl Numbers {
    /// Those of a server with these settings.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self([
            ("body_kib", (config.http.body_bytes as u64).div_ceil(1024)),
            ("read_timeout_s", config.http.read_timeout_s),
            ("new_device_hours", config.identity.new_device_hours),
            ("code_minutes", config.identity.code_minutes),
            (
                "invitations_per_day",
                u64::from(config.network.invitations_per_day),
            ),
            (
                "reclaim_wait_minutes",
                config.escalation.reclaim_wait_s.div_ceil(60),
            ),
        ])
    }

    /// A text with its numbers.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, number)| {
            text.replace(&format!("{{{name}}}"), &number.to_string())
        })
    }

    /// A text with the preset numbers.
    #[must_use]
    pub fn fill_preset(text: &str) -> String {
        PRESET
            .as_ref()
            .map_or_else(|| text.to_owned(), |numbers| numbers.fill(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Code;

    #[test]
    fn every_number_in_a_text_is_a_setting_s_or_part_of_the_protocol() {
        // PINs, pages, fixes and depth are bounds of the API itself; the rest are 911 and paths.
        let fixed = [
            "911",
            "/v1/",
            "4 a 8",
            "4 to 8",
            "1 a 100",
            "1 to 100",
            "32 niveles",
            "32 levels",
            "UTF-8",
            "800",
        ];
        for code in Code::ALL {
            for text in [code.title_es, code.title_en, code.detail_es, code.detail_en] {
                let rest = fixed
                    .iter()
                    .fold(text.to_owned(), |text, known| text.replace(known, ""));
                assert!(
                    !rest.contains(|c: char| c.is_ascii_digit()),
                    "{}: {text}",
                    code.code
                );
                let filled = Numbers::fill_preset(text);
                assert!(
                    !filled.contains(['{', '}']) || text.contains("{client_id}"),
                    "{}: {filled}",
                    code.code
                );
            }
        }
    }

    #[test]
    fn a_text_says_what_this_server_is_set_to() {
        let mut config = Config::embedded().unwrap();
        config.identity.new_device_hours = 5;
        config.escalation.reclaim_wait_s = 61;
        let numbers = Numbers::of(&config);
        assert!(
            numbers
                .fill(Code::DEVICE_TOO_NEW.detail_en)
                .contains("Wait 5 hours")
        );
        assert_eq!(numbers.fill("{reclaim_wait_minutes} min"), "2 min");
    }
}
