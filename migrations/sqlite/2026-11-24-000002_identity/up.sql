-- Who calls: people with their phones, and operators.

-- open_alerts: alerts not closed, those hidden by duress included; while it is above 0 neither PIN nor policy may change.
create table people (
    id blob primary key not null,
    municipality blob not null references municipalities (id),
    phone_lookup blob not null unique,
    sealed_phone blob not null,
    sealed_name blob,
    language text not null,
    home_centre blob,
    policy text not null,
    if_nobody_reached text not null,
    if_duress text not null,
    pin_hash text,
    duress_pin_hash text,
    open_alerts bigint not null,
    notice_version text not null,
    notice_at bigint not null,
    created_at bigint not null,
    deleted_at bigint
);

-- A device may do all from trusted_at on: at once for a person's first, 72 h later or on confirmation for others.
-- alert_token_hash: good only to raise and to work an alert that this device raised; never expires.
create table devices (
    id blob primary key not null,
    person blob not null references people (id),
    platform text not null,
    label text,
    alert_token_hash blob not null unique,
    trusted_at bigint not null,
    created_at bigint not null,
    revoked_at bigint
);
create index devices_by_person on devices (person);

-- Refresh tokens rotate. previous_hash stays good until the current one is used, 24 h at most.
create table sessions (
    id blob primary key not null,
    person blob not null references people (id),
    device blob not null references devices (id),
    refresh_hash blob not null unique,
    previous_hash blob,
    rotated_at bigint not null,
    stepped_up_until bigint not null,
    created_at bigint not null,
    revoked_at bigint
);
create index sessions_by_person on sessions (person);
create unique index sessions_by_previous on sessions (previous_hash);

create table sign_in_codes (
    id blob primary key not null,
    phone_lookup blob not null,
    code_hmac blob not null,
    tries bigint not null,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create index sign_in_codes_by_phone on sign_in_codes (phone_lookup, created_at);

-- Keys that sign access tokens and the heartbeat, shared by nodes; the private half is sealed.
create table signing_keys (
    kid text primary key not null,
    sealed_private blob not null,
    public_key blob not null,
    created_at bigint not null,
    signs_from bigint not null,
    signs_until bigint not null,
    verifies_until bigint not null
);

-- Badge, corporation and name as keyed hashes, so that a conflict can be matched without being read.
create table operators (
    id blob primary key not null,
    municipality blob not null references municipalities (id),
    centre blob,
    role text not null,
    sign_in_name text not null unique,
    sealed_name blob not null,
    name_lookup blob not null,
    badge_lookup blob,
    corporation text,
    unlisted boolean not null,
    password_hash text not null,
    sealed_totp blob not null,
    totp_last_step bigint not null,
    sealed_phone blob,
    language text not null,
    failed_sign_ins bigint not null,
    locked_until bigint not null,
    created_at bigint not null,
    disabled_at bigint
);
create index operators_by_centre on operators (centre);

create table operator_sessions (
    id blob primary key not null,
    operator blob not null references operators (id),
    token_hash blob not null unique,
    csrf_hash blob not null,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint
);

-- Officers to whom her records do not exist.
create table conflicts (
    id blob primary key not null,
    person blob not null references people (id),
    sealed blob not null,
    name_lookup blob,
    badge_lookup blob,
    corporation text,
    created_at bigint not null
);
create index conflicts_by_person on conflicts (person);
create index conflicts_by_badge on conflicts (badge_lookup);
create index conflicts_by_name on conflicts (name_lookup);
