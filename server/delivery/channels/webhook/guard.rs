//! Keeps a webhook from being sent where only this server can go: to the database beside it, to a
//! cloud's metadata, to a printer (server-side request forgery).
//!
//! A name is resolved here and nowhere else, all its addresses are judged, and the connection is
//! made to those very addresses: between the judgement and the connection there is no second look
//! at the name, so that a name which changes its mind (rebinding) gains nothing.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::ranges::{self, is_public};

/// Why nothing is sent there. The words name no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a URL with a host, or one with a space in it.
    #[error("is no URL")]
    Url,
    /// Neither https, nor http within what `webhook.allow` names.
    #[error("is not https")]
    Scheme,
    /// A name or password in front of the host.
    #[error("has a name or password in it")]
    Credentials,
    /// A port of some other service.
    #[error("has a port other than 443 or 1024 and above")]
    Port,
    /// The name has no address.
    #[error("has a name that does not resolve")]
    Unresolved,
    /// One of its addresses is inside a network, and `webhook.allow` does not name it.
    #[error("leads inside a network that webhook.allow does not name")]
    Inside,
}

/// What a look-up comes to.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows the addresses of names.
pub trait Names: Send + Sync {
    /// All addresses of a host.
    fn addresses(&self, host: &str) -> Looking;
}

/// As the machine resolves them.
struct System;

impl Names for System {
    fn addresses(&self, host: &str) -> Looking {
        let host = host.to_owned();
        Box::pin(async move {
            Ok(tokio::net::lookup_host((host, 0))
                .await?
                .map(|found| found.ip())
                .collect())
        })
    }
}

/// Judges where webhooks go. Clones share it.
#[derive(Clone)]
pub struct Guard {
    allow: Arc<[IpNet]>,
    names: Arc<dyn Names>,
}

impl Guard {
    /// With what `webhook.allow` names.
    ///
    /// # Errors
    /// The text that is no range.
    pub fn new(allow: &[String]) -> Result<Self, String> {
        let read = |text: &String| ranges::parse(text).ok_or_else(|| text.clone());
        Ok(Self {
            allow: allow.iter().map(read).collect::<Result<_, _>>()?,
            names: Arc::new(System),
        })
    }

    /// The same, with names looked up elsewhere.
    #[must_use]
    pub fn with_names(self, names: Arc<dyn Names>) -> Self {
        Self { names, ..self }
    }

    /// What can be judged without a network request.
    ///
    /// # Errors
    /// [`Refused`], but for a name whose addresses are not known yet.
    pub fn read(&self, text: &str) -> Result<Url, Refused> {
        let url = Url::parse(text)
            .ok()
            .filter(|_| !text.contains(char::is_whitespace))
            .ok_or(Refused::Url)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(Refused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let host = url.host_str().ok_or(Refused::Url)?;
        // Plain http has no port of its own here: 80 is refused as any low one is.
        if !url
            .port_or_known_default()
            .is_some_and(|port| port == 443 || port >= 1024)
        {
            return Err(Refused::Port);
        }
        // A host that is an address is never looked up: the connection goes straight there.
        if let Ok(ip) = host.trim_matches(['[', ']']).parse() {
            self.judge(is_plain(&url), &[ip])?;
        }
        Ok(url)
    }

    /// Everything: reads it, looks its name up, judges every address.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn check(&self, text: &str) -> Result<Url, Refused> {
        let url = self.read(text)?;
        let host = url.host_str().ok_or(Refused::Url)?;
        if host.trim_matches(['[', ']']).parse::<IpAddr>().is_err() {
            self.look_up(host, is_plain(&url)).await?;
        }
        Ok(url)
    }

    /// The addresses of a host, if each of them may be connected to.
    async fn look_up(&self, host: &str, plain: bool) -> Result<Vec<IpAddr>, Refused> {
        let found = self
            .names
            .addresses(host)
            .await
            .map_err(|_| Refused::Unresolved)?;
        self.judge(plain, &found)?;
        Ok(found)
    }

    /// One that may not is enough: a name with two faces is refused whichever it shows first.
    fn judge(&self, plain: bool, addresses: &[IpAddr]) -> Result<(), Refused> {
        if addresses.is_empty() {
            return Err(Refused::Unresolved);
        }
        let named = |ip: &IpAddr| ranges::in_any(&self.allow, *ip);
        match addresses
            .iter()
            .all(|ip| named(ip) || (!plain && is_public(*ip)))
        {
            true => Ok(()),
            false if plain && addresses.iter().all(|ip| is_public(*ip)) => Err(Refused::Scheme),
            false => Err(Refused::Inside),
        }
    }

    /// Resolves for a client: it connects to what was judged, and to nothing else.
    pub(super) fn resolver(&self, plain: bool) -> Judged {
        Judged {
            guard: self.clone(),
            plain,
        }
    }
}

pub(super) fn is_plain(url: &Url) -> bool {
    url.scheme() == "http"
}

