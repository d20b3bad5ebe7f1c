//! Posts one signed request.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::errors::{no_answer, refused, verdict};
use super::guard::{Guard, is_plain};
use super::signature::{ID, SIGNATURE, TIMESTAMP, sign};
use super::target::Target;
use crate::clock::Clock;
use crate::delivery::channels::verdict::{AddressAction, Answer, Verdict};
use crate::delivery::model::FailReason;
use crate::delivery::outbox::message::{Content, SendJob};
use crate::delivery::outbox::retry;

/// Sends webhooks.
#[derive(Clone)]
pub struct Client {
    guard: Guard,
    https: reqwest::Client,
    /// For what `webhook.allow` names, and for nothing else.
    plain: reqwest::Client,
    clock: Clock,
}

impl Client {
    /// A client that takes `connect` for a connection and `whole` for all of it, at most.
    ///
    /// # Errors
    /// If no HTTP client can be built on this machine.
    pub fn new(
        clock: &Clock,
        guard: Guard,
        connect: Duration,
        whole: Duration,
    ) -> Result<Self, reqwest::Error> {
        let client = |plain: bool| {
            reqwest::Client::builder()
                .connect_timeout(connect)
                .timeout(whole)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .https_only(!plain)
                .dns_resolver(guard.resolver(plain))
                // Each send is judged anew, its connection too.
                .pool_max_idle_per_host(0)
                .user_agent(concat!("ampara/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        Ok(Self {
            https: client(false)?,
            plain: client(true)?,
            guard,
            clock: clock.clone(),
        })
    }

    /// Sends it once.
    pub(in crate::delivery) async fn send(&self, job: &SendJob) -> Answer {
        let broken = |cause| {
            let reason = FailReason::BadRequest;
            Answer::of(
                Verdict::Failed {
                    reason,
                    address: AddressAction::Keep,
                    alarm: true,
                },
                cause,
            )
        };
        let Content::Webhook { kind, body } = &job.message.content else {
            return broken("webhook: no body");
        };
        let Some(target) = Target::of(&job.message.to) else {
            return broken("webhook: no target");
        };
        self.post(&target, &job.id.to_string(), kind, json!(body))
            .await
    }

    /// Posts `body` with `id` and `type` added to it.
    pub async fn post(&self, target: &Target, id: &str, kind: &str, mut body: Value) -> Answer {
        let url = match self.guard.read(&target.url) {
            Ok(url) => url,
            Err(why) => return refused(why),
        };
        if let Some(fields) = body.as_object_mut() {
            fields.insert("id".to_owned(), json!(id));
            fields.insert("type".to_owned(), json!(kind));
        }
        let (body, now) = (body.to_string(), self.clock.now());
        let timestamp = now.micros() / 1_000_000;
        let signature = sign(target.secret.expose_secret(), id, timestamp, &body);
        let client = if is_plain(&url) {
            &self.plain
        } else {
            &self.https
        };
        let request = client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(ID, id);
        let request = request
            .header(TIMESTAMP, timestamp)
            .header(SIGNATURE, signature)
            .body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(e) => return no_answer(&e),
        };
        let status = response.status().as_u16();
        let asked = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|v| v.to_str().ok());
        let retry_after = asked.and_then(|v| retry::retry_after(v, now));
        Answer {
            retry_after,
            ..Answer::of(verdict(status), &format!("webhook {status}"))
        }
    }
}
