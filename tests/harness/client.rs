//! HTTP as a phone, a browser or an operator's console speaks it, to a server on the loopback
//! network.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::description::hold;

/// A client that knows no authority: all tests speak plain HTTP to the loopback network.
pub fn bare() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        // A connection kept open would make the server wait for it when it stops.
        .pool_max_idle_per_host(0)
        .tls_certs_only(std::iter::empty())
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(120))
        .build()
        .unwrap()
}

/// A server's address and who speaks to it.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    bearer: Option<String>,
    language: Option<String>,
}

/// A reply, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// Response headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|e| panic!("{}: no JSON ({e}): {}", self.status, self.text))
    }

    /// The stable code of a problem; empty when the reply is none.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body.get("code")
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    }

    /// Goes on with the body as JSON when the status is the one expected.
    ///
    /// # Panics
    /// When it is another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// Asserts a problem: its status, its code, and that it says what the RFC 9457 media type says.
    ///
    /// # Panics
    /// When it is something else.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status.as_u16(), self.code().as_str()),
            (status, code),
            "{}",
            self.text
        );
        let kind = self
            .headers
            .get("content-type")
            .and_then(|v| v.to_str().ok())
            .unwrap_or("");
        assert!(
            kind.starts_with("application/problem+json"),
            "a problem sent as {kind:?}"
        );
        self.json()
    }
}

/// Sends a request, reads the reply to its end and holds it to the API's description.
///
/// # Panics
/// When nothing came, or not what is described.
pub async fn sent(request: RequestBuilder) -> Reply {
    let (http, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (
        request.method().to_string(),
        request.url().path().to_owned(),
    );
    let response = http.execute(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let reply = Reply {
        status,
        headers,
        text: response.text().await.unwrap(),
    };
    hold(&method, &path, &reply);
    reply
}

impl Client {
    /// A client without a token, to the server at `base` (no slash at the end).
    pub fn anyone(base: impl Into<String>) -> Self {
        Self {
            http: bare(),
            base: base.into(),
            bearer: None,
            language: None,
        }
    }

    /// The same client with a bearer token.
    pub fn with_bearer(&self, token: impl Into<String>) -> Self {
        Self {
            bearer: Some(token.into()),
            ..self.clone()
        }
    }

    /// The same client with an `Accept-Language`.
    pub fn speaking(&self, language: impl Into<String>) -> Self {
        Self {
            language: Some(language.into()),
            ..self.clone()
        }
    }

    /// A request with this client's token and language, to add to and send by hand.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.bearer {
            request = request.bearer_auth(token);
        }
        if let Some(language) = &self.language {
            request = request.header("accept-language", language);
        }
        request
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        sent(self.request(Method::GET, path)).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        sent(self.request(Method::POST, path).json(body)).await
    }

    /// PUT of JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        sent(self.request(Method::PUT, path).json(body)).await
    }

    /// PATCH of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        sent(self.request(Method::PATCH, path).json(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Reply {
        sent(self.request(Method::DELETE, path)).await
    }

    /// Any method with bytes as they are; for bodies that are wrong on purpose.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: impl Into<Vec<u8>>,
    ) -> Reply {
        sent(
            self.request(method, path)
                .header("content-type", content_type)
                .body(body.into()),
        )
        .await
    }

    /// POST of an HTML form, as a browser without script sends it.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        sent(self.request(Method::POST, path).form(fields)).await
    }
}
