//! Channels that show messages on a terminal: the demo's and a rehearsal's.

use std::sync::Arc;

use super::Channels;
use super::terminal::client::{Client, Leaves, Printer};
use super::terminal::fictional::FictionalNumbers;
use crate::clock::Clock;
use crate::config::{Config, FcmApp};
use crate::delivery::error::DeliveryError;
use crate::delivery::outbox::message::SendJob;

impl Channels {
    /// The demo's: every message is shown, whichever channel it is for, and none is sent.
    #[must_use]
    pub fn demo(printer: Printer) -> Self {
        Self {
            terminal: Some(Client::new(printer, Leaves::Nothing)),
            fictional: Some(FictionalNumbers::of_the_demo()),
            ..Self::default()
        }
    }

    /// The demo's, and pushes of `app` leave as well. The rest of `config` is not used.
    ///
    /// # Errors
    /// As [`Channels::from_config`].
    pub fn demo_with_pushes(
        printer: Printer,
        config: &Config,
        clock: &Clock,
        app: &FcmApp,
    ) -> Result<Self, DeliveryError> {
        let mut config = config.clone();
        config.fcm.apps = vec![app.clone()];
        for section in [&mut config.sms.second, &mut config.voice] {
            section.auth_token_file = None;
        }
        config.sms.auth_token_file = None;
        config.email.host.clear();
        let leaves = Leaves::PushesOf(app.app_id.clone());
        Ok(Self {
            fcm: Self::from_config(&config, clock)?.fcm,
            terminal: Some(Client::new(printer, leaves)),
            ..Self::demo(Arc::new(|_| {}))
        })
    }

    /// A rehearsal's: texts and calls to `number` (E.164) leave, all else is shown alone.
    ///
    /// # Errors
    /// As [`Channels::from_config`].
    pub fn rehearsal(
        printer: Printer,
        config: &Config,
        clock: &Clock,
        number: &str,
    ) -> Result<Self, DeliveryError> {
        let Self { sms, voice, .. } = Self::from_config(config, clock)?;
        let leaves = Leaves::To(number.to_owned());
        Ok(Self {
            sms,
            voice,
            terminal: Some(Client::new(printer, leaves)),
            ..Self::default()
        })
    }

    /// Whether a provider is asked to send it; else it is shown alone, or a script answers.
    pub(super) fn leaves(&self, job: &SendJob) -> bool {
        let shown_alone = self.terminal.as_ref().is_some_and(|t| !t.lets_out(job));
        self.script.is_none() && !shown_alone
    }
}
