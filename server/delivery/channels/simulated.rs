//! What a simulator puts in the providers' place: no sockets, and nothing left to chance.

use futures_util::future::BoxFuture;

use super::terminal::client::Shown;
use super::verdict::Answer;

/// Answers for all providers.
pub trait Script: Send + Sync {
    /// Takes a message; the answer may come as late as the simulator likes.
    fn send(&self, message: Shown) -> BoxFuture<'static, Answer>;

    /// Uniform in 0..1, in place of chance.
    fn jitter(&self) -> f64;
}
