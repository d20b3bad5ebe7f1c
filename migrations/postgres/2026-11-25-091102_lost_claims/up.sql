-- Each operator who lost a record to another waits before claiming it again, not only the last one.

create table lost_claims (
    record bytea not null references records (id),
    operator bytea not null,
    at bigint not null,
    primary key (record, operator)
);
insert into lost_claims (record, operator, at)
    select id, last_lost_by, last_lost_at from records where last_lost_by is not null and last_lost_at is not null;
alter table records drop column last_lost_by;
alter table records drop column last_lost_at;
