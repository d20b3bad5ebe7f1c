-- A STOP is said to one sender: it must not silence another municipality that has a number of its own. The empty sender
-- is every sender: what was said before senders were kept, and to a number that is no municipality's.
alter table suppressions add column sender text not null default '';
alter table suppressions drop constraint suppressions_pkey;
alter table suppressions add primary key (phone_lookup, sender);

-- To which of our senders a reply came.
alter table inbound add column sender text;

-- The letters of a text that asked a contact which of several open alerts an answer is for. A letter keeps its alert.
create table reply_choices (
    phone_lookup bytea not null,
    letter bigint not null,
    alert bytea not null,
    contact bytea not null,
    at bigint not null,
    primary key (phone_lookup, letter)
);
create index reply_choices_alert on reply_choices (alert);
