-- Messages that were set aside stand before those who run the server until one of them has dismissed them.

-- dismissed_at: only with the reason dead_letter.
alter table notifications add column dismissed_at bigint;
create index notifications_set_aside on notifications (final_at) where reason = 'dead_letter' and dismissed_at is null;
