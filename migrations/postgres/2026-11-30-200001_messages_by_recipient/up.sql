-- The recipient belongs to what makes a message itself: a person whom she chose under two numbers has one phone, and
-- is told as each of the two.
drop index notifications_once;
create unique index notifications_once on notifications (subject, recipient, address, rung, rep);
