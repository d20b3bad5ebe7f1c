//! The tables of `migrations/*/*_escalation`.

use diesel::{joinable, table};

table! {
    centres (id) {
        id -> Binary,
        municipality -> Binary,
        code -> Text,
        name -> Text,
        rank -> BigInt,
        is_default -> Bool,
        backup -> Nullable<Binary>,
        polygon -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        retired_at -> Nullable<BigInt>,
    }
}

table! {
    centre_times (centre) {
        centre -> Binary,
        times -> Text,
    }
}

joinable!(centre_times -> centres (centre));

table! {
    centre_policy_changes (id) {
        id -> Binary,
        centre -> Binary,
        at -> BigInt,
        operator -> Nullable<Binary>,
        backup -> Nullable<Binary>,
        times -> Text,
    }
}

table! {
    folio_counters (centre, year) {
        centre -> Binary,
        year -> BigInt,
        next -> BigInt,
    }
}

table! {
    records (id) {
        id -> Binary,
        alert -> Binary,
        person -> Binary,
        municipality -> Binary,
        centre -> Binary,
        other_centre -> Nullable<Binary>,
        placed_by -> Text,
        folio -> Nullable<Text>,
        kind -> Text,
        priority -> Text,
        training -> Bool,
        state -> Text,
        version -> BigInt,
        level -> BigInt,
        cell -> Nullable<Text>,
        accuracy_m -> Nullable<Double>,
        fix_at -> Nullable<BigInt>,
        raised_at -> BigInt,
        queued_at -> Nullable<BigInt>,
        claimed_by -> Nullable<Binary>,
        claimed_at -> Nullable<BigInt>,
        first_claimed_at -> Nullable<BigInt>,
        last_step_at -> Nullable<BigInt>,
        widened_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        closed_by -> Nullable<Binary>,
        disposition -> Nullable<Text>,
        close_proposed_by -> Nullable<Binary>,
        flags -> Text,
        changed_at -> BigInt,
        closed_early_at -> Nullable<BigInt>,
    }
}

table! {
    lost_claims (record, operator) {
        record -> Binary,
        operator -> Binary,
        at -> BigInt,
    }
}

table! {
    presence (operator, boot) {
        operator -> Binary,
        boot -> Binary,
        centre -> Binary,
        role -> Text,
        until -> BigInt,
        since -> Nullable<BigInt>,
    }
}

table! {
    break_glass (id) {
        id -> Binary,
        record -> Binary,
        asked_by -> Binary,
        asked_at -> BigInt,
        sealed_reason -> Binary,
        granted_by -> Nullable<Binary>,
        granted_at -> Nullable<BigInt>,
    }
}
