-- When a restore put an open alert under quarantine: its plan is not asked until her phone is heard
-- again or the restore is released.
alter table alerts add column restored_at bigint;
