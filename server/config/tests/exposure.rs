//! What would expose her data on the network is refused.

use super::*;

#[test]
fn a_public_bind_needs_tls_or_a_proxy() {
    for bind in ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:443"] {
        assert_eq!(refused(with(&[("AMPARA_HTTP__BIND", bind)])), "http.bind");
        let proxy = ("AMPARA_HTTP__TRUSTED_PROXIES", "10.0.0.1");
        assert!(
            with(&[("AMPARA_HTTP__BIND", bind), proxy]).is_ok(),
            "{bind} behind a proxy"
        );
        let tls = [
            ("AMPARA_HTTP__TLS__CERT_FILE", "/c"),
            ("AMPARA_HTTP__TLS__KEY_FILE", "/k"),
        ];
        assert!(
            with(&[[("AMPARA_HTTP__BIND", bind)].as_slice(), &tls].concat()).is_ok(),
            "{bind} with TLS"
        );
        assert_eq!(
            refused(with(&[("AMPARA_HTTP__BIND", bind), tls[0]])),
            "http.tls"
        );
    }
    for bind in ["127.0.0.1:0", "[::1]:8080"] {
        assert!(with(&[("AMPARA_HTTP__BIND", bind)]).is_ok(), "{bind}");
    }
    assert_eq!(
        refused(with(&[("AMPARA_HTTP__BIND", "127.0.0.1")])),
        "http.bind"
    );
}

#[test]
fn what_would_send_secrets_in_the_clear_is_refused() {
    for (name, key) in [
        ("AMPARA_HTTP__PUBLIC_URL", "http.public_url"),
        ("AMPARA_FCM__BASE_URL", "fcm.base_url"),
        ("AMPARA_SMS__BASE_URL", "sms.base_url"),
    ] {
        for bad in [
            "http://example.org",
            "http://127.0.0.1.example.org",
            "http://127.0.0.1@example.org",
            "http://127.0.0.1:x@example.org",
            "https://",
            "ftp://x",
            "x",
        ] {
            assert_eq!(refused(with(&[(name, bad)])), key, "{bad}");
        }
        for good in [
            "https://alerta.example",
            "http://127.0.0.1:9",
            "http://localhost:9/base",
            "http://[::1]:9",
            "http://127.0.0.1",
        ] {
            assert!(with(&[(name, good)]).is_ok(), "{good}");
        }
    }
    assert_eq!(
        refused(with(&[("AMPARA_DATABASE__URL", "postgres://db.example/x")])),
        "database.url"
    );
}
