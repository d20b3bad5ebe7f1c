-- The monthly reminder to rehearse.

-- reminder_due_at: when it is looked whether she is to be reminded; null: she wants no reminders. 30 days in microseconds.
alter table people add column reminder_due_at bigint;
update people set reminder_due_at = created_at + 2592000000000 where deleted_at is null;
create index people_by_reminder on people (reminder_due_at) where reminder_due_at is not null;
