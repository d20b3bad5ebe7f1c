//! How a room's error becomes an answer.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::db::DbError;
use crate::seal::SealError;

use super::codes::Code;
use super::problem::Problem;
use crate::language::Language;

/// A room's one error enum. Its `Display` goes to the log when it raises an alarm, so it holds
/// nothing personal: no phone, name, place, token, and no text that a client sent.
pub trait ApiError: std::error::Error {
    /// What the caller is told.
    fn problem(&self) -> Problem;

    /// The error of a lower room that this one passes on, if it does.
    fn passed_on(&self) -> Option<&dyn ApiError> {
        None
    }

    /// Whether a person should look at it tonight: our database is gone, a key is missing. Never
    /// true for what a client can bring about at will. An error that is passed on raises an alarm
    /// where the lower room's does: a database that is busy for a moment raises none by any route.
    fn raises_alarm(&self) -> bool {
        match self.passed_on() {
            Some(error) => error.raises_alarm(),
            None => self.problem().code().status >= 500,
        }
    }
}

impl ApiError for Problem {
    fn problem(&self) -> Problem {
        self.clone()
    }
}

impl ApiError for DbError {
    fn problem(&self) -> Problem {
        match self {
            Self::NotFound => Problem::of(Code::NOT_FOUND),
            Self::Violation(_) => Problem::of(Code::CONFLICT),
            passing if passing.is_passing() => {
                Problem::of(Code::BUSY).retry_after(Duration::from_secs(1))
            }
            _ => Problem::of(Code::INTERNAL),
        }
    }

    fn raises_alarm(&self) -> bool {
        // Crowded for a moment is no reason; a full disk, a lost database or a broken promise of
        // ours is.
        !matches!(
            self,
            Self::NotFound
                | Self::Violation(_)
                | Self::Busy
                | Self::TimedOut
                | Self::Contended
                | Self::Locked
        )
    }
}

impl ApiError for SealError {
    fn problem(&self) -> Problem {
        Problem::of(Code::INTERNAL)
    }

    fn raises_alarm(&self) -> bool {
        // An epoch's end is by design.
        !matches!(self, Self::EpochDestroyed(_))
    }
}

/// What a handler returns when it does not succeed: made by `?` from any [`ApiError`], logged as it is
/// made, inside the request's span and thus beside its request id.
#[derive(Debug)]
pub struct Failure(Problem);

impl Failure {
    /// The problem the caller is told.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl<E: ApiError> From<E> for Failure {
    fn from(fault: E) -> Self {
        let problem = fault.problem();
        let code = problem.code().code;
        if fault.raises_alarm() {
            tracing::error!(code, alarm = true, cause = %Chain(&fault), "request failed");
        } else if problem.code().status >= 500 {
            tracing::warn!(code, cause = %Chain(&fault), "request failed");
        } else {
            tracing::debug!(code, "request refused");
        }
        Self(problem)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.0.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.0.render(Language::default(), None, None)
    }
}

/// An error and what caused it, on one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::{Event, Subscriber};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::*;

    /// Counts the events of this thread that the ops webhook takes for alarms.
    struct Alarms(Arc<Mutex<usize>>);

    impl<S: Subscriber> Layer<S> for Alarms {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            event.record(&mut Marked(&self.0));
        }
    }

    struct Marked<'a>(&'a Mutex<usize>);

    impl Visit for Marked<'_> {
        fn record_bool(&mut self, field: &Field, value: bool) {
            *self.0.lock().unwrap() += usize::from(field.name() == "alarm" && value);
        }

        fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
    }

    #[test]
    fn an_error_that_a_person_should_see_is_an_alarm() {
        let alarms = Arc::new(Mutex::new(0));
        let subscriber = tracing_subscriber::registry().with(Alarms(alarms.clone()));
        tracing::subscriber::with_default(subscriber, || {
            for (error, raises) in [
                (DbError::Broken, 1),
                (DbError::Unreachable, 1),
                (DbError::Busy, 0),
                (DbError::NotFound, 0),
            ] {
                *alarms.lock().unwrap() = 0;
                let name = error.to_string();
                let _ = Failure::from(error);
                assert_eq!(*alarms.lock().unwrap(), raises, "{name}");
            }
        });
    }
}
