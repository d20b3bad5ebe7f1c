-- Who takes part in drills.

-- drills: the contact's own choice. Who was never asked takes no part.
alter table contacts add column drills boolean not null default false;
