//! Texts that a phone sends to one of the server's numbers, as the gateway reports them.

use reqwest::StatusCode;

use super::{Twilio, held, signature};

impl Twilio {
    /// The same under a reference of the gateway's own, by which one report is known from another.
    pub async fn inbound_as(
        &self,
        sid: &str,
        path: &str,
        from: &str,
        to: &str,
        words: &str,
    ) -> StatusCode {
        let fields = [
            ("AccountSid", self.account_sid()),
            ("ApiVersion", "2010-04-01"),
            ("Body", words),
            ("From", from),
            ("MessageSid", sid),
            ("NumMedia", "0"),
            ("NumSegments", "1"),
            ("SmsMessageSid", sid),
            ("SmsSid", sid),
            ("SmsStatus", "received"),
            ("To", to),
        ];
        let url = format!("{}{path}", held(&self.served).public_url);
        self.post(
            &url,
            &fields,
            &signature::sign(&url, &fields, self.auth_token()),
        )
        .await
        .status
    }
}
