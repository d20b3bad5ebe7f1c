-- When an attempt first ended without a known outcome: no answer in time, a connection that broke, or a node that died
-- while it was sending. The message may have left: who may have read of an alarm is told of its end.
alter table notifications add column unsure_at bigint;
