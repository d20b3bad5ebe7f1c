-- A STOP is said to one sender: it must not silence another municipality that has a number of its own. The empty sender
-- is every sender: what was said before senders were kept, and to a number that is no municipality's.
create table stops (
    phone_lookup blob not null,
    sender text not null default '',
    at bigint not null,
    primary key (phone_lookup, sender)
);
insert into stops (phone_lookup, sender, at) select phone_lookup, '', at from suppressions;
drop table suppressions;
alter table stops rename to suppressions;

-- To which of our senders a reply came.
alter table inbound add column sender text;

-- The letters of a text that asked a contact which of several open alerts an answer is for. A letter keeps its alert.
create table reply_choices (
    phone_lookup blob not null,
    letter bigint not null,
    alert blob not null,
    contact blob not null,
    at bigint not null,
    primary key (phone_lookup, letter)
);
create index reply_choices_alert on reply_choices (alert);
