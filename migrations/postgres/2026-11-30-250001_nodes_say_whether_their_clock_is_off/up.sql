-- clock_off: the node's clock is too far from the database's. Of several nodes it sends nothing while
-- another one sends whose clock is not off.
alter table nodes add column clock_off boolean not null default false;
