//! The tables of `migrations/*/*_identity`.

use diesel::table;

table! {
    people (id) {
        id -> Binary,
        municipality -> Binary,
        phone_lookup -> Binary,
        sealed_phone -> Binary,
        sealed_name -> Nullable<Binary>,
        language -> Text,
        home_centre -> Nullable<Binary>,
        policy -> Text,
        if_nobody_reached -> Text,
        if_duress -> Text,
        pin_hash -> Nullable<Text>,
        duress_pin_hash -> Nullable<Text>,
        open_alerts -> BigInt,
        notice_version -> Text,
        notice_at -> BigInt,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
        reminder_due_at -> Nullable<BigInt>,
    }
}

table! {
    devices (id) {
        id -> Binary,
        person -> Binary,
        platform -> Text,
        label -> Nullable<Text>,
        alert_token_hash -> Binary,
        trusted_at -> BigInt,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    sessions (id) {
        id -> Binary,
        person -> Binary,
        device -> Binary,
        refresh_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        rotated_at -> BigInt,
        stepped_up_until -> BigInt,
        created_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    sign_in_codes (id) {
        id -> Binary,
        phone_lookup -> Binary,
        code_hmac -> Binary,
        tries -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

table! {
    signing_keys (kid) {
        kid -> Text,
        sealed_private -> Binary,
        public_key -> Binary,
        created_at -> BigInt,
        signs_from -> BigInt,
        signs_until -> BigInt,
        verifies_until -> BigInt,
    }
}

table! {
    operators (id) {
        id -> Binary,
        municipality -> Binary,
        centre -> Nullable<Binary>,
        role -> Text,
        sign_in_name -> Text,
        sealed_name -> Binary,
        name_lookup -> Binary,
        badge_lookup -> Nullable<Binary>,
        corporation -> Nullable<Text>,
        unlisted -> Bool,
        password_hash -> Text,
        sealed_totp -> Binary,
        totp_last_step -> BigInt,
        sealed_phone -> Nullable<Binary>,
        language -> Text,
        failed_sign_ins -> BigInt,
        locked_until -> BigInt,
        created_at -> BigInt,
        disabled_at -> Nullable<BigInt>,
    }
}

table! {
    operator_sessions (id) {
        id -> Binary,
        operator -> Binary,
        token_hash -> Binary,
        csrf_hash -> Binary,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
    }
}

table! {
    conflicts (id) {
        id -> Binary,
        person -> Binary,
        sealed -> Binary,
        name_lookup -> Nullable<Binary>,
        badge_lookup -> Nullable<Binary>,
        corporation -> Nullable<Text>,
        created_at -> BigInt,
    }
}
