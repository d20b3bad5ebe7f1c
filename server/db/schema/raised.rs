//! The tables of `migrations/*/*_raised`.

use diesel::table;

table! {
    alerts (id) {
        id -> Binary,
        person -> Binary,
        client_id -> Binary,
        device -> Binary,
        municipality -> Binary,
        state -> Text,
        policy -> Text,
        if_nobody_reached -> Text,
        if_duress -> Text,
        drill -> Bool,
        network -> Text,
        raised_at -> BigInt,
        phone_at -> Nullable<BigInt>,
        presses -> BigInt,
        last_press_at -> BigInt,
        told_again_at -> BigInt,
        last_fix_at -> Nullable<BigInt>,
        escalated_at -> Nullable<BigInt>,
        postponed_until -> Nullable<BigInt>,
        call_911 -> Bool,
        wrong_pins -> BigInt,
        closed_at -> Nullable<BigInt>,
        close_kind -> Nullable<Text>,
        close_verified -> Bool,
        plan_due_at -> Nullable<BigInt>,
        epoch -> Text,
        wrapped_key -> Binary,
        sealed_note -> Nullable<Binary>,
        warnings -> Text,
        plan_failures -> BigInt,
        restored_at -> Nullable<BigInt>,
    }
}

table! {
    alert_names (person, client_id) {
        person -> Binary,
        client_id -> Binary,
        alert -> Binary,
        created_at -> BigInt,
    }
}

table! {
    answers (alert, contact) {
        alert -> Binary,
        contact -> Binary,
        answer -> Text,
        at -> BigInt,
    }
}

table! {
    watch_links (token_hash) {
        token_hash -> Binary,
        alert -> Binary,
        contact -> Binary,
        created_at -> BigInt,
        medium -> Text,
    }
}

table! {
    fixes (alert, device, seq) {
        alert -> Binary,
        device -> Binary,
        seq -> BigInt,
        effective_at -> BigInt,
        received_at -> BigInt,
        plausible -> Bool,
        sealed -> Binary,
    }
}

table! {
    reply_choices (phone_lookup, letter) {
        phone_lookup -> Binary,
        letter -> BigInt,
        alert -> Binary,
        contact -> Binary,
        at -> BigInt,
    }
}
