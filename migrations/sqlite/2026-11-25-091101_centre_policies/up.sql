-- What a centre does otherwise than the settings have it.

-- times: JSON, seconds by the setting's name; what is left out is as in the settings.
alter table centres add column times text not null default '{}';

-- Who changed a centre's policies, when, and what they were from then on. operator: null for the command line.
create table centre_policy_changes (
    id blob primary key not null,
    centre blob not null references centres (id),
    at bigint not null,
    operator blob,
    backup blob,
    times text not null
);
create index centre_policy_changes_by_centre on centre_policy_changes (centre, id);
