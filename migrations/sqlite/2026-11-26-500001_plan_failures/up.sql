-- How often in a row the plan of an alert could not be asked: three times or more wakes somebody.
alter table alerts add column plan_failures bigint not null default 0;
create index alerts_failing on alerts (plan_failures) where plan_failures >= 3;
