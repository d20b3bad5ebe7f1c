//! How often a caller may try.
//!
//! Limits per address are loose, since Mexican carriers put thousands of phones behind one. (Codes
//! per phone, each of which costs an SMS, are counted by rows: `identity::sessions::sign_in`.) A
//! press passes no limit at all: no route of an alert calls [`Limits::check`]. Keys are kept as keyed 64-bit hashes: no number or
//! address is in memory, and no client can aim for another's bucket. Memory is bounded: past
//! [`MOST_KEYS`] a kind, strangers share buckets until old ones have run out.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{At, Clock};

use actix_web::body::BoxBody;
use actix_web::dev::{self, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::client::ClientAddress;
use super::codes::Code;
use super::error::{ApiError, Failure};
use super::problem::Problem;

/// At most so many keys of one kind are remembered, about 2 MB.
pub const MOST_KEYS: usize = 65_536;
/// Shared buckets for newcomers when there is no room.
const SHARED: u64 = 1_024;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Sign-ins, invitations opened and the like from one address:
    /// `identity.sign_ins_per_address_hour`.
    Address,
    /// Tries of one person at a step-up: four digits must not be guessed through an unlocked phone.
    StepUp,
    /// Links (`/i/…`, `/w/…`) from one address that were none.
    Link,
}

const KINDS: usize = 3;

/// So many at once, and one more each time `every` has passed.
#[derive(Debug, Clone, Copy)]
struct Quota {
    burst: u32,
    every: Duration,
}

impl Quota {
    fn an_hour(times: u32) -> Self {
        let times = times.max(1);
        Self {
            burst: times,
            every: Duration::from_secs(3_600) / times,
        }
    }
}

/// The limits of this node.
#[derive(Debug)]
pub struct Limits {
    clock: Clock,
    hasher: RandomState,
    /// For each kind its quota, and by key the moment at which its bucket is full again.
    buckets: [(Quota, Mutex<HashMap<u64, At>>); KINDS],
}

/// Too many tries: come back later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests")]
pub struct Limited {
    /// How long to wait.
    pub retry_after: Duration,
}

impl ApiError for Limited {
    fn problem(&self) -> Problem {
        Problem::of(Code::RATE_LIMITED).retry_after(self.retry_after)
    }
}

impl Limits {
    /// Limits by that clock: so many sign-ins from an address an hour.
    #[must_use]
    pub fn new(clock: Clock, per_address_hour: u32) -> Self {
        let bucket = |quota| (quota, Mutex::new(HashMap::new()));
        Self {
            clock,
            hasher: RandomState::new(),
            buckets: [
                bucket(Quota::an_hour(per_address_hour)),
                bucket(Quota {
                    burst: 10,
                    every: Duration::from_secs(60),
                }),
                bucket(Quota {
                    burst: 1_000,
                    every: Duration::from_millis(100),
                }),
            ],
        }
    }

    /// Takes one try of `key` from its bucket.
    ///
    /// # Errors
    /// [`Limited`] when it is empty; the try then costs nothing.
    pub fn check(&self, kind: Kind, key: &[u8]) -> Result<(), Limited> {
        let now = self.clock.now();
        let [address, step_up, link] = &self.buckets;
        let (quota, keys) = match kind {
            Kind::Address => address,
            Kind::StepUp => step_up,
            Kind::Link => link,
        };
        let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = self.hasher.hash_one(key);
        if keys.len() >= MOST_KEYS && !keys.contains_key(&key) {
            keys.retain(|_, full_at| *full_at > now);
            if keys.len() >= MOST_KEYS {
                key %= SHARED;
            }
        }
        // A leaky bucket kept as one moment (GCRA): each try moves the moment on, and it may run
        // ahead by a burst.
        let full_at = keys
            .get(&key)
            .copied()
            .unwrap_or(now)
            .max(now)
            .plus(quota.every);
        let ahead = full_at.since(now);
        let most = quota.every * quota.burst;
        if ahead > most {
            return Err(Limited {
                retry_after: ahead - most,
            });
        }
        keys.insert(key, full_at);
        Ok(())
    }
}

/// Counts links that are none by the address that tried them. A good link is never limited: the
/// phones of a whole town stand behind a few addresses, and some of them try links that are old.
#[derive(Clone)]
pub struct LinkTry(Option<(Data<Limits>, Vec<u8>)>);

impl LinkTry {
    /// The try that this request is.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let limits = request.app_data::<Data<Limits>>().cloned();
        let Ok(address) =
            ClientAddress::from_request(request, &mut dev::Payload::None).into_inner();
        Self(limits.map(|limits| (limits, address.key().to_vec())))
    }

    /// The link was none.
    ///
    /// # Errors
    /// [`Limited`] where this address has tried too many.
    pub fn missed(&self) -> Result<(), Limited> {
        match &self.0 {
            Some((limits, address)) => limits.check(Kind::Link, address),
            None => Ok(()),
        }
    }
}

/// A layer around the API's routes that take a link: what is not found is counted, and once there
/// is too much of it the answer is 429.
///
/// # Errors
/// What the route fails with, or [`Limited`].
pub async fn few_misses(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let tried = LinkTry::of(request.request());
    let response = next.call(request).await?;
    if response.status() == StatusCode::NOT_FOUND {
        tried.missed().map_err(Failure::from)?;
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> (Limits, Clock) {
        let clock = Clock::manual(At::from_micros(1_000_000));
        (Limits::new(clock.clone(), 100), clock)
    }

    #[test]
    fn ten_step_ups_at_once_and_then_a_wait_that_is_told() {
        let (limits, clock) = limits();
        for _ in 0..10 {
            limits.check(Kind::StepUp, b"a").unwrap();
        }
        let wait = limits.check(Kind::StepUp, b"a").unwrap_err().retry_after;
        assert_eq!(wait, Duration::from_secs(60));
        limits.check(Kind::StepUp, b"b").unwrap();
        clock.advance(wait);
        limits.check(Kind::StepUp, b"a").unwrap();
        assert!(limits.check(Kind::StepUp, b"a").is_err());
    }

    #[test]
    fn one_address_may_sign_in_a_hundred_times_an_hour() {
        let (limits, _) = limits();
        assert!((0..100).all(|_| limits.check(Kind::Address, b"carrier").is_ok()));
        assert!(limits.check(Kind::Address, b"carrier").is_err());
        assert!(limits.check(Kind::Link, b"carrier").is_ok());
    }

    #[test]
    fn a_flood_of_strangers_takes_bounded_memory_and_leaves_the_known_alone() {
        let (limits, _) = limits();
        for _ in 0..10 {
            limits.check(Kind::StepUp, b"known").unwrap();
        }
        for n in 0..(MOST_KEYS as u64 + 5_000) {
            let _ = limits.check(Kind::StepUp, &n.to_be_bytes());
        }
        let kept = limits.buckets[1].1.lock().unwrap().len();
        assert!(kept <= MOST_KEYS + SHARED as usize, "{kept}");
        assert!(limits.check(Kind::StepUp, b"known").is_err());
    }
}
