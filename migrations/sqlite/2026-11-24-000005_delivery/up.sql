-- Addresses and the outbox. Knows no alert: a subject is a kind and 16 bytes.

-- owner_kind: person (a device's push token), contact, operator. state: live, retired, disabled.
create table addresses (
    id blob primary key not null,
    owner_kind text not null,
    owner blob not null,
    device blob,
    channel text not null,
    app_id text,
    sealed blob not null,
    lookup blob not null,
    state text not null,
    reason text,
    created_at bigint not null,
    seen_at bigint not null
);
create index addresses_by_owner on addresses (owner);
create index addresses_by_lookup on addresses (lookup);
create unique index addresses_by_device on addresses (device);

-- One message to one address. Idempotent by (subject, address, rung, rep). sealed: destination and words, wiped at the
-- final state. A lease belongs to (boot, fence); outcomes are written by id and fence alone. failing_since: the first
-- attempt that failed in a way that may pass.
create table notifications (
    id blob primary key not null,
    subject_kind text not null,
    subject blob not null,
    recipient blob not null,
    address blob not null,
    channel text not null,
    sender text,
    rung bigint not null,
    rep bigint not null,
    state text not null,
    reason text,
    sealed blob,
    deadline bigint not null,
    due_at bigint not null,
    attempts bigint not null,
    lease_boot blob,
    fence bigint not null,
    lease_until bigint,
    failing_since bigint,
    provider_ref text,
    created_at bigint not null,
    sent_at bigint,
    delivered_at bigint,
    seen_at bigint,
    final_at bigint
);
create unique index notifications_once on notifications (subject, address, rung, rep);
create index notifications_due on notifications (due_at) where state = 'queued';
create index notifications_leased on notifications (lease_until) where state = 'sending';
create index notifications_by_ref on notifications (provider_ref) where provider_ref is not null;

create table attempts (
    notification blob not null,
    n bigint not null,
    started_at bigint not null,
    ended_at bigint not null,
    outcome text not null,
    cause text,
    provider_ref text,
    primary key (notification, n)
);

-- What came in from outside about a notification or a number; the engine reads it.
create table inbound (
    id blob primary key not null,
    channel text not null,
    kind text not null,
    notification blob,
    phone_lookup blob,
    word text,
    at bigint not null,
    read_at bigint
);
create index inbound_unread on inbound (at) where read_at is null;

-- Numbers that said STOP: nothing but sign-in codes they asked for goes there.
create table suppressions (
    phone_lookup blob primary key not null,
    at bigint not null
);

-- How many messages of a purpose went to a number on a day (UTC), for the limits.
create table message_counts (
    phone_lookup blob not null,
    purpose text not null,
    day text not null,
    n bigint not null,
    primary key (phone_lookup, purpose, day)
);

-- Server processes. A lease whose owner's alive_until has passed is dead.
create table nodes (
    boot blob primary key not null,
    alive_until bigint not null,
    started_at bigint not null
);
