-- The append-only story of a subject, and who read what.

-- detail: JSON with codes and ids, never a name, number or place; words of people are in sealed_note.
create table timeline (
    id bytea primary key not null,
    subject bytea not null,
    at bigint not null,
    kind text not null,
    actor_kind text not null,
    actor bytea,
    detail text not null,
    sealed_note bytea
);
create index timeline_by_subject on timeline (subject, id);

-- A hash chain a record: hash = SHA-256 of prev and the entry's fields, written under the record's row lock.
create table read_audit (
    record bytea not null,
    seq bigint not null,
    person bytea not null,
    municipality bytea not null,
    centre bytea not null,
    at bigint not null,
    operator bytea not null,
    action text not null,
    sealed_reason bytea,
    prev bytea not null,
    hash bytea not null,
    primary key (record, seq)
);
create index read_audit_by_person on read_audit (person, at);
create index read_audit_by_centre on read_audit (centre, at);

-- Times for human eyes.
create view alerts_in_words as
select id, state, policy, drill, to_timestamp(raised_at / 1000000.0) as raised_at, to_timestamp(closed_at / 1000000.0) as closed_at, close_kind from alerts;
create view records_in_words as
select id, folio, state, level, version, to_timestamp(queued_at / 1000000.0) as queued_at, to_timestamp(claimed_at / 1000000.0) as claimed_at from records;
create view notifications_in_words as
select id, channel, state, reason, attempts, to_timestamp(created_at / 1000000.0) as created_at, to_timestamp(sent_at / 1000000.0) as sent_at from notifications;
