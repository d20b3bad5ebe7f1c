-- The 911 record and the centres that work it.

-- polygon: GeoJSON geometry (Polygon or MultiPolygon, WGS 84). Border: the lowest rank wins.
create table centres (
    id blob primary key not null,
    municipality blob not null references municipalities (id),
    code text not null,
    name text not null,
    rank bigint not null,
    is_default boolean not null,
    backup blob,
    polygon text,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index centres_by_code on centres (municipality, code);

create table folio_counters (
    centre blob not null references centres (id),
    year bigint not null,
    next bigint not null,
    primary key (centre, year)
);

-- version has no gaps: each change takes the row. level 0..3: how loud the feed shows it. cell: ~1 km, all that is
-- shown of the place before a claim. changed_at is the feed's mark.
create table records (
    id blob primary key not null,
    alert blob not null unique,
    person blob not null,
    municipality blob not null,
    centre blob not null,
    other_centre blob,
    placed_by text not null,
    folio text,
    kind text not null,
    priority text not null,
    training boolean not null,
    state text not null,
    version bigint not null,
    level bigint not null,
    cell text,
    accuracy_m double,
    fix_at bigint,
    raised_at bigint not null,
    queued_at bigint,
    claimed_by blob,
    claimed_at bigint,
    first_claimed_at bigint,
    last_step_at bigint,
    last_lost_by blob,
    last_lost_at bigint,
    widened_at bigint,
    closed_at bigint,
    closed_by blob,
    disposition text,
    close_proposed_by blob,
    flags text not null,
    changed_at bigint not null
);
create index records_feed on records (centre, changed_at);
create index records_feed_other on records (other_centre, changed_at) where other_centre is not null;
create index records_open on records (centre) where closed_at is null;
create index records_by_person on records (person);

-- An operator's feed refreshes its row; "connected" is a row whose time has not passed.
create table presence (
    operator blob not null,
    boot blob not null,
    centre blob not null,
    role text not null,
    until bigint not null,
    primary key (operator, boot)
);
create index presence_by_centre on presence (centre, until);

-- Opening a record without a claim takes a second person.
create table break_glass (
    id blob primary key not null,
    record blob not null references records (id),
    asked_by blob not null,
    asked_at bigint not null,
    sealed_reason blob not null,
    granted_by blob,
    granted_at bigint
);
create index break_glass_by_record on break_glass (record);
