-- People she chose.

-- state: invited, active, declined, removed, left, expired. A contact is a phone alone until contact_person is known.
-- sealed_alias: what the contact's lock screen calls her, agreed when the contact accepted.
create table contacts (
    id blob primary key not null,
    person blob not null references people (id),
    position bigint not null,
    state text not null,
    sealed_name blob not null,
    sealed_phone blob not null,
    phone_lookup blob not null,
    phone_inferred boolean not null,
    sealed_alias blob,
    language text not null,
    contact_person blob,
    knows_duress boolean not null,
    invited_at bigint not null,
    answered_at bigint,
    ended_at bigint
);
create index contacts_by_person on contacts (person, position);
create index contacts_by_contact_person on contacts (contact_person);
create index contacts_by_phone on contacts (phone_lookup);

create table invitations (
    token_hash blob primary key not null,
    contact blob not null references contacts (id),
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create index invitations_by_contact on invitations (contact);

-- Numbers that want no more invitations from one person (from_person), or from anybody (null).
create table blocks (
    id blob primary key not null,
    phone_lookup blob not null,
    from_person blob,
    created_at bigint not null
);
create index blocks_by_phone on blocks (phone_lookup);
