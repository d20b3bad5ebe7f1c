//! Ranges and combinations that a type cannot hold.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use tracing_subscriber::EnvFilter;

use super::{Config, ConfigError, Gateway, manual};

type Checked = Result<(), ConfigError>;

/// Refuses what would not work, naming the key and saying what it may be.
pub(super) fn all(config: &Config) -> Checked {
    manual::ranges_hold(config)?;
    http(config)?;
    config.database.target()?;
    order(config)?;
    providers(config)?;
    emails(config)?;
    ops(config)?;
    metrics(config)?;
    telemetry(config)
}

fn metrics(config: &Config) -> Checked {
    let metrics = &config.metrics;
    if metrics.bind.is_empty() {
        return Ok(());
    }
    let bind = address("metrics.bind", &metrics.bind)?;
    if bind.ip().is_loopback() || metrics.token_file.is_some() {
        return Ok(());
    }
    Err(ConfigError::refuse(
        "metrics.bind",
        "is public, and metrics.token_file is not set: any client could read how many press. Set it, or bind to 127.0.0.1",
    ))
}

fn address(key: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    let found = text
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next());
    found.ok_or_else(|| {
        ConfigError::refuse(key, "is no address with a port, such as 127.0.0.1:8080")
    })
}

fn http(config: &Config) -> Checked {
    let http = &config.http;
    let bind = address("http.bind", &http.bind)?;
    if http.tls.cert_file.is_some() != http.tls.key_file.is_some() {
        return Err(ConfigError::refuse(
            "http.tls",
            "needs both cert_file and key_file",
        ));
    }
    let guarded = http.tls.cert_file.is_some() || !http.trusted_proxies.is_empty();
    if !bind.ip().is_loopback() && !guarded {
        return Err(ConfigError::refuse(
            "http.bind",
            "is public, and neither http.tls.cert_file nor http.trusted_proxies is set: her place would travel in the \
             clear. Set one of them, or bind to 127.0.0.1",
        ));
    }
    for proxy in &http.trusted_proxies {
        proxy.parse::<IpAddr>().map_err(|_| {
            ConfigError::refuse(
                "http.trusted_proxies",
                "lists the proxies' IP addresses, one each, no names or ranges",
            )
        })?;
    }
    safe_url(
        "http.public_url",
        &http.public_url,
        "links to it go out by SMS",
    )
}

/// Numbers that hold one by one and contradict one another.
fn order(config: &Config) -> Checked {
    times_of_alerts(config)?;
    times_of_delivery(config)
}

/// `key` must be more than `than`.
fn longer(key: &str, than: &str, holds: bool) -> Checked {
    match holds {
        true => Ok(()),
        false => Err(ConfigError::refuse(
            key,
            format!("must be more than {than}"),
        )),
    }
}

/// `key` must be at least `than`.
fn not_less(key: &str, than: &str, holds: bool) -> Checked {
    match holds {
        true => Ok(()),
        false => Err(ConfigError::refuse(
            key,
            format!("must not be less than {than}"),
        )),
    }
}

fn times_of_alerts(config: &Config) -> Checked {
    let (alerts, plan, readiness) = (&config.alerts, &config.plan, &config.readiness);
    not_less(
        "alerts.fix_interval_low_s",
        "alerts.fix_interval_s",
        alerts.fix_interval_low_s >= alerts.fix_interval_s,
    )?;
    not_less(
        "alerts.fix_interval_critical_s",
        "alerts.fix_interval_low_s",
        alerts.fix_interval_critical_s >= alerts.fix_interval_low_s,
    )?;
    not_less(
        "plan.unclaimed_supervisors_s",
        "plan.unclaimed_louder_s",
        plan.unclaimed_supervisors_s >= plan.unclaimed_louder_s,
    )?;
    not_less(
        "plan.unclaimed_backup_s",
        "plan.unclaimed_supervisors_s",
        plan.unclaimed_backup_s >= plan.unclaimed_supervisors_s,
    )?;
    longer(
        "readiness.reminder_to_hour",
        "readiness.reminder_from_hour",
        readiness.reminder_to_hour > readiness.reminder_from_hour,
    )?;
    longer(
        "health.too_late_s",
        "health.late_s",
        config.health.too_late_s > config.health.late_s,
    )?;
    not_less(
        "plan.idle_supervisors_s",
        "plan.idle_s",
        plan.idle_supervisors_s >= plan.idle_s,
    )
}

