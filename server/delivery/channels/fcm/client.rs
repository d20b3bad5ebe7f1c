//! Sends one push.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::join_all;
use hyper::Uri;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;

use super::errors::{Remedy, remedy};
use super::message;
use super::oauth::{Credentials, ServiceAccount};
use crate::clock::Clock;
use crate::delivery::channels::origin::Origin;
use crate::delivery::channels::verdict::{AddressAction, Answer, Verdict, leaves_open, unanswered};
use crate::delivery::model::FailReason;
use crate::delivery::outbox::message::Content;
use crate::delivery::outbox::message::SendJob;
use crate::delivery::outbox::retry;

/// FCM for all apps that are configured.
pub struct Client {
    origin: Origin,
    clock: Clock,
    ttl: Duration,
    /// How long a whole send may take, its token included.
    whole: Duration,
    apps: HashMap<String, App>,
}

struct App {
    path: Uri,
    credentials: Credentials,
}

#[derive(Deserialize)]
struct Taken {
    name: Option<String>,
}

impl Client {
    /// A client for these apps: `app_id` and its project's service account. FCM keeps a message for
    /// a phone that is off no longer than `ttl`. A send takes `whole` at most; a token has four
    /// fifths of that, so that a token that comes late still leaves time for the message. Tokens are
    /// asked for by `http`.
    ///
    /// # Errors
    /// The `app_id` whose account holds no RSA key, or whose project is no part of a URL.
    pub(in crate::delivery) fn new(
        origin: Origin,
        http: &reqwest::Client,
        clock: &Clock,
        ttl: Duration,
        whole: Duration,
        accounts: &[(String, ServiceAccount)],
    ) -> Result<Self, String> {
        let mut apps = HashMap::new();
        for (app_id, account) in accounts {
            let credentials = Credentials::new(http.clone(), clock.clone(), account, whole * 4 / 5)
                .map_err(|_| app_id.clone())?;
            let path = format!("/v1/projects/{}/messages:send", account.project_id);
            let path = origin.path(&path).ok_or_else(|| app_id.clone())?;
            apps.insert(app_id.clone(), App { path, credentials });
        }
        Ok(Self {
            origin,
            clock: clock.clone(),
            ttl,
            whole,
            apps,
        })
    }

