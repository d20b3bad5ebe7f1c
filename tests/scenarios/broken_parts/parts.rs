//! Parts that can be missing, and the SQL that takes each away.

/// Parts of one woman's night, each with the SQL that takes it away; `{junk}` is sealed by a key that
/// is not there, `{id}` is her alert.
pub const PARTS: [(&str, &str); 16] = [
    ("nothing", "update alerts set epoch = epoch where id = {id}"),
    (
        "the week's key",
        "update alerts set epoch = '2001-W01' where id = {id}",
    ),
    (
        "her wrapped key",
        "update alerts set wrapped_key = {junk} where id = {id}",
    ),
    (
        "one of her places",
        "update fixes set sealed = {junk} where alert = {id} and seq = 2",
    ),
    (
        "all her places",
        "update fixes set sealed = {junk} where alert = {id}",
    ),
    (
        "her note",
        "update alerts set sealed_note = {junk} where id = {id}",
    ),
    (
        "the operators' notes",
        "update timeline set sealed_note = {junk} where subject = {id} and sealed_note is not null",
    ),
    (
        "why her record was read",
        "update read_audit set sealed_reason = {junk} where {hers} and sealed_reason is not null",
    ),
    (
        "why it is to be read",
        "update break_glass set sealed_reason = {junk} where record = (select id from records where alert = {id})",
    ),
    (
        "her name",
        "update people set sealed_name = {junk} where {her}",
    ),
    (
        "her number",
        "update people set sealed_phone = {junk} where {her}",
    ),
    (
        "the officers she named",
        "update conflicts set sealed = {junk} where {hers}",
    ),
    (
        "her contacts' names",
        "update contacts set sealed_name = {junk} where {hers}",
    ),
    (
        "her contacts' numbers",
        "update contacts set sealed_phone = {junk} where {hers}",
    ),
    (
        "what her contacts call her",
        "update contacts set sealed_alias = {junk} where {hers} and sealed_alias is not null",
    ),
    (
        "her contacts' addresses",
        "update addresses set sealed = {junk} where owner in (select id from contacts where {hers})",
    ),
];

const ANEW: &str = "update change_marks set version = version + 1";

/// Parts that a whole town shares, each with the SQL that takes it away (`{id}` is the centre that
/// works her record) and the routes whose content follows from it.
pub const SHARED: [(&str, &[&str], &[&str]); 9] = [
    (
        "the operators' names",
        &["update operators set sealed_name = {junk}"],
        &[],
    ),
    (
        "the operators' numbers",
        &["update operators set sealed_phone = {junk} where sealed_phone is not null"],
        &[],
    ),
    (
        "the keys that sign tokens",
        &["update signing_keys set sealed_private = {junk}"],
        &[],
    ),
    (
        "the centre",
        &[
            "delete from folio_counters where centre = {id}",
            "delete from centre_policy_changes where centre = {id}",
            "delete from centre_times where centre = {id}",
            "delete from centres where id = {id}",
            ANEW,
        ],
        &[
            "/v1/audit",
            "/v1/centres/",
            "/v1/me/readiness",
            "/v1/shift for administrator",
        ],
    ),
    (
        "the centres' outlines",
        &["update centres set polygon = '{}'", ANEW],
        &[],
    ),
    (
        "the centre's times",
        &[
            "delete from centre_times where centre = {id}",
            "insert into centre_times (centre, times) values ({id}, 'none')",
            ANEW,
        ],
        &[],
    ),
    (
        "the municipality's sender",
        &[
            "update municipalities set sms_sender = null, sms_second_sender = null, voice_sender = null",
            ANEW,
        ],
        &["/v1/me/readiness"],
    ),
    (
        "the form of the municipality's sender",
        &[
            "update municipalities set sms_sender = 'nobody', voice_sender = ''",
            ANEW,
        ],
        &[],
    ),
    (
        "the municipality's hour",
        &[
            "update municipalities set time_zone = 'Nowhere/Else', language = 'xx', area_code = 'x'",
            ANEW,
        ],
        &[
            "/v1/alerts/",
            "/v1/help-lines",
            "/v1/me/readiness",
            "/v1/municipalities",
        ],
    ),
];
