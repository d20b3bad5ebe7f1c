//! A phone that has signed in by the code it was sent.

use ampara::municipality::chihuahua;
use serde_json::{Value, json};

use super::Town;
use crate::harness::client::Client;
use crate::harness::settings::APP;

/// What a device holds after signing in.
pub struct Account<'t> {
    /// Where.
    pub town: &'t Town,
    /// E.164.
    pub phone: String,
    /// The device's id.
    pub device: String,
    /// The session's id.
    pub session: String,
    /// The access token, good for 15 minutes.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The alert token.
    pub alert_token: String,
}

fn text(tokens: &Value, key: &str) -> String {
    tokens[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {tokens}"))
        .to_owned()
}

impl<'t> Account<'t> {
    /// Asks for a code, reads it from the SMS, and gives it back.
    pub async fn signs_in(town: &'t Town, phone: &str) -> Self {
        Self::signs_in_at(town, phone, chihuahua::CODE, chihuahua::NOTICE_VERSION).await
    }

    /// The same as one of another municipality's people, by its code and its notice's version.
    pub async fn signs_in_at(town: &'t Town, phone: &str, code_of: &str, notice: &str) -> Self {
        let anyone = town.app.anyone();
        anyone
            .post("/v1/sign-in", &json!({ "phone": phone }))
            .await
            .expect(202);
        town.app.settle().await;
        let sms = town.app.twilio.expects_sms(phone).await;
        let code = sms
            .code()
            .unwrap_or_else(|| panic!("no code in {:?}", sms.body))
            .to_owned();
        let body = json!({
            "phone": phone, "code": code, "municipality": code_of, "privacy_notice": notice,
            "device": { "platform": "android", "label": "Moto" },
        });
        let tokens = anyone.post("/v1/sign-in/verify", &body).await.expect(200);
        Self {
            town,
            phone: phone.to_owned(),
            device: text(&tokens, "device"),
            session: text(&tokens, "session"),
            access: text(&tokens, "access"),
            refresh: text(&tokens, "refresh"),
            alert_token: text(&tokens, "alert_token"),
        }
    }

    /// Speaks with the access token.
    pub fn client(&self) -> Client {
        self.town.app.anyone().with_bearer(&self.access)
    }

    /// Speaks with the alert token.
    pub fn alarm(&self) -> Client {
        self.town.app.anyone().with_bearer(&self.alert_token)
    }

    /// Gets the next access token.
    pub async fn refreshes(&mut self) {
        let body = json!({ "refresh": self.refresh });
        let tokens = self
            .town
            .app
            .anyone()
            .post("/v1/sessions/refresh", &body)
            .await
            .expect(200);
        self.access = text(&tokens, "access");
        self.refresh = text(&tokens, "refresh");
    }

    /// Sets the person's PIN.
    pub async fn sets_pin(&self, pin: &str) {
        self.client()
            .put("/v1/me/pin", &json!({ "pin": pin }))
            .await
            .expect(204);
    }

    /// Tells the server where this device takes pushes.
    pub async fn takes_pushes_at(&self, token: &str) {
        let body =
            json!({ "platform": "android", "app_id": APP, "provider": "fcm", "token": token });
        self.client()
            .put(&format!("/v1/devices/{}/push", self.device), &body)
            .await
            .expect(204);
    }
}
