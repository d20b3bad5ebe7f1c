//! Whether the provider, and our own rules on top of it, would take a message's form.

/// The fields of a form, in the order they came.
pub type Fields = Vec<(String, String)>;

const KNOWN: [&str; 7] = [
    "To",
    "From",
    "MessagingServiceSid",
    "Body",
    "StatusCallback",
    "ValidityPeriod",
    "SmartEncoded",
];
/// The most characters that the provider takes.
pub const MAX_BODY: usize = 1600;

/// The value of a field, if it is there.
pub fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// `+`, no zero, 8 to 15 digits.
pub fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or("");
    (8..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
}

fn is_sender(from: &str) -> bool {
    let short_code = (5..=6).contains(&from.len()) && from.bytes().all(|b| b.is_ascii_digit());
    let words = (1..=11).contains(&from.len())
        && from.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ')
        && from.bytes().any(|b| b.is_ascii_alphabetic());
    is_e164(from) || short_code || words
}

/// Every rule that the form breaks, with the provider's error code; empty when it may be sent.
pub fn faults(fields: &Fields) -> Vec<(u32, String)> {
    let mut faults = Vec::new();
    for (name, _) in fields {
        if !KNOWN.contains(&name.as_str()) {
            faults.push((20001, format!("{name} is no field that we send")));
        }
        if fields.iter().filter(|(other, _)| other == name).count() > 1 {
            faults.push((20001, format!("{name} is there more than once")));
        }
    }
    match field(fields, "To") {
        Some(to) if is_e164(to) => {}
        to => faults.push((21211, format!("To is {to:?}, not E.164"))),
    }
    match (field(fields, "From"), field(fields, "MessagingServiceSid")) {
        (Some(from), None) if is_sender(from) => {}
        (Some(from), None) => faults.push((21212, format!("From is {from:?}"))),
        (None, Some(service)) if service.starts_with("MG") && service.len() == 34 => {}
        (from, service) => faults.push((
            21603,
            format!("From is {from:?}, MessagingServiceSid {service:?}"),
        )),
    }
    match field(fields, "Body").map(|body| body.chars().count()) {
        None | Some(0) => faults.push((21602, String::from("Body is missing or empty"))),
        Some(length) if length > MAX_BODY => {
            faults.push((21617, format!("Body has {length} characters")));
        }
        Some(_) => {}
    }
    if field(fields, "StatusCallback")
        .is_some_and(|url| reqwest::Url::parse(url).is_err() || !url.starts_with("http"))
    {
        faults.push((
            21609,
            String::from("StatusCallback is no absolute http address"),
        ));
    }
    let validity = field(fields, "ValidityPeriod").map(str::parse::<u32>);
    if validity.is_some_and(|seconds| !seconds.is_ok_and(|s| (1..=36_000).contains(&s))) {
        faults.push((
            21626,
            String::from("ValidityPeriod is not 1 to 36000 seconds"),
        ));
    }
    faults
}
