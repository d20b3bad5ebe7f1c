//! Delivery against real databases and strict fakes of the providers.

mod addresses;
mod alike;
mod breaker;
mod callbacks;
mod clocks;
mod crashes;
mod emails;
mod outbox;
mod outcomes;
mod receipts;
mod running;
mod stage;
mod texts;
mod webhooks;
