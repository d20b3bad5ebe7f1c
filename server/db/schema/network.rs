//! The tables of `migrations/*/*_network`.

use diesel::table;

table! {
    contacts (id) {
        id -> Binary,
        person -> Binary,
        position -> BigInt,
        state -> Text,
        sealed_name -> Binary,
        sealed_phone -> Binary,
        phone_lookup -> Binary,
        phone_inferred -> Bool,
        sealed_alias -> Nullable<Binary>,
        language -> Text,
        contact_person -> Nullable<Binary>,
        knows_duress -> Bool,
        invited_at -> BigInt,
        answered_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        drills -> Bool,
    }
}

table! {
    invitations (token_hash) {
        token_hash -> Binary,
        contact -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

table! {
    mail_confirmations (token_hash) {
        token_hash -> Binary,
        contact -> Binary,
        sealed_address -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    blocks (id) {
        id -> Binary,
        phone_lookup -> Binary,
        from_person -> Nullable<Binary>,
        created_at -> BigInt,
    }
}
