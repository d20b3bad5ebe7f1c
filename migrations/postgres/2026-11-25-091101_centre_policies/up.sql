-- What a centre does otherwise than the settings have it.

-- A centre without a row has the settings' times. times: JSON, seconds by the setting's name. Not a column of centres:
-- behind an outline of a megabyte it would be slow to reach.
create table centre_times (
    centre bytea primary key not null references centres (id),
    times text not null
);

-- Who changed a centre's policies, when, and what they were from then on. operator: null for the command line.
create table centre_policy_changes (
    id bytea primary key not null,
    centre bytea not null references centres (id),
    at bigint not null,
    operator bytea,
    backup bytea,
    times text not null
);
create index centre_policy_changes_by_centre on centre_policy_changes (centre, id);
