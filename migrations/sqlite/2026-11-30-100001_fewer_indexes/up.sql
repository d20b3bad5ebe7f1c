-- Indexes that every alert or outcome wrote and no statement reads. Her open alert is found by
-- alerts_by_phone, which begins with her too; nothing looks a message up by its provider's name for it,
-- nor a record by the person.
drop index alerts_open;
drop index notifications_by_ref;
drop index records_by_person;
