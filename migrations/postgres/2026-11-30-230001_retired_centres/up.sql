-- A centre that gets no new records. Its row stays, since its records belong to it.
alter table centres add column retired_at bigint;