fn times_of_delivery(config: &Config) -> Checked {
    let (escalation, delivery) = (&config.escalation, &config.delivery);
    longer(
        "escalation.presence_s",
        "escalation.heartbeat_s",
        escalation.presence_s > escalation.heartbeat_s,
    )?;
    longer(
        "delivery.lease_s",
        "delivery.lease_margin_s",
        delivery.lease_s > delivery.lease_margin_s,
    )?;
    longer(
        "delivery.alive_s",
        "delivery.alive_period_s",
        delivery.alive_s > delivery.alive_period_s,
    )?;
    // Else a send could outlast its lease, and another node would send the same again.
    longer(
        "delivery.lease_margin_s",
        "delivery.total_timeout_ms",
        delivery.lease_margin_s * 1_000 > delivery.total_timeout_ms,
    )?;
    not_less(
        "delivery.total_timeout_ms",
        "delivery.connect_timeout_ms",
        delivery.total_timeout_ms >= delivery.connect_timeout_ms,
    )
}

fn providers(config: &Config) -> Checked {
    safe_url(
        "fcm.base_url",
        &config.fcm.base_url,
        "access tokens travel there",
    )?;
    gateway("sms", &config.sms.first())?;
    gateway("sms.second", &config.sms.second)?;
    gateway("voice", &config.voice)?;
    if config.sms.second.is_configured() && !config.sms.first().is_configured() {
        return Err(ConfigError::refuse(
            "sms.second",
            "is set and the first is not: a single provider belongs in [sms]",
        ));
    }
    let mut seen = std::collections::HashSet::new();
    for app in &config.fcm.apps {
        if app.app_id.trim().is_empty() || app.app_id.contains(',') || !seen.insert(&app.app_id) {
            return Err(ConfigError::refuse(
                "fcm.apps",
                "names an app_id twice, or an empty one, or one with a comma",
            ));
        }
    }
    Ok(())
}

fn gateway(section: &str, gateway: &Gateway) -> Checked {
    safe_url(
        &format!("{section}.base_url"),
        &gateway.base_url,
        "phone numbers travel there",
    )?;
    if gateway.account_sid.is_empty() != gateway.auth_token_file.is_none() {
        return Err(ConfigError::refuse(
            section,
            "needs both account_sid and auth_token_file, or neither",
        ));
    }
    Ok(())
}

fn emails(config: &Config) -> Checked {
    let email = &config.email;
    if email.is_configured() && !email.from.contains('@') {
        return Err(ConfigError::refuse(
            "email.from",
            "is no address, such as avisos@ampara.example",
        ));
    }
    if email.user.is_empty() != email.password_file.is_none() {
        return Err(ConfigError::refuse(
            "email",
            "needs both user and password_file, or neither",
        ));
    }
    Ok(())
}

fn ops(config: &Config) -> Checked {
    if config.ops.webhook_url.is_empty() != config.ops.webhook_secret_file.is_none() {
        return Err(ConfigError::refuse(
            "ops",
            "needs both webhook_url and webhook_secret_file, or neither",
        ));
    }
    Ok(())
}

fn telemetry(config: &Config) -> Checked {
    if !matches!(config.telemetry.format.as_str(), "json" | "text") {
        return Err(ConfigError::refuse(
            "telemetry.format",
            "may be \"json\" or \"text\"",
        ));
    }
    EnvFilter::try_new(&config.telemetry.level)
        .map(drop)
        .map_err(|_| {
            ConfigError::refuse(
                "telemetry.level",
                "is no filter, such as \"info\" or \"info,ampara::delivery=debug\"",
            )
        })
}

/// Only https, except on this machine.
fn safe_url(key: &str, url: &str, why: &str) -> Checked {
    let here = || {
        let rest = url.strip_prefix("http://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        // A name before an @ is no host: http://127.0.0.1@elsewhere leads elsewhere.
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, port)| {
                if port.bytes().all(|b| b.is_ascii_digit()) {
                    host
                } else {
                    authority
                }
            });
        matches!(host, "127.0.0.1" | "localhost" | "[::1]").then_some(())
    };
    let has_host = url
        .strip_prefix("https://")
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    if has_host || here().is_some() {
        return Ok(());
    }
    Err(ConfigError::refuse(
        key,
        format!("must begin with https:// ({why}), or with http://127.0.0.1 for this machine"),
    ))
}