    /// Asks each project for an access token, as `doctor` does: the apps that would not be able to
    /// push, and why.
    pub async fn unreachable(&self) -> Vec<(String, String)> {
        let asked = self.apps.iter().map(|(app_id, app)| async move {
            let refused = app.credentials.bearer().await.err()?;
            Some((app_id.clone(), refused.cause))
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    /// The access token that this message goes out with, other than `refused`, which FCM no longer
    /// takes. To be awaited before the send has a permit.
    ///
    /// # Errors
    /// The answer to give for a message that cannot be sent for want of a token.
    pub async fn token(&self, job: &SendJob, refused: Option<&str>) -> Result<String, Answer> {
        let Some(app) = job.message.senders.first().and_then(|id| self.apps.get(id)) else {
            return Err(broken(FailReason::NotConfigured, "fcm: app unknown"));
        };
        match refused {
            None => app.credentials.bearer().await,
            Some(refused) => app.credentials.other_than(refused).await,
        }
    }

    /// Sends it once by this access token, which takes `within` at most. `None`: FCM no longer takes
    /// the token.
    pub async fn send(&self, job: &SendJob, bearer: &str, within: Duration) -> Option<Answer> {
        match self.message(job) {
            Err(answer) => Some(answer),
            Ok((app, body)) => match self.post(app, bearer, body, within).await {
                Tried::Answered(answer) => Some(answer),
                Tried::TokenRefused => None,
            },
        }
    }

    fn message(&self, job: &SendJob) -> Result<(&App, String), Answer> {
        let Content::Push { kind, words, data } = &job.message.content else {
            return Err(broken(FailReason::BadRequest, "fcm: no push"));
        };
        let Some(app) = job.message.senders.first().and_then(|id| self.apps.get(id)) else {
            return Err(broken(FailReason::NotConfigured, "fcm: app unknown"));
        };
        let id = job.id.to_string();
        let mut all = vec![
            ("kind", kind.as_str()),
            ("notification", id.as_str()),
            ("receipt", job.receipt_secret.as_str()),
        ];
        if !words.is_empty() {
            all.push(("words", words));
        }
        for (key, value) in data {
            if all.iter().all(|(known, _)| known != key) {
                all.push((key, value));
            }
        }
        let left = job.message.deadline.since(self.clock.now()).min(self.ttl);
        let body = message::body(job.message.to.expose(), words, &all, left)
            .map_err(|_| broken(FailReason::BadRequest, "fcm: no JSON"))?;
        if body.len() > message::LARGEST {
            return Err(broken(FailReason::BadRequest, "fcm: too large"));
        }
        Ok((app, body))
    }

    /// The apps that it pushes for.
    pub fn apps(&self) -> impl Iterator<Item = &str> {
        self.apps.keys().map(String::as_str)
    }

    /// Whether it pushes for this app.
    #[must_use]
    pub fn serves(&self, app_id: &str) -> bool {
        self.apps.contains_key(app_id)
    }

    /// Asks FCM to judge a message of this app without sending it.
    pub async fn probe(&self, app_id: &str) -> Answer {
        match self.apps.get(app_id) {
            Some(app) => {
                let asks = self.push(app, message::probe().to_string());
                let late = |_| {
                    let verdict = Verdict::Again {
                        reason: FailReason::TimedOut,
                        schedule: retry::PROVIDER_FAILS,
                    };
                    Answer::of(verdict, "fcm: time-out")
                };
                let asked = tokio::time::timeout(self.whole, asks).await;
                asked.unwrap_or_else(late)
            }
            None => broken(FailReason::NotConfigured, "fcm: app unknown"),
        }
    }

    async fn push(&self, app: &App, body: String) -> Answer {
        let bearer = match app.credentials.bearer().await {
            Ok(bearer) => bearer,
            Err(answer) => return answer,
        };
        match self.post(app, &bearer, body.clone(), self.whole).await {
            Tried::Answered(answer) => answer,
            Tried::TokenRefused => match app.credentials.other_than(&bearer).await {
                Err(answer) => answer,
                Ok(fresh) => match self.post(app, &fresh, body, self.whole).await {
                    Tried::Answered(answer) => answer,
                    Tried::TokenRefused => broken(FailReason::NotAuthorised, "fcm 401 twice"),
                },
            },
        }
    }

    async fn post(&self, app: &App, bearer: &str, body: String, within: Duration) -> Tried {
        let Ok(mut bearer) = HeaderValue::try_from(format!("Bearer {bearer}")) else {
            return Tried::Answered(broken(FailReason::NotAuthorised, "fcm: no such token"));
        };
        bearer.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        let headers = [(AUTHORIZATION, bearer), (CONTENT_TYPE, json)];
        let reply = match self.origin.post(&app.path, headers, body, within).await {
            Ok(reply) => reply,
            Err(why) => return Tried::Answered(unanswered("fcm", why)),
        };
        let (status, bytes) = (reply.status, reply.body);
        let asked = reply.headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok());
        let retry_after = asked.and_then(|v| retry::retry_after(v, self.clock.now()));
        if status == 200
            && let Ok(Taken { name: Some(name) }) = serde_json::from_slice(&bytes)
        {
            let provider_ref = Some(name.chars().take(200).collect());
            return Tried::Answered(Answer {
                provider_ref,
                ..Answer::of(Verdict::Sent, "fcm 200")
            });
        }
        match remedy(status, &bytes) {
            (Remedy::RefreshToken, _) => Tried::TokenRefused,
            (Remedy::Is(verdict), cause) => Tried::Answered(Answer {
                retry_after,
                may_have_arrived: leaves_open(status),
                ..Answer::of(verdict, &cause)
            }),
        }
    }
}

enum Tried {
    Answered(Answer),
    TokenRefused,
}

pub(in crate::delivery) fn broken(reason: FailReason, cause: &str) -> Answer {
    Answer::of(
        Verdict::Failed {
            reason,
            address: AddressAction::Keep,
            alarm: true,
        },
        cause,
    )
}

/// Reads a service account file's text.
///
/// # Errors
/// What serde says, which names fields and no values.
pub fn account(text: &str) -> Result<ServiceAccount, String> {
    let value: Value = serde_json::from_str(text).map_err(|_| "no JSON".to_owned())?;
    serde_json::from_value(value).map_err(|e| match e.to_string() {
        text if text.starts_with("missing field") => text,
        _ => "a field of the wrong kind".to_owned(),
    })
}
