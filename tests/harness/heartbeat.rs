//! The heartbeat as an app reads it: verified by the server's published keys, or not believed.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use super::app::TestApp;
use super::schemas::faults;

/// What the statement says, once its signature, its `typ` and its `aud` are found good.
///
/// # Panics
/// When there is none, or it is not to be believed.
pub async fn heard(app: &TestApp) -> Value {
    let statement = app.anyone().get("/v1/heartbeat").await.expect(200);
    let jws = statement["heartbeat"].as_str().unwrap();
    let header = decode_header(jws).unwrap();
    assert_eq!(
        (header.alg, header.typ.as_deref()),
        (Algorithm::EdDSA, Some("heartbeat+jwt"))
    );
    let jwks = app.anyone().get("/.well-known/jwks.json").await.expect(200);
    let keys = jwks["keys"].as_array().unwrap();
    let key = keys
        .iter()
        .find(|key| key["kid"].as_str() == header.kid.as_deref())
        .expect("a key that is published");
    let mut pinned = Validation::new(Algorithm::EdDSA);
    pinned.set_audience(&["ampara-heartbeat"]);
    pinned.set_issuer(&["ampara"]);
    // By the manual clock: the story says whether it is too old.
    pinned.validate_exp = false;
    let key = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
    let claims = decode::<Value>(jws, &key, &pinned).unwrap().claims;
    let schema = json!({ "$ref": "#/components/schemas/HeartbeatClaims" });
    let wrong = faults(&schema, &claims, "heartbeat");
    assert!(wrong.is_empty(), "{wrong:?}");
    claims
}
