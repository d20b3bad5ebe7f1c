//! Google's token endpoint: takes a signed assertion, hands out a bearer for an hour.
//!
//! The RSA key is made once per test process, so no private key lies in the repository.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use ampara::clock::{At, Clock};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

/// The only scope that a message needs.
pub const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// RFC 7523's grant.
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const KEY_ID: &str = "5f0c1e9d7a3b";
const HOUR: Duration = Duration::from_secs(3600);

/// What the token endpoint answers when a test says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAnswer {
    /// 400 `invalid_grant`: the key was deleted.
    InvalidGrant,
    /// 503.
    Unavailable,
    /// Never.
    Hang,
    /// 200 that is no JSON.
    Garbage,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    scope: String,
    iat: i64,
    exp: i64,
}

struct Bearer {
    project: String,
    until: At,
}

#[derive(Default)]
struct Book {
    audience: String,
    /// client_email → project
    accounts: HashMap<String, String>,
    bearers: HashMap<String, Bearer>,
    planned: VecDeque<TokenAnswer>,
    /// Projects whose tokens are handed out only once the test lets them go.
    held: HashSet<String>,
    requests: usize,
}

/// The endpoint's books.
pub struct Oauth {
    clock: Clock,
    book: Mutex<Book>,
}

struct Key {
    pem: String,
    public: Vec<u8>,
}

/// One key a process: making it takes a tenth of a second or so.
fn key() -> &'static Key {
    static KEY: OnceLock<Key> = OnceLock::new();
    KEY.get_or_init(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = STANDARD.encode(pair.as_der().unwrap().as_ref());
        let lines: Vec<&str> = der
            .as_bytes()
            .chunks(64)
            .map(|c| std::str::from_utf8(c).unwrap())
            .collect();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            lines.join("\n")
        );
        Key {
            pem,
            public: pair.public_key().as_ref().to_vec(),
        }
    })
}

impl Oauth {
    /// Empty books.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            book: Mutex::default(),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The `aud` that assertions must name.
    pub fn set_audience(&self, audience: String) {
        self.book().audience = audience;
    }

    /// Opens an account for `project`, in the format of Google's key files.
    pub fn add_account(&self, project: &str, token_uri: &str) -> Value {
        let email = format!("ampara@{project}.iam.gserviceaccount.test");
        self.book()
            .accounts
            .insert(email.clone(), project.to_owned());
        json!({
            "type": "service_account", "project_id": project, "private_key_id": KEY_ID, "private_key": key().pem,
            "client_email": email, "client_id": "100000000000000000001", "token_uri": token_uri,
        })
    }

    /// Takes the next programmed answer, if any, and counts the request.
    pub fn next_answer(&self) -> Option<TokenAnswer> {
        let mut book = self.book();
        book.requests += 1;
        book.planned.pop_front()
    }

    /// Programs answers.
    pub fn program(&self, answers: impl IntoIterator<Item = TokenAnswer>) {
        self.book().planned.extend(answers);
    }

    /// From now on keeps the tokens of this project back, or lets them go.
    pub fn holds(&self, project: &str, held: bool) {
        let mut book = self.book();
        if held {
            book.held.insert(project.to_owned());
        } else {
            book.held.remove(project);
        }
    }

    /// Whether the token of this assertion is kept back now.
    pub fn is_held(&self, assertion: &str) -> bool {
        let Ok(claims) = self.verify(assertion) else {
            return false;
        };
        let book = self.book();
        book.accounts
            .get(&claims.iss)
            .is_some_and(|project| book.held.contains(project))
    }

    /// How often the endpoint was asked.
    pub fn requests(&self) -> usize {
        self.book().requests
    }

    /// Forgets every bearer.
    pub fn revoke_all(&self) {
        self.book().bearers.clear();
    }

    /// A bearer for a good assertion, else what is wrong with it.
    pub fn exchange(&self, grant: &str, assertion: &str) -> Result<String, String> {
        if grant != GRANT {
            return Err(format!("grant_type is {grant:?}"));
        }
        let claims = self.verify(assertion)?;
        let now = self.clock.now();
        let seconds = now.micros() / 1_000_000;
        if claims.scope != SCOPE {
            return Err(format!("scope is {:?}", claims.scope));
        }
        if claims.exp - claims.iat > 3600 || claims.exp <= claims.iat {
            return Err(format!(
                "good for {} s, not for 1 to 3600",
                claims.exp - claims.iat
            ));
        }
        if claims.exp <= seconds || claims.iat > seconds + 60 {
            return Err(format!(
                "now is {seconds}, the assertion is good from {} to {}",
                claims.iat, claims.exp
            ));
        }
        let mut book = self.book();
        let project = book
            .accounts
            .get(&claims.iss)
            .cloned()
            .ok_or_else(|| format!("no account {:?}", claims.iss))?;
        let bearer = format!("ya29.fake-{}-{}", book.requests, book.bearers.len());
        book.bearers.insert(
            bearer.clone(),
            Bearer {
                project,
                until: now.plus(HOUR),
            },
        );
        Ok(bearer)
    }

    fn verify(&self, assertion: &str) -> Result<Claims, String> {
        let header = jsonwebtoken::decode_header(assertion).map_err(|e| format!("no JWT: {e}"))?;
        if header.kid.as_deref().is_some_and(|kid| kid != KEY_ID) {
            return Err(format!("kid is {:?}", header.kid));
        }
        let mut rules = Validation::new(Algorithm::RS256);
        // Expiry is judged by the test's own clock.
        rules.validate_exp = false;
        rules.set_audience(&[self.book().audience.as_str()]);
        rules.set_required_spec_claims(&["exp", "iss", "aud"]);
        let public = DecodingKey::from_rsa_der(&key().public);
        let token = jsonwebtoken::decode::<Claims>(assertion, &public, &rules);
        token
            .map(|t| t.claims)
            .map_err(|e| format!("bad assertion: {e}"))
    }

    /// Whether `bearer` may send for `project` now.
    pub fn admits(&self, bearer: &str, project: &str) -> bool {
        let now = self.clock.now();
        self.book()
            .bearers
            .get(bearer)
            .is_some_and(|b| b.project == project && now < b.until)
    }

    /// Whether `project` has an account here.
    pub fn knows(&self, project: &str) -> bool {
        self.book().accounts.values().any(|p| p == project)
    }
}
