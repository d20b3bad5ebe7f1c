//! Sends one text message through a Twilio-compatible gateway.

use reqwest::header::RETRY_AFTER;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::errors::verdict;
use crate::clock::Clock;
use crate::delivery::answer::{AddressFate, Answer, Verdict, unanswered};
use crate::delivery::gsm7::transliterate;
use crate::delivery::model::FailReason;
use crate::delivery::parcel::Content;
use crate::delivery::parcel::Job;
use crate::delivery::retry;

/// The account at the gateway.
pub struct Account {
    /// Without a slash at its end.
    pub base_url: String,
    /// The account's name.
    pub sid: String,
    /// Its secret: sends, and signs what comes back.
    pub auth_token: SecretString,
    /// Our own address as the gateway sees it, without a slash at its end: receipts come there.
    pub public_url: String,
}

/// The gateway.
pub struct Client {
    http: reqwest::Client,
    clock: Clock,
    account: Account,
    url: String,
}

#[derive(Deserialize)]
struct Taken {
    sid: Option<String>,
}

impl Client {
    /// A client for one account.
    #[must_use]
    pub fn new(http: &reqwest::Client, clock: &Clock, account: Account) -> Self {
        let base = account.base_url.trim_end_matches('/');
        let url = format!("{base}/2010-04-01/Accounts/{}/Messages.json", account.sid);
        Self { http: http.clone(), clock: clock.clone(), account, url }
    }

    /// The account, for those who check what the gateway sends us.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Sends it once.
    pub async fn send(&self, job: &Job) -> Answer {
        let Content::Sms { text, .. } = &job.parcel.content else {
            return broken(FailReason::BadRequest, "sms: no text");
        };
        let Some(sender) = job.sender.as_deref().filter(|s| !s.is_empty()) else {
            return broken(FailReason::NotConfigured, "sms: no sender");
        };
        let from = if sender.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let public = self.account.public_url.trim_end_matches('/');
        let body = transliterate(text);
        let callback = format!("{public}/v1/callbacks/sms/status/{}", job.id);
        let form = [("To", job.parcel.to.expose()), (from, sender), ("Body", &body), ("StatusCallback", &callback)];
        let request = self.http.post(&self.url).form(&form);
        let request = request.basic_auth(&self.account.sid, Some(self.account.auth_token.expose_secret()));
        let response = match request.send().await {
            Ok(response) => response,
            Err(e) => return unanswered(&e),
        };
        let status = response.status().as_u16();
        let asked = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok());
        let retry_after = asked.and_then(|v| retry::retry_after(v, self.clock.now()));
        let bytes = match response.bytes().await {
            Ok(bytes) => bytes,
            Err(e) => return unanswered(&e),
        };
        if matches!(status, 200 | 201)
            && let Ok(Taken { sid: Some(sid) }) = serde_json::from_slice(&bytes)
        {
            let provider_ref = Some(sid.chars().take(64).collect());
            return Answer { provider_ref, ..Answer::of(Verdict::Sent, &format!("sms {status}")) };
        }
        let (verdict, cause) = verdict(status, &bytes);
        Answer { retry_after, ..Answer::of(verdict, &cause) }
    }

    /// Whether the gateway answers and knows the account; what it says if not. For `doctor`.
    pub async fn unreachable(&self) -> Option<String> {
        let answer = self.probe().await;
        (answer.verdict != Verdict::Sent).then_some(answer.cause)
    }

    /// Asks the gateway for the account: sends nothing to anybody.
    pub async fn probe(&self) -> Answer {
        let url =
            format!("{}/2010-04-01/Accounts/{}.json", self.account.base_url.trim_end_matches('/'), self.account.sid);
        let token = self.account.auth_token.expose_secret();
        match self.http.get(url).basic_auth(&self.account.sid, Some(token)).send().await {
            Err(e) => unanswered(&e),
            Ok(response) => {
                let status = response.status();
                let verdict = if status.is_success() { Verdict::Sent } else { verdict(status.as_u16(), b"").0 };
                Answer::of(verdict, &format!("sms {}", status.as_u16()))
            }
        }
    }
}

fn broken(reason: FailReason, cause: &str) -> Answer {
    Answer::of(Verdict::Failed { reason, address: AddressFate::Keep, alarm: true }, cause)
}
