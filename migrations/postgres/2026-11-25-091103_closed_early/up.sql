-- A record that was closed while her alert was open stands before supervisors until one of them has looked.

-- closed_early_at: when it was closed; null once it has been looked at, she has ended her alert or pressed again.
alter table records add column closed_early_at bigint;
create index records_closed_early on records (closed_early_at) where closed_early_at is not null;
