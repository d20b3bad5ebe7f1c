-- Tenants: each municipality is the controller of its people's data (design: municipality).

-- The oldest binary that may still run on this schema; an older one is refused at start.
create table schema_info (
    id bigint primary key not null,
    min_binary text not null
);
insert into schema_info (id, min_binary) values (1, '0.1.0');

-- What nodes keep in memory (centres, operators, help lines) is read anew when its topic's version has moved.
create table change_marks (
    topic text primary key not null,
    version bigint not null
);

create table municipalities (
    id bytea primary key not null,
    code text not null unique,
    name text not null,
    time_zone text not null,
    area_code text not null,
    language text not null,
    sms_sender text,
    notice_version text not null,
    created_at bigint not null
);

-- Every version of the privacy notice that anybody may have accepted stays readable.
create table privacy_notices (
    municipality bytea not null references municipalities (id),
    version text not null,
    language text not null,
    body text not null,
    created_at bigint not null,
    primary key (municipality, version, language)
);

-- A mobile app and the municipality whose people use it. Its FCM project is in the settings, by app_id.
create table apps (
    app_id text primary key not null,
    municipality bytea not null references municipalities (id)
);

-- hours: JSON, a list of {days: [1..7], from: "09:00", to: "15:00"} in the municipality's time zone; [] with always.
create table help_lines (
    id bytea primary key not null,
    municipality bytea not null references municipalities (id),
    position bigint not null,
    phone text not null,
    name_es text not null,
    name_en text not null,
    always boolean not null,
    hours text not null,
    updated_at bigint not null
);
create index help_lines_by_municipality on help_lines (municipality, position);

-- day: YYYY-MM-DD in the municipality's time zone.
create table holidays (
    municipality bytea not null references municipalities (id),
    day text not null,
    primary key (municipality, day)
);
