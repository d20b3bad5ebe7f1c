//! Over what this server would reach an address, and whether anything leaves over it just now.

use super::standing::Standing;
use crate::config;
use crate::delivery::Channels;
use crate::delivery::addresses::LiveAddress;
use crate::delivery::model::{Channel, Medium};
use crate::municipality::Senders;

/// The ways out of this server, for one municipality.
pub(super) struct Ways<'d> {
    channels: &'d Channels,
    texts: bool,
    calls: bool,
    tonight: Option<(&'d Standing, &'d config::Health)>,
}

impl<'d> Ways<'d> {
    /// `tonight`: how this node stands; without it everything is taken to leave.
    pub(super) fn new(
        channels: &'d Channels,
        senders: &Senders,
        tonight: Option<(&'d Standing, &'d config::Health)>,
    ) -> Self {
        Self {
            channels,
            texts: !senders.texts.is_empty() && channels.texts(),
            calls: !senders.calls.is_empty() && channels.calls(),
            tonight,
        }
    }

    /// Whether this server can send there, and whether it does just now.
    pub(super) fn of(&self, address: &LiveAddress) -> (bool, bool) {
        let channels = self.channels;
        let (offered, providers) = match address.channel.medium() {
            Medium::Text => {
                let gateways = channels.sms.iter().map(|sms| sms.gateway().name());
                (self.texts, gateways.map(str::to_owned).collect())
            }
            Medium::Call => {
                let gateways = channels.voice.iter().map(|voice| voice.gateway().name());
                (self.calls, gateways.map(str::to_owned).collect())
            }
            Medium::Email => (
                channels.email.is_some(),
                vec![Channel::Email.as_str().to_owned()],
            ),
            Medium::Push | Medium::Webhook => {
                let app = address.app_id.as_deref().unwrap_or_default();
                let breaker = format!("{}/{app}", Channel::Fcm);
                (channels.pushes(app), vec![breaker])
            }
        };
        let leaves = self.tonight.is_none_or(|(stands, limits)| {
            let asked = stands.asks_any(&providers) || channels.terminal.is_some();
            stands.sends(limits) && asked
        });
        (offered, leaves)
    }
}
