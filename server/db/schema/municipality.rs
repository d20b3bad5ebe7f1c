//! The tables of `migrations/*/*_municipality`.

use diesel::table;

table! {
    schema_info (id) {
        id -> BigInt,
        min_binary -> Text,
    }
}

table! {
    change_marks (topic) {
        topic -> Text,
        version -> BigInt,
    }
}

table! {
    municipalities (id) {
        id -> Binary,
        code -> Text,
        name -> Text,
        time_zone -> Text,
        area_code -> Text,
        language -> Text,
        sms_sender -> Nullable<Text>,
        notice_version -> Text,
        created_at -> BigInt,
        sms_second_sender -> Nullable<Text>,
        voice_sender -> Nullable<Text>,
    }
}

table! {
    privacy_notices (municipality, version, language) {
        municipality -> Binary,
        version -> Text,
        language -> Text,
        body -> Text,
        created_at -> BigInt,
    }
}

table! {
    apps (app_id) {
        app_id -> Text,
        municipality -> Binary,
    }
}

table! {
    help_lines (id) {
        id -> Binary,
        municipality -> Binary,
        position -> BigInt,
        phone -> Text,
        name_es -> Text,
        name_en -> Text,
        always -> Bool,
        hours -> Text,
        updated_at -> BigInt,
    }
}

table! {
    holidays (municipality, day) {
        municipality -> Binary,
        day -> Text,
    }
}
