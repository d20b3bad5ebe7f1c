-- Letters to contacts who chose them.

-- An address for letters that its owner has not confirmed yet: nothing but the letter with this link goes there, and it
-- is forgotten when the link has ended.
create table mail_confirmations (
    token_hash blob primary key not null,
    contact blob not null references contacts (id),
    sealed_address blob not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index mail_confirmations_by_contact on mail_confirmations (contact);
create index mail_confirmations_by_end on mail_confirmations (expires_at);

-- Over what a link came, so that opening it says nothing of what came otherwise.
alter table watch_links add column medium text not null default 'text';
