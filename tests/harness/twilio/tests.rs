//! The fake can fail: each test here makes it do so.

use super::answer::OPTED_OUT;
use super::call::{read, script};
use super::request::{Fields, faults};
use super::{Answer, Twilio, signature};
use crate::harness::client;

const GOOD: [(&str, &str); 4] = [
    ("To", "+526141234567"),
    ("From", "+526140000000"),
    ("Body", "Ana: Ampara te avisa. Codigo 123456"),
    (
        "StatusCallback",
        "https://ampara.test/v1/callbacks/sms/status/1#rc=5&rp=5xx,ct,rt",
    ),
];

async fn send(twilio: &Twilio, secret: &str, form: &[(&str, &str)]) -> (u16, String) {
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Messages.json",
        twilio.base_url(),
        twilio.account_sid()
    );
    let request = client::bare()
        .post(url)
        .basic_auth(twilio.account_sid(), Some(secret))
        .form(form);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[actix_web::test]
async fn a_good_message_is_queued_and_claimed() {
    let twilio = Twilio::start();
    let (status, body) = send(&twilio, twilio.auth_token(), &GOOD).await;
    let sms = twilio.expects_sms("+526141234567").await;
    assert!(status == 201 && body.contains(&sms.sid), "{status} {body}");
    assert_eq!(sms.code(), Some("123456"));
}

#[actix_web::test]
#[should_panic(expected = "unclaimed: [\"SMS to +526141234567")]
async fn an_sms_that_nobody_claims_fails_the_test() {
    let twilio = Twilio::start();
    send(&twilio, twilio.auth_token(), &GOOD).await;
}

#[actix_web::test]
#[should_panic(expected = "wrong account or secret")]
async fn a_wrong_secret_fails_the_test() {
    let twilio = Twilio::start();
    assert_eq!(send(&twilio, "guess", &GOOD).await.0, 401);
}

#[actix_web::test]
async fn answers_come_in_sequence() {
    let twilio = Twilio::start();
    twilio.answers(
        "+526141234567",
        [
            Answer::Refused(OPTED_OUT),
            Answer::TooMany(Some(3)),
            Answer::Broken,
        ],
    );
    for (status, code) in [
        (400, "21610"),
        (429, "20429"),
        (500, "20500"),
        (201, "queued"),
    ] {
        let (got, body) = send(&twilio, twilio.auth_token(), &GOOD).await;
        assert!(got == status && body.contains(code), "{got} {body}");
    }
    assert_eq!(twilio.take_all().len(), 4);
}

#[test]
fn each_broken_rule_is_named() {
    let form = |change: (&str, &str)| -> Fields {
        let kept = GOOD.iter().filter(|(name, _)| *name != change.0);
        kept.chain([&change])
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    };
    assert_eq!(faults(&form(("Body", "x"))), []);
    let breakages = [
        (("To", "6141234567"), 21211),
        (("Body", ""), 21602),
        (("From", "+52 614"), 21212),
        (("StatusCallback", "/relative"), 21609),
        (("ValidityPeriod", "0"), 21626),
        (("Colour", "red"), 20001),
    ];
    for (change, code) in breakages {
        let found = faults(&form(change));
        assert!(
            found.iter().any(|(known, _)| *known == code),
            "{change:?}: {found:?}"
        );
    }
}

#[test]
fn a_signature_covers_the_address_and_each_field_in_order_of_name() {
    // Worked out apart: `printf '%s' 'https://a.test/xA1B2' | openssl dgst -sha1 -hmac k -binary |
    // base64`.
    let signed = signature::sign("https://a.test/x", &[("B", "2"), ("A", "1")], "k");
    assert_eq!(signed, "4DBxqVMRDLR/xlMR1rLFP99JhYU=");
    assert_ne!(
        signed,
        signature::sign("https://b.test/x", &[("B", "2"), ("A", "1")], "k")
    );
}

const TWIML: &str = "<Response><Gather numDigits=\"1\" action=\"https://a.test/k?x=1&amp;y=2\" method=\"POST\">\
    <Say language=\"es-MX\">A &amp; B</Say><Pause length=\"1\"/><Say language=\"es-MX\">A &amp; B</Say></Gather></Response>";

#[test]
fn a_call_is_read_and_each_broken_rule_is_named() {
    let form = |change: (&str, &str)| -> Fields {
        let good = [
            ("To", "+526141234567"),
            ("From", "+526140000000"),
            ("Twiml", TWIML),
            ("Timeout", "25"),
            (
                "StatusCallback",
                "https://ampara.test/v1/callbacks/voice/status/1",
            ),
            ("StatusCallbackEvent", "completed"),
        ];
        let kept = good.into_iter().filter(|(name, _)| *name != change.0);
        kept.chain([change])
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect()
    };
    let call = read(&form(("Timeout", "25"))).unwrap();
    assert_eq!(
        (call.said, call.keys.as_str()),
        (vec!["A & B".to_owned(); 2], "https://a.test/k?x=1&y=2")
    );
    let breakages = [
        (("To", "6141234567"), 21211),
        (("From", "MG1"), 21212),
        (("Timeout", "0"), 21208),
        (("StatusCallbackEvent", "ringing"), 21609),
        (("Twiml", "<Response></Response>"), 12100),
        (("Url", "https://a.test"), 20001),
    ];
    for (change, code) in breakages {
        let found = read(&form(change)).unwrap_err();
        assert!(
            found.iter().any(|(known, _)| *known == code),
            "{change:?}: {found:?}"
        );
    }
}

#[test]
fn markup_that_a_parser_would_refuse_is_refused() {
    let bad = [
        "<Say language=\"x\">a</Say>",
        "<Response><Say language=\"x\">a & b</Say></Response>",
        "<Response><Say>a</Response>",
        "<Response><Dial>1</Dial></Response>",
        "<Response>a</Response>",
        "<Response><Say language=\"x\">a</Say>",
    ];
    for bad in bad {
        assert!(script(bad).is_err(), "{bad}");
    }
}
