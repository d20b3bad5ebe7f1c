-- A municipality's sender at the second SMS provider, and the number that it calls from.

alter table municipalities add column sms_second_sender text;
alter table municipalities add column voice_sender text;
