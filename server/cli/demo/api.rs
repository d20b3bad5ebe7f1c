//! The demo's HTTP client: what an app or a console would do, over the loopback.

use anyhow::{Context as _, bail};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

/// A client that calls the server: with a bearer token, with an operator's cookie, or with nothing.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    csrf: Option<(String, String)>,
}

impl Api {
    /// An unknown caller.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .context("an HTTP client cannot be made")?;
        Ok(Self {
            http,
            base: base.to_owned(),
            token: None,
            csrf: None,
        })
    }

    /// The same server, called with this token.
    pub fn bearing(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            csrf: None,
            ..self.clone()
        }
    }

    /// The same server, called with an operator's cookie and CSRF token.
    pub fn operating(&self, cookie: &str, csrf: &str) -> Self {
        Self {
            token: None,
            csrf: Some((cookie.to_owned(), csrf.to_owned())),
            ..self.clone()
        }
    }

    /// A request to be sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some((cookie, csrf)) = &self.csrf {
            request = request
                .header("Cookie", cookie)
                .header("X-CSRF-Token", csrf);
        }
        request
    }

    /// Sends JSON, expects a 2xx, reads JSON (null for an empty answer).
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request
            .send()
            .await
            .with_context(|| format!("{method} {path}"))?;
        let answer = expect_ok(response, &format!("{method} {path}")).await?;
        let text = answer.text().await?;
        if text.is_empty() {
            Ok(Value::Null)
        } else {
            Ok(serde_json::from_str(&text)?)
        }
    }

    /// [`Api::send`] by GET.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, None).await
    }

    /// [`Api::send`] by POST.
    pub async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// [`Api::send`] by PUT.
    pub async fn put(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.send(Method::PUT, path, Some(body)).await
    }
}

/// The response, if it is a 2xx; else what the server said.
pub async fn expect_ok(response: Response, what: &str) -> anyhow::Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let said = response.text().await.unwrap_or_default();
    bail!("{what} was answered {status}: {said}")
}

/// A text field of an answer.
pub fn text<'v>(answer: &'v Value, field: &str) -> anyhow::Result<&'v str> {
    answer
        .get(field)
        .and_then(Value::as_str)
        .with_context(|| format!("the answer lacks {field}"))
}
