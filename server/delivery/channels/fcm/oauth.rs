//! The access token of a service account (RFC 7523): signed for, kept, and renewed before it runs
//! out.
//!
//! At most one request for a token is in flight per account, and it takes no longer than its share
//! of a send's time. All senders that wait share its result, a failure included: they fail together
//! at once, and the provider's breaker counts them.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::clock::{At, Clock};
use crate::delivery::channels::verdict::{AddressAction, Answer, Verdict, unanswered};
use crate::delivery::model::FailReason;
use crate::delivery::outbox::retry::PROVIDER_FAILS;

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The longest an assertion may live.
const ASSERTION_LIVES: Duration = Duration::from_secs(3_600);
/// A token is renewed this long before it runs out, while the old one still serves the others.
const EARLY: Duration = Duration::from_secs(300);

/// What a service account file says; the rest of it is passed over.
#[derive(Deserialize)]
pub struct ServiceAccount {
    /// The FCM project.
    pub project_id: String,
    /// Who asks.
    pub client_email: String,
    /// RSA, PEM.
    pub private_key: SecretString,
    /// Where tokens are given out.
    pub token_uri: String,
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("project_id", &self.project_id)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

#[derive(Clone)]
struct Token {
    bearer: String,
    renew_at: At,
    expires_at: At,
}

/// A request for a token, which all that wait for it share.
type Fetch = Shared<BoxFuture<'static, Result<String, Answer>>>;

/// One account's token. Clones share it.
#[derive(Clone)]
pub struct Credentials(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    clock: Clock,
    email: String,
    token_uri: String,
    key: EncodingKey,
    held: Mutex<Option<Token>>,
    /// The request in flight, if there is one: a thousand senders must not ask a thousand times.
    fetching: Mutex<Option<Fetch>>,
    /// How long a request may take.
    within: Duration,
}

impl Credentials {
    /// Reads the account's key. A request for a token takes `within` at most.
    ///
    /// # Errors
    /// If the private key is no RSA key in PEM.
    pub fn new(
        http: reqwest::Client,
        clock: Clock,
        account: &ServiceAccount,
        within: Duration,
    ) -> Result<Self, jsonwebtoken::errors::Error> {
        Ok(Self(Arc::new(Inner {
            http,
            clock,
            email: account.client_email.clone(),
            token_uri: account.token_uri.clone(),
            key: EncodingKey::from_rsa_pem(account.private_key.expose_secret().as_bytes())?,
            held: Mutex::new(None),
            fetching: Mutex::new(None),
            within,
        })))
    }

    /// A token that is good now.
    ///
    /// # Errors
    /// The answer to give for a message that cannot be sent for want of a token.
    pub async fn bearer(&self) -> Result<String, Answer> {
        let now = self.0.clock.now();
        match self.held() {
            Some(token) if now < token.renew_at => Ok(token.bearer),
            Some(token) if now < token.expires_at => {
                // One renews, the others go on with the old one.
                let (fetch, is_new) = self.fetch();
                if !is_new {
                    return Ok(token.bearer);
                }
                Ok(fetch.await.unwrap_or(token.bearer))
            }
            _ => self.fetch().0.await,
        }
    }

    /// A token other than `refused`, which the provider no longer takes.
    ///
    /// # Errors
    /// As [`Credentials::bearer`].
    pub async fn other_than(&self, refused: &str) -> Result<String, Answer> {
        match self.held() {
            Some(token) if token.bearer != refused => Ok(token.bearer),
            _ => self.fetch().0.await,
        }
    }

    /// The request in flight, or a new one; whether it is new. It goes on though all that wait for
    /// it give up.
    fn fetch(&self) -> (Fetch, bool) {
        let fetching = &self.0.fetching;
        let mut in_flight = fetching.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fetch) = in_flight.as_ref() {
            return (fetch.clone(), false);
        }
        let this = self.clone();
        let asks = async move {
            let asked = AssertUnwindSafe(this.0.ask());
            let result = asked
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err(refused("oauth: the code failed")));
            let fetching = &this.0.fetching;
            *fetching.lock().unwrap_or_else(PoisonError::into_inner) = None;
            result
        };
        let fetch = asks.boxed().shared();
        *in_flight = Some(fetch.clone());
        tokio::spawn(fetch.clone());
        (fetch, true)
    }

    fn held(&self) -> Option<Token> {
        self.0
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Inner {
    /// The provider judges an assertion by its own clock: where the machine's clock has jumped, and
    /// one of its two readings is refused, the other is tried.
    async fn ask(&self) -> Result<String, Answer> {
        let mut asked = Err(refused("oauth: not asked"));
        for issued in self.clock.readings() {
            asked = self.ask_by(issued).await;
            let is_refused = |answer: &Answer| matches!(answer.verdict, Verdict::Failed { .. });
            if !asked.as_ref().is_err_and(is_refused) {
                break;
            }
        }
        asked
    }

    async fn ask_by(&self, issued: At) -> Result<String, Answer> {
        let issued = issued.micros() / 1_000_000;
        let lives = i64::try_from(ASSERTION_LIVES.as_secs()).unwrap_or(3_600);
        let claims = Assertion {
            iss: &self.email,
            scope: SCOPE,
            aud: &self.token_uri,
            iat: issued,
            exp: issued.saturating_add(lives),
        };
        let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key)
            .map_err(|_| refused("oauth: the key does not sign"))?;
        let form = [("grant_type", GRANT), ("assertion", assertion.as_str())];
        let response = self
            .http
            .post(&self.token_uri)
            .timeout(self.within)
            .form(&form)
            .send()
            .await
            .map_err(|e| Answer {
                // Whatever became of this request, the push has not left.
                may_have_arrived: false,
                ..unanswered("oauth", &e)
            })?;
        let status = response.status();
        if status.is_server_error() || status.as_u16() == 429 {
            let verdict = Verdict::Again {
                reason: FailReason::Unavailable,
                schedule: PROVIDER_FAILS,
            };
            return Err(Answer::of(verdict, &format!("oauth {}", status.as_u16())));
        }
        if !status.is_success() {
            return Err(refused(&format!("oauth {}", status.as_u16())));
        }
        let granted: Granted = response.json().await.map_err(|_| {
            let verdict = Verdict::Again {
                reason: FailReason::Internal,
                schedule: PROVIDER_FAILS,
            };
            Answer::of(verdict, "oauth: unreadable")
        })?;
        let lives = Duration::from_secs(granted.expires_in.min(86_400));
        let now = self.clock.now();
        // A token that lives shorter than we renew early is used for half its life.
        let token = Token {
            bearer: granted.access_token.clone(),
            renew_at: now.plus(lives.saturating_sub(EARLY.min(lives / 2))),
            expires_at: now.plus(lives),
        };
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(granted.access_token)
    }
}

fn refused(cause: &str) -> Answer {
    let reason = FailReason::NotAuthorised;
    Answer::of(
        Verdict::Failed {
            reason,
            address: AddressAction::Keep,
            alarm: true,
        },
        cause,
    )
}
