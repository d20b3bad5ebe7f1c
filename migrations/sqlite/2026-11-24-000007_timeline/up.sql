-- The append-only story of a subject, and who read what.

-- detail: JSON with codes and ids, never a name, number or place; words of people are in sealed_note.
create table timeline (
    id blob primary key not null,
    subject blob not null,
    at bigint not null,
    kind text not null,
    actor_kind text not null,
    actor blob,
    detail text not null,
    sealed_note blob
);
create index timeline_by_subject on timeline (subject, id);

-- A hash chain a record: hash = SHA-256 of prev and the entry's fields, written under the record's row lock.
create table read_audit (
    record blob not null,
    seq bigint not null,
    person blob not null,
    municipality blob not null,
    centre blob not null,
    at bigint not null,
    operator blob not null,
    action text not null,
    sealed_reason blob,
    prev blob not null,
    hash blob not null,
    primary key (record, seq)
);
create index read_audit_by_person on read_audit (person, at);
create index read_audit_by_centre on read_audit (centre, at);

-- Times for human eyes.
create view alerts_in_words as
select id, state, policy, drill, strftime('%Y-%m-%dT%H:%M:%fZ', raised_at / 1000000.0, 'unixepoch') as raised_at, strftime('%Y-%m-%dT%H:%M:%fZ', closed_at / 1000000.0, 'unixepoch') as closed_at, close_kind from alerts;
create view records_in_words as
select id, folio, state, level, version, strftime('%Y-%m-%dT%H:%M:%fZ', queued_at / 1000000.0, 'unixepoch') as queued_at, strftime('%Y-%m-%dT%H:%M:%fZ', claimed_at / 1000000.0, 'unixepoch') as claimed_at from records;
create view notifications_in_words as
select id, channel, state, reason, attempts, strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000000.0, 'unixepoch') as created_at, strftime('%Y-%m-%dT%H:%M:%fZ', sent_at / 1000000.0, 'unixepoch') as sent_at from notifications;
