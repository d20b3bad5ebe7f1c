//! Ranges and combinations that a type cannot hold.

use std::net::{SocketAddr, ToSocketAddrs};

use super::{Config, ConfigError};

fn refuse(key: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError::Refused { key, problem: problem.into() }
}

fn within<T: PartialOrd + std::fmt::Display>(key: &'static str, value: T, from: T, to: T) -> Result<(), ConfigError> {
    if value < from || value > to {
        return Err(refuse(key, format!("is {value}; it may be {from} to {to}")));
    }
    Ok(())
}

/// Refuses what would not work, naming the key.
pub(super) fn ranges(config: &Config) -> Result<(), ConfigError> {
    http(config)?;
    within("network.max_contacts", config.network.max_contacts, 1, 10)?;
    within("network.invitations_per_day", config.network.invitations_per_day, 1, 10)?;
    within("network.invitation_days", config.network.invitation_days, 1, 30)?;
    within("identity.access_minutes", config.identity.access_minutes, 1, 60)?;
    within("identity.code_minutes", config.identity.code_minutes, 1, 10)?;
    within("identity.code_tries", config.identity.code_tries, 1, 5)?;
    within("identity.new_device_hours", config.identity.new_device_hours, 0, 24 * 14)?;
    within("alerts.raises_in_flight", config.alerts.raises_in_flight, 1, 10_000)?;
    within("alerts.retention_weeks", config.alerts.retention_weeks, 1, 520)?;
    within("delivery.in_flight", config.delivery.in_flight, 1, 10_000)?;
    within("delivery.push_ttl_s", config.delivery.push_ttl_s, 30, 900)?;
    config.plan.check().map_err(|problem| refuse("plan", problem))?;
    if config.delivery.lease_s <= config.delivery.lease_margin_s {
        return Err(refuse("delivery.lease_s", "must be longer than delivery.lease_margin_s"));
    }
    if config.delivery.alive_s <= config.delivery.alive_period_s {
        return Err(refuse("delivery.alive_s", "must be longer than delivery.alive_period_s"));
    }
    match config.telemetry.format.as_str() {
        "json" | "text" => Ok(()),
        _ => Err(refuse("telemetry.format", "may be \"json\" or \"text\"")),
    }
}

fn http(config: &Config) -> Result<(), ConfigError> {
    let http = &config.http;
    let bind: SocketAddr = http
        .bind
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| refuse("http.bind", "is no address with a port, such as 127.0.0.1:8080"))?;
    if http.tls.cert_file.is_some() != http.tls.key_file.is_some() {
        return Err(refuse("http.tls", "needs both cert_file and key_file"));
    }
    let guarded = http.tls.cert_file.is_some() || !http.trusted_proxies.is_empty();
    if !bind.ip().is_loopback() && !guarded {
        return Err(refuse(
            "http.bind",
            "is public, and neither http.tls.cert_file nor http.trusted_proxies is set: her place would travel in the \
             clear. Set one of them, or bind to 127.0.0.1",
        ));
    }
    if !http.public_url.starts_with("https://") && !http.public_url.starts_with("http://127.0.0.1") {
        let local = ["http://localhost", "http://[::1]"].iter().any(|l| http.public_url.starts_with(l));
        if !local {
            return Err(refuse("http.public_url", "must begin with https:// (links to it go out by SMS)"));
        }
    }
    for proxy in &http.trusted_proxies {
        proxy
            .parse::<std::net::IpAddr>()
            .map_err(|_| refuse("http.trusted_proxies", "lists the proxies' IP addresses, one each"))?;
    }
    within("http.body_bytes", http.body_bytes, 1_024, 65_536)?;
    within("http.workers", http.workers, 1, 256)
}
