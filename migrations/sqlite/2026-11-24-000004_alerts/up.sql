-- Alerts, and places inside them.

-- id is ours and grows with time; client_id is the phone's, unique per person. network: JSON, the contacts' ids at the
-- press, in her order. wrapped_key: the alert's own key, wrapped by the key of its epoch.
create table alerts (
    id blob primary key not null,
    person blob not null references people (id),
    client_id blob not null,
    device blob not null,
    municipality blob not null,
    state text not null,
    policy text not null,
    if_nobody_reached text not null,
    if_duress text not null,
    drill boolean not null,
    network text not null,
    raised_at bigint not null,
    phone_at bigint,
    presses bigint not null,
    last_press_at bigint not null,
    told_again_at bigint not null,
    last_fix_at bigint,
    escalated_at bigint,
    postponed_until bigint,
    call_911 boolean not null,
    wrong_pins bigint not null,
    closed_at bigint,
    close_kind text,
    close_verified boolean not null,
    plan_due_at bigint,
    epoch text not null,
    wrapped_key blob not null,
    sealed_note blob,
    warnings text not null
);
create unique index alerts_by_phone on alerts (person, client_id);
create index alerts_due on alerts (plan_due_at) where plan_due_at is not null;
create index alerts_open on alerts (person) where state = 'open';
create index alerts_by_epoch on alerts (epoch);

-- Other ids under which she pressed while the alert was open.
create table alert_names (
    person blob not null,
    client_id blob not null,
    alert blob not null references alerts (id),
    created_at bigint not null,
    primary key (person, client_id)
);

create table answers (
    alert blob not null references alerts (id),
    contact blob not null,
    answer text not null,
    at bigint not null,
    primary key (alert, contact)
);

-- The links of the plain page, one a contact who is told by SMS.
create table watch_links (
    token_hash blob primary key not null,
    alert blob not null references alerts (id),
    contact blob not null,
    created_at bigint not null
);
create index watch_links_by_alert on watch_links (alert);

-- effective_at: the phone's time where it is plausible, else ours; the latest place is the greatest, ties by seq.
create table fixes (
    alert blob not null,
    device blob not null,
    seq bigint not null,
    effective_at bigint not null,
    received_at bigint not null,
    plausible boolean not null,
    sealed blob not null,
    primary key (alert, device, seq)
) without rowid;
create index fixes_latest on fixes (alert, effective_at, seq);
