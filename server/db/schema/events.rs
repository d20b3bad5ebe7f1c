//! The tables of `migrations/*/*_story`.

use diesel::table;

table! {
    timeline (id) {
        id -> Binary,
        subject -> Binary,
        at -> BigInt,
        kind -> Text,
        actor_kind -> Text,
        actor -> Nullable<Binary>,
        detail -> Text,
        sealed_note -> Nullable<Binary>,
    }
}

table! {
    read_audit (record, seq) {
        record -> Binary,
        seq -> BigInt,
        person -> Binary,
        municipality -> Binary,
        centre -> Binary,
        at -> BigInt,
        operator -> Binary,
        action -> Text,
        sealed_reason -> Nullable<Binary>,
        prev -> Binary,
        hash -> Binary,
    }
}