/// See [`Guard::resolver`].
pub(super) struct Judged {
    guard: Guard,
    plain: bool,
}

impl Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, plain) = (self.guard.clone(), self.plain);
        Box::pin(async move {
            let found = guard.look_up(name.as_str(), plain).await?;
            let found: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    struct Book(HashMap<&'static str, Vec<IpAddr>>);

    impl Names for Book {
        fn addresses(&self, host: &str) -> Looking {
            let found = self.0.get(host).cloned();
            Box::pin(async move { found.ok_or_else(|| io::Error::other("no such host")) })
        }
    }

    fn guard(allow: &[&str]) -> Guard {
        let book = [
            ("pager.example", vec!["9.9.9.9"]),
            ("inside.example", vec!["10.0.0.7"]),
            ("both.example", vec!["9.9.9.9", "10.0.0.7"]),
            ("localhost", vec!["127.0.0.1", "::1"]),
            ("empty.example", vec![]),
            ("six.example", vec!["::ffff:169.254.169.254"]),
        ];
        let book =
            book.map(|(name, ips)| (name, ips.iter().map(|ip| ip.parse().unwrap()).collect()));
        let allow: Vec<String> = allow.iter().map(|text| (*text).to_owned()).collect();
        Guard::new(&allow)
            .unwrap()
            .with_names(Arc::new(Book(book.into())))
    }

    async fn told(guard: &Guard, url: &str) -> Result<(), Refused> {
        guard.check(url).await.map(drop)
    }

    #[tokio::test]
    #[rustfmt::skip]
    async fn a_url_is_judged_by_all_that_can_be_seen_of_it() {
        let guard = guard(&[]);
        let cases = [
            ("https://pager.example/hook?a=b", Ok(())),
            ("https://pager.example:8443/", Ok(())),
            ("https://9.9.9.9/", Ok(())),
            ("https://[2606:4700:4700::1111]/", Ok(())),
            ("", Err(Refused::Url)),
            ("pager.example/hook", Err(Refused::Url)),
            ("https://", Err(Refused::Url)),
            ("https://pager.example/a b", Err(Refused::Url)),
            ("https://pager.example/\r\nX: y", Err(Refused::Url)),
            ("ftp://pager.example/", Err(Refused::Scheme)),
            ("file:///etc/passwd", Err(Refused::Scheme)),
            ("http://pager.example:8080/", Err(Refused::Scheme)),
            ("https://ana@pager.example/", Err(Refused::Credentials)),
            ("https://ana:x@pager.example/", Err(Refused::Credentials)),
            ("https://pager.example@inside.example/", Err(Refused::Credentials)),
            ("https://pager.example:22/", Err(Refused::Port)),
            ("https://pager.example:80/", Err(Refused::Port)),
            ("http://pager.example/", Err(Refused::Port)),
            ("https://nowhere.example/", Err(Refused::Unresolved)),
            ("https://empty.example/", Err(Refused::Unresolved)),
            ("https://inside.example/", Err(Refused::Inside)),
            ("https://both.example/", Err(Refused::Inside)),
            ("https://six.example/", Err(Refused::Inside)),
            ("https://localhost/", Err(Refused::Inside)),
            ("https://127.0.0.1/", Err(Refused::Inside)),
            ("https://127.1/", Err(Refused::Inside)),
            ("https://2130706433/", Err(Refused::Inside)),
            ("https://0x7f000001/", Err(Refused::Inside)),
            ("https://0177.0.0.1/", Err(Refused::Inside)),
            ("https://%31%32%37.0.0.1/", Err(Refused::Inside)),
            ("https://①②⑦.0.0.1/", Err(Refused::Inside)),
            ("https://0/", Err(Refused::Inside)),
            ("https://[::1]/", Err(Refused::Inside)),
            ("https://[::ffff:10.0.0.7]/", Err(Refused::Inside)),
            ("https://[64:ff9b::a00:7]/", Err(Refused::Inside)),
            ("https://169.254.169.254/latest/", Err(Refused::Inside)),
            ("https://[fd00:ec2::254]/", Err(Refused::Inside)),
            ("http://127.0.0.1:8080/", Err(Refused::Inside)),
        ];
        for (url, wanted) in cases {
            assert_eq!(told(&guard, url).await, wanted, "{url}");
        }
    }

    #[tokio::test]
    async fn a_closed_network_names_its_own_addresses_and_no_others() {
        let guard = guard(&["10.0.0.0/24", "::1"]);
        for good in [
            "https://inside.example/",
            "http://inside.example:8080/",
            "https://both.example/",
            "https://[::1]/",
        ] {
            assert_eq!(told(&guard, good).await, Ok(()), "{good}");
        }
        assert_eq!(
            told(&guard, "http://both.example:8080/").await,
            Err(Refused::Inside),
            "one face is public"
        );
        assert_eq!(
            told(&guard, "https://10.0.1.7/").await,
            Err(Refused::Inside)
        );
        assert!(Guard::new(&["10.0.0.1/8".to_owned()]).is_err());
    }
}
