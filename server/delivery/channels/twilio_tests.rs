//! The signature, and what answers mean.

use super::*;

fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn signature(token: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[test]
fn keys_are_signed_in_their_order_whatever_order_they_came_in() {
    let good = signature("secret", "https://a.mx/v1/cbBodyhiFrom+526140000000");
    let sent = form(&[("From", "+526140000000"), ("Body", "hi")]);
    assert!(is_signed("secret", "https://a.mx/v1/cb", &sent, &good));
    assert!(!is_signed("other", "https://a.mx/v1/cb", &sent, &good));
    assert!(!is_signed("secret", "https://b.mx/v1/cb", &sent, &good));
    assert!(!is_signed(
        "secret",
        "https://a.mx/v1/cb",
        &form(&[("Body", "hi")]),
        &good
    ));
    for bad in ["", "%%%", "AAAA"] {
        assert!(!is_signed("secret", "https://a.mx/v1/cb", &sent, bad));
    }
}

#[test]
fn whatever_says_that_it_took_the_message_took_it_once() {
    for (status, body) in [
        (200, r#"{"sid":"SM1"}"#),
        (201, r#"{"sid":"SM1","status":"queued","error_code":null}"#),
        (202, r#"{"sid":"SM1"}"#),
    ] {
        assert_eq!(
            Taken::read(status, body.as_bytes()),
            Some(Ok(Some("SM1".to_owned())))
        );
    }
    for (status, body) in [(202, ""), (204, " "), (202, r#"{"message":"accepted"}"#)] {
        assert_eq!(
            Taken::read(status, body.as_bytes()),
            Some(Ok(None)),
            "{body}"
        );
    }
    for (body, code) in [
        (
            r#"{"sid":"SM1","status":"failed","error_code":30006}"#,
            30_006,
        ),
        (
            r#"{"sid":"SM1","status":"failed","error_code":"21610"}"#,
            21_610,
        ),
        (r#"{"sid":"SM1","status":"Canceled"}"#, 0),
    ] {
        assert_eq!(Taken::read(201, body.as_bytes()), Some(Err(code)));
    }
    for (status, body) in [
        (200, "<html>sign in</html>"),
        (200, ""),
        (200, "{}"),
        (201, "[]"),
    ] {
        assert_eq!(Taken::read(status, body.as_bytes()), None, "{body}");
    }
}

#[test]
fn the_first_row_that_fits_decides() {
    static TABLE: Table = &[
        (
            Saying::Code(13_224),
            hard(R::BadAddress, AddressAction::Retire, false),
        ),
        (
            Saying::Thousand(13),
            hard(R::BadRequest, AddressAction::Keep, true),
        ),
    ];
    let of = |status, code: i64| verdict(TABLE, status, format!("{{\"code\":{code}}}").as_bytes());
    assert_eq!(
        of(400, 13_224),
        (
            hard(R::BadAddress, AddressAction::Retire, false),
            "400 13224".to_owned()
        )
    );
    assert_eq!(
        of(400, 13_999).0,
        hard(R::BadRequest, AddressAction::Keep, true)
    );
    assert_eq!(
        of(401, 9).0,
        hard(R::NotAuthorised, AddressAction::Keep, true),
        "a code that no row knows"
    );
    assert_eq!(verdict(TABLE, 429, b"<html>"), (QUOTA, "429".to_owned()));
    assert_eq!(
        verdict(TABLE, 999, b"").0,
        again(R::Internal),
        "what no row knows may pass"
    );
}
