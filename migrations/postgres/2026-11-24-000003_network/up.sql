-- People she chose.

-- state: invited, active, declined, removed, left, expired. A contact is a phone alone until contact_person is known.
-- sealed_alias: what the contact's lock screen calls her, agreed when the contact accepted.
create table contacts (
    id bytea primary key not null,
    person bytea not null references people (id),
    position bigint not null,
    state text not null,
    sealed_name bytea not null,
    sealed_phone bytea not null,
    phone_lookup bytea not null,
    phone_inferred boolean not null,
    sealed_alias bytea,
    language text not null,
    contact_person bytea,
    knows_duress boolean not null,
    invited_at bigint not null,
    answered_at bigint,
    ended_at bigint
);
create index contacts_by_person on contacts (person, position);
create index contacts_by_contact_person on contacts (contact_person);
create index contacts_by_phone on contacts (phone_lookup);

create table invitations (
    token_hash bytea primary key not null,
    contact bytea not null references contacts (id),
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create index invitations_by_contact on invitations (contact);

-- Numbers that want no more invitations from one person (from_person), or from anybody (null).
create table blocks (
    id bytea primary key not null,
    phone_lookup bytea not null,
    from_person bytea,
    created_at bigint not null
);
create index blocks_by_phone on blocks (phone_lookup);
