//! Spanish first, English where asked for.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, dev};
use serde::{Deserialize, Serialize};

/// The language in which to answer a caller. As an extractor it reads `Accept-Language` and never
/// fails.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Spanish, as spoken in Mexico: what is spoken unless asked otherwise.
    #[default]
    Es,
    /// English.
    En,
}

impl Language {
    /// The tag under which it is stored and sent: `es` or `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
        }
    }

    /// Reads a stored or sent tag (`es`, `en`, `es-MX`, `en_US`); Spanish for all others.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        Self::known(tag).unwrap_or_default()
    }

    /// Chooses by an `Accept-Language` value (RFC 9110 §12.5.4): the highest `q` among those we
    /// speak, the first of equals; Spanish where none fits.
    #[must_use]
    pub fn accepted(value: &str) -> Self {
        let mut best = (Self::default(), 0.0_f32);
        for part in value.split(',').take(20) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim();
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(Some(1.0), |q| q.trim().parse().ok());
            let language = if tag == "*" {
                Some(Self::default())
            } else {
                Self::known(tag)
            };
            if let (Some(language), Some(q)) = (language, weight)
                && q > best.1
                && q <= 1.0
            {
                best = (language, q);
            }
        }
        best.0
    }

    /// Chooses by a request's headers.
    #[must_use]
    pub fn of_headers(headers: &HeaderMap) -> Self {
        headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok())
            .map(Self::accepted)
            .unwrap_or_default()
    }

    /// One of two texts.
    #[must_use]
    pub fn pick<T>(self, es: T, en: T) -> T {
        match self {
            Self::Es => es,
            Self::En => en,
        }
    }

    fn known(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("es") {
            Some(Self::Es)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }
}

impl FromRequest for Language {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(Ok(Self::of_headers(req.headers())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_loved_language_that_we_speak_is_chosen_and_spanish_otherwise() {
        for (asked, given) in [
            ("", Language::Es),
            ("en", Language::En),
            ("en-US,en;q=0.9", Language::En),
            ("es-MX,es;q=0.9,en;q=0.8", Language::Es),
            ("fr, en;q=0.3, es;q=0.7", Language::Es),
            ("de, *;q=0.1", Language::Es),
            ("en;q=0, es;q=0", Language::Es),
            ("en;q=NaN", Language::Es),
            (";;;q=,,", Language::Es),
        ] {
            assert_eq!(Language::accepted(asked), given, "{asked}");
        }
    }
}
