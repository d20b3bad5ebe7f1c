//! From where a request comes.

use std::collections::HashSet;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::HeaderMap;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev};

/// The proxies whose word is taken on where a request came from (`http.trusted_proxies`).
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(HashSet<IpAddr>);

impl TrustedProxies {
    /// Reads the addresses of the setting.
    ///
    /// # Errors
    /// The first text that is no IP address.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        texts
            .iter()
            .map(|text| text.parse::<IpAddr>().map(plain).map_err(|_| text.clone()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The address that limits count: the peer, unless it is a trusted proxy; then the right-most
    /// address in `X-Forwarded-For` that no trusted proxy has. Any client could have
    /// written the addresses to its left.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = plain(peer);
        if !self.0.contains(&client) {
            if headers.contains_key("x-forwarded-for") {
                note_ignored();
            }
            return client;
        }
        let chain: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(','))
            .collect();
        for hop in chain.iter().rev() {
            let Some(address) = address_of(hop.trim()) else {
                break;
            };
            client = address;
            if !self.0.contains(&client) {
                break;
            }
        }
        client
    }
}

static IGNORED: AtomicU64 = AtomicU64::new(0);

/// How many requests of this process came with an `X-Forwarded-For` that was ignored, because no
/// trusted proxy had sent it.
#[must_use]
pub fn forwarded_ignored() -> u64 {
    IGNORED.load(Ordering::Relaxed)
}

/// Either a caller pretends to be a proxy, or a proxy is missing from the settings. The first is
/// told in the log, the number by the metrics.
fn note_ignored() {
    if IGNORED.fetch_add(1, Ordering::Relaxed) == 0 {
        tracing::warn!(
            "X-Forwarded-For from an address that http.trusted_proxies does not name is ignored: if it is your proxy's, \
             name it there"
        );
    }
}

/// Whether a request comes from this machine or from a trusted proxy's own: for ops of the
/// server. What a proxy that is not trusted passes on, or without naming the client, is not believed
/// to come from here.
#[must_use]
pub fn is_ours(req: &HttpRequest) -> bool {
    let Some(peer) = req.peer_addr().map(|peer| plain(peer.ip())) else {
        return false;
    };
    let none = TrustedProxies::default();
    let proxies = req
        .app_data::<Data<TrustedProxies>>()
        .map_or(&none, |proxies| proxies.get_ref());
    let named = req.headers().contains_key("x-forwarded-for");
    let passed_on = named
        || ["forwarded", "via"]
            .iter()
            .any(|name| req.headers().contains_key(*name));
    if passed_on && !(named && proxies.0.contains(&peer)) {
        return false;
    }
    let client = proxies.client(peer, req.headers());
    client.is_loopback() || proxies.0.contains(&client)
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`.
fn address_of(hop: &str) -> Option<IpAddr> {
    let bare = hop
        .strip_prefix('[')
        .and_then(|h| h.split(']').next())
        .unwrap_or(hop);
    bare.parse()
        .ok()
        .or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|a| a.ip()))
        .map(plain)
}

/// An IPv4 address that came over an IPv6 socket is the same address.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// The caller's address, as an extractor that never fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What limits count by: the address, or for IPv6 its /64, of which one subscriber has all.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        match self.0 {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().into_iter().take(8).collect(),
        }
    }
}

impl std::fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAddress(…)")
    }
}

impl FromRequest for ClientAddress {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let peer = req
            .peer_addr()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |a| a.ip());
        let client = match req.app_data::<Data<TrustedProxies>>() {
            Some(proxies) => proxies.client(peer, req.headers()),
            None => plain(peer),
        };
        ready(Ok(Self(client)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn what_an_unnamed_proxy_says_is_ignored_and_counted() {
        let before = forwarded_ignored();
        assert_eq!(client("192.0.2.7", &["203.0.113.9"]), "192.0.2.7");
        assert!(forwarded_ignored() > before);
    }

    fn client(peer: &str, forwarded: &[&'static str]) -> String {
        let proxies = TrustedProxies::parse(&["10.0.0.1".into(), "10.0.0.2".into()]).unwrap();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_static(value),
            );
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed_about_where_it_comes_from() {
        assert_eq!(client("203.0.113.9", &["192.0.2.1"]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_names_the_right_most_address_that_is_not_a_proxys() {
        assert_eq!(
            client("10.0.0.1", &["198.51.100.7, 192.0.2.1, 10.0.0.2"]),
            "192.0.2.1"
        );
        assert_eq!(
            client("10.0.0.1", &["198.51.100.7", "192.0.2.1"]),
            "192.0.2.1"
        );
        assert_eq!(
            client("::ffff:10.0.0.1", &["[2001:db8::1]:443"]),
            "2001:db8::1"
        );
        assert_eq!(client("10.0.0.1", &["192.0.2.1:5000"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["192.0.2.1, nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn one_subscriber_cannot_walk_through_its_ipv6_addresses() {
        let key = |text: &str| ClientAddress(text.parse().unwrap()).key();
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }
}
