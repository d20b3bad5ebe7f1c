//! Calls: what one is, whether the provider would place it, and what would be read out.

use super::Answer;
use super::request::{Fields, field, is_e164};
use crate::harness::ledger::Entry;

/// The most characters of markup that the provider takes with a request.
const MAX_TWIML: usize = 4_000;
const KNOWN: [&str; 6] = [
    "To",
    "From",
    "Twiml",
    "Timeout",
    "StatusCallback",
    "StatusCallbackEvent",
];

/// A call that the provider was asked to place, whatever it answered.
#[derive(Debug, Clone)]
pub struct Call {
    /// The provider's name for it: `CA` and 32 hexadecimal digits.
    pub sid: String,
    /// E.164.
    pub to: String,
    /// E.164.
    pub from: String,
    /// What is read out, one entry each time.
    pub said: Vec<String>,
    /// What it is read out in.
    pub language: String,
    /// Where a key goes.
    pub keys: String,
    /// Where its end is reported to.
    pub status_callback: String,
    /// What the fake answered.
    pub answered: Answer,
}

impl Entry for Call {
    fn recipient(&self) -> &str {
        &self.to
    }

    fn describe(&self) -> String {
        format!(
            "call to {} {:?} (answered {:?})",
            self.to, self.said, self.answered
        )
    }
}

/// The call that a form asks for, or every rule that it breaks with the provider's error code.
pub fn read(form: &Fields) -> Result<Call, Vec<(u32, String)>> {
    let mut faults = Vec::new();
    for (name, _) in form {
        if !KNOWN.contains(&name.as_str())
            || form.iter().filter(|(other, _)| other == name).count() > 1
        {
            faults.push((20001, format!("{name} is no field that we send once")));
        }
    }
    let text = |name: &str| field(form, name).unwrap_or("").to_owned();
    let (to, from, twiml) = (text("To"), text("From"), text("Twiml"));
    if !is_e164(&to) {
        faults.push((21211, format!("To is {to:?}, not E.164")));
    }
    if !is_e164(&from) {
        faults.push((21212, format!("From is {from:?}, not E.164")));
    }
    if !text("Timeout")
        .parse::<u32>()
        .is_ok_and(|seconds| (5..=600).contains(&seconds))
    {
        faults.push((21208, format!("Timeout is {:?}", text("Timeout"))));
    }
    let status_callback = without_fragment(&text("StatusCallback"));
    if !status_callback.starts_with("http") || text("StatusCallbackEvent") != "completed" {
        let what = format!("the end of the call goes to {status_callback:?}");
        faults.push((21609, what));
    }
    if twiml.chars().count() > MAX_TWIML {
        let what = format!("Twiml has {} characters", twiml.chars().count());
        faults.push((21205, what));
    }
    let script = match script(&twiml) {
        Ok(script) => script,
        Err(what) => {
            faults.push((12100, format!("Twiml: {what}: {twiml}")));
            return Err(faults);
        }
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let sid = format!("CA{}", uuid::Uuid::now_v7().simple());
    let Script {
        said,
        language,
        keys,
    } = script;
    Ok(Call {
        sid,
        to,
        from,
        said,
        language,
        keys,
        status_callback,
        answered: Answer::Queued,
    })
}

/// What a document has read out, and where it has a key sent.
#[derive(Debug, Default)]
pub struct Script {
    /// The texts of its `Say`s, in order.
    pub said: Vec<String>,
    /// Their language; all have the same.
    pub language: String,
    /// The `action` of its `Gather`, empty where it has none.
    pub keys: String,
}

/// Reads a document of `Response`, `Gather`, `Say` and `Pause` as strictly as a parser of XML
/// would.
pub fn script(twiml: &str) -> Result<Script, String> {
    let mut script = Script::default();
    let mut open: Vec<String> = Vec::new();
    let mut rest = twiml;
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        take_text(text, &open, &mut script)?;
        let end = tag.find('>').ok_or("a tag without an end")?;
        let inside = &tag[1..end];
        rest = &tag[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            let opened = open.pop().ok_or("an end without a beginning")?;
            if opened != name {
                return Err(format!("{name} ends where {opened} is open"));
            }
            continue;
        }
        let (inside, empty) = inside
            .strip_suffix('/')
            .map_or((inside, false), |inside| (inside, true));
        let (name, attributes) = inside.split_once(' ').unwrap_or((inside, ""));
        begin(
            name,
            attributes,
            open.last().map(String::as_str),
            &mut script,
        )?;
        if !empty {
            open.push(name.to_owned());
        }
    }
    if !open.is_empty() || !rest.trim().is_empty() || script.said.is_empty() {
        return Err(format!(
            "{open:?} stay open, {rest:?} is left, {} are said",
            script.said.len()
        ));
    }
    Ok(script)
}

fn begin(
    name: &str,
    attributes: &str,
    parent: Option<&str>,
    script: &mut Script,
) -> Result<(), String> {
    let fits = match name {
        "Response" => parent.is_none(),
        "Gather" => parent == Some("Response"),
        "Say" | "Pause" => matches!(parent, Some("Response" | "Gather")),
        _ => false,
    };
    if !fits {
        return Err(format!("{name} within {parent:?}"));
    }
    let value = |key: &str| {
        let (_, rest) = attributes.split_once(&format!("{key}=\""))?;
        decoded(rest.split('"').next()?).ok()
    };
    match name {
        "Gather" => {
            if value("numDigits").as_deref() != Some("1")
                || value("method").as_deref() != Some("POST")
            {
                return Err(format!("Gather {attributes}"));
            }
            script.keys = value("action").ok_or("Gather without an action")?;
        }
        "Say" => {
            let language = value("language").ok_or("Say without a language")?;
            if !script.language.is_empty() && script.language != language {
                return Err(format!("{language} after {}", script.language));
            }
            script.language = language;
        }
        _ => {}
    }
    Ok(())
}

fn take_text(text: &str, open: &[String], script: &mut Script) -> Result<(), String> {
    if text.trim().is_empty() {
        return Ok(());
    }
    if open.last().map(String::as_str) != Some("Say") {
        return Err(format!("{text:?} outside of a Say"));
    }
    script.said.push(decoded(text)?);
    Ok(())
}

fn decoded(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(';').ok_or("an & that stands for nothing")? + at;
        out.push(match &rest[at + 1..end] {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            other => return Err(format!("&{other};")),
        });
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    match out.chars().any(char::is_control) {
        true => Err("a control character".to_owned()),
        false => Ok(out),
    }
}

/// What stands behind `#` is the gateway's own: how often it repeats a report.
fn without_fragment(url: &str) -> String {
    url.split('#').next().unwrap_or_default().to_owned()
}
