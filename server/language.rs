//! Spanish first, English where asked for.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::http::header::{AcceptLanguage, Header as _, Preference, Quality};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};
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

    /// Chooses by a request's `Accept-Language` (RFC 9110 §12.5.4): the highest `q` among those we
    /// speak, the first of equals; Spanish where none fits.
    #[must_use]
    pub fn accepted(request: &impl HttpMessage) -> Self {
        let asked = AcceptLanguage::parse(request).unwrap_or_else(|_| AcceptLanguage(vec![]));
        let mut best = (Self::default(), Quality::ZERO);
        for asked in &asked.0 {
            let language = match &asked.item {
                Preference::Any => Some(Self::default()),
                Preference::Specific(tag) => Self::known(tag.primary_language()),
            };
            if let Some(language) = language
                && asked.quality > best.1
            {
                best = (language, asked.quality);
            }
        }
        best.0
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
        ready(Ok(Self::accepted(req)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT_LANGUAGE;
    use actix_web::test::TestRequest;

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
            let request = TestRequest::default().insert_header((ACCEPT_LANGUAGE, asked));
            let request = request.to_http_request();
            assert_eq!(Language::accepted(&request), given, "{asked}");
        }
    }
}
