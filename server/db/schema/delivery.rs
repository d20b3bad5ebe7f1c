//! The tables of `migrations/*/*_delivery`.

use diesel::table;

table! {
    addresses (id) {
        id -> Binary,
        owner_kind -> Text,
        owner -> Binary,
        device -> Nullable<Binary>,
        channel -> Text,
        app_id -> Nullable<Text>,
        sealed -> Binary,
        lookup -> Binary,
        state -> Text,
        reason -> Nullable<Text>,
        created_at -> BigInt,
        seen_at -> BigInt,
    }
}

table! {
    notifications (id) {
        id -> Binary,
        subject_kind -> Text,
        subject -> Binary,
        recipient -> Binary,
        address -> Binary,
        channel -> Text,
        sender -> Nullable<Text>,
        rung -> BigInt,
        rep -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        deadline -> BigInt,
        due_at -> BigInt,
        attempts -> BigInt,
        lease_boot -> Nullable<Binary>,
        fence -> BigInt,
        lease_until -> Nullable<BigInt>,
        failing_since -> Nullable<BigInt>,
        provider_ref -> Nullable<Text>,
        created_at -> BigInt,
        sent_at -> Nullable<BigInt>,
        delivered_at -> Nullable<BigInt>,
        seen_at -> Nullable<BigInt>,
        final_at -> Nullable<BigInt>,
        dismissed_at -> Nullable<BigInt>,
        unsure_at -> Nullable<BigInt>,
    }
}

table! {
    attempts (notification, n) {
        notification -> Binary,
        n -> BigInt,
        started_at -> BigInt,
        ended_at -> BigInt,
        outcome -> Text,
        cause -> Nullable<Text>,
        provider_ref -> Nullable<Text>,
    }
}

table! {
    inbound (id) {
        id -> Binary,
        channel -> Text,
        kind -> Text,
        notification -> Nullable<Binary>,
        phone_lookup -> Nullable<Binary>,
        word -> Nullable<Text>,
        at -> BigInt,
        read_at -> Nullable<BigInt>,
        sender -> Nullable<Text>,
    }
}

table! {
    suppressions (phone_lookup, sender) {
        phone_lookup -> Binary,
        sender -> Text,
        at -> BigInt,
    }
}

table! {
    message_counts (phone_lookup, purpose, day) {
        phone_lookup -> Binary,
        purpose -> Text,
        day -> Text,
        n -> BigInt,
    }
}

table! {
    nodes (boot) {
        boot -> Binary,
        alive_until -> BigInt,
        started_at -> BigInt,
        clock_off -> Bool,
    }
}
