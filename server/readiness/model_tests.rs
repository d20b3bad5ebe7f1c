//! The table: what is known of a contact and of herself, and what is said.

use super::*;

const NOW: At = At::from_micros(1_800_000_000_000_000);

fn limits() -> config::Readiness {
    config::Config::embedded().unwrap().readiness
}

fn days_ago(days: u64) -> Option<At> {
    Some(NOW.minus(Duration::from_secs(days * 24 * 60 * 60)))
}

fn at(medium: Medium, seen_days: u64) -> Address {
    Address {
        medium,
        offered: true,
        leaves: true,
        seen_at: days_ago(seen_days),
        reached_at: None,
        dead_at: None,
    }
}

fn app(seen_days: u64) -> Address {
    at(Medium::Push, seen_days)
}

fn number(accepted_days: u64) -> Address {
    at(Medium::Text, accepted_days)
}

fn contact_with(addresses: &[Address]) -> Contact {
    Contact {
        id: ContactId::new(),
        state: ContactState::Active,
        stopped: false,
        drills: true,
        addresses: addresses.to_vec(),
    }
}

const SHE: Her = Her {
    has_pin: true,
    policy: Policy::Now,
    if_nobody_reached: Hold::Call911,
    on_shift: true,
};

/// What is said of a contact, in a line.
fn said_of(c: &Contact) -> String {
    let judged = contact(c, &limits(), NOW);
    let channels: Vec<String> = judged
        .channels
        .iter()
        .map(|c| format!("{} {}", c.channel, c.state))
        .collect();
    let to_do: Vec<&str> = judged.to_do.iter().map(|code| code.as_str()).collect();
    format!(
        "{}: {}; {}",
        judged.verdict,
        channels.join(", "),
        to_do.join(", ")
    )
}

#[track_caller]
fn hold(table: &[(&str, Contact, &str)]) {
    for (what, contact, said) in table {
        assert_eq!(said_of(contact), *said, "{what}");
    }
}

#[test]
fn signs_grow_old() {
    let confirmed = |days, address| Address {
        reached_at: days_ago(days),
        ..address
    };
    hold(&[
        (
            "all is well",
            contact_with(&[app(3), number(20)]),
            "ready: push ready, text ready, call none; ",
        ),
        (
            "a phone alone, the last day that counts",
            contact_with(&[number(90)]),
            "ready: push none, text ready, call none; ",
        ),
        (
            "accepted long ago",
            contact_with(&[number(91)]),
            "weak: push none, text unproven, call none; rehearse",
        ),
        (
            "and confirmed a drill",
            contact_with(&[confirmed(90, number(400))]),
            "ready: push none, text ready, call none; ",
        ),
        (
            "too long ago",
            contact_with(&[confirmed(91, number(400))]),
            "weak: push none, text unproven, call none; rehearse",
        ),
        (
            "app opened, the last day that counts",
            contact_with(&[app(30), number(91)]),
            "ready: push ready, text unproven, call none; ",
        ),
        (
            "app closed for long",
            contact_with(&[app(31), number(91)]),
            "weak: push unproven, text unproven, call none; ask_to_open_app, rehearse",
        ),
        (
            "and yet it confirmed a push",
            contact_with(&[confirmed(5, app(60))]),
            "ready: push ready, text none, call none; check_number",
        ),
        (
            "an old phone and a new one",
            contact_with(&[app(200), app(1), number(1)]),
            "ready: push ready, text ready, call none; ",
        ),
    ]);
}

fn dead(days: u64, address: Address) -> Address {
    Address {
        dead_at: days_ago(days),
        ..address
    }
}

#[test]
fn what_cannot_arrive_is_named_with_what_to_do() {
    let stopped = |addresses: &[Address]| Contact {
        stopped: true,
        ..contact_with(addresses)
    };
    hold(&[
        (
            "said STOP, no app",
            stopped(&[number(1)]),
            "not_ready: push none, text stopped, call stopped; ask_to_allow_texts, choose_another",
        ),
        (
            "said STOP, has the app",
            stopped(&[app(1), number(1)]),
            "ready: push ready, text stopped, call stopped; ask_to_allow_texts",
        ),
        (
            "the gateway told, and it ended",
            stopped(&[app(1)]),
            "ready: push ready, text stopped, call stopped; ask_to_allow_texts",
        ),
        (
            "nothing arrives",
            contact_with(&[dead(2, number(20))]),
            "not_ready: push none, text failing, call none; check_number, choose_another",
        ),
        (
            "it failed once and came through since",
            contact_with(&[Address {
                reached_at: days_ago(2),
                ..dead(9, number(20))
            }]),
            "ready: push none, text ready, call none; ",
        ),
        (
            "no address",
            contact_with(&[]),
            "not_ready: push none, text none, call none; check_number, choose_another",
        ),
        (
            "this server sends no texts",
            contact_with(&[Address {
                offered: false,
                ..number(1)
            }]),
            "not_ready: push none, text not_offered, call none; choose_another",
        ),
        (
            "has not said yes",
            Contact {
                state: ContactState::Invited,
                ..contact_with(&[app(1), number(1)])
            },
            "not_ready: ; invite_again",
        ),
    ]);
}

#[test]
fn an_outage_of_this_server_asks_nothing_of_her() {
    let down = |address| Address {
        leaves: false,
        ..address
    };
    let out = contact_with(&[down(app(1)), down(number(1))]);
    all_in_all(
        "no other contact",
        std::slice::from_ref(&out),
        SHE,
        "not_ready: ",
    );
    hold(&[
        (
            "an outage",
            out,
            "not_ready: push down, text down, call none; ",
        ),
        (
            "an outage, and nothing arrives there in any case",
            contact_with(&[down(dead(2, number(20)))]),
            "not_ready: push none, text failing, call none; check_number, choose_another",
        ),
    ]);
}

fn all_in_all(what: &str, contacts: &[Contact], her: Her, said: &str) {
    let judged = judge(contacts, her, &limits(), NOW);
    let to_do: Vec<&str> = judged.to_do.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        format!("{}: {}", judged.verdict, to_do.join(", ")),
        said,
        "{what}"
    );
}

/// A contact who would come, one without any address, one whose number is old, and one who has not
/// said yes.
fn kinds_of_contact() -> [Contact; 4] {
    let good = contact_with(&[app(1), number(1)]);
    let asked = Contact {
        state: ContactState::Invited,
        ..good.clone()
    };
    [good, contact_with(&[]), contact_with(&[number(400)]), asked]
}

#[test]
fn who_would_come_does_not_stand_for_who_would_not() {
    let [good, gone, old, asked] = kinds_of_contact();
    all_in_all(
        "one who would come and one who would not",
        &[good.clone(), gone.clone()],
        SHE,
        "weak: add_another_contact",
    );
    all_in_all(
        "two who would come and one who would not",
        &[good.clone(), good.clone(), gone],
        SHE,
        "weak: ",
    );
    all_in_all(
        "two who would come and one who may",
        &[good.clone(), good.clone(), old],
        SHE,
        "weak: ",
    );
    all_in_all(
        "one who has not answered yet takes nothing away",
        &[good.clone(), good, asked],
        SHE,
        "ready: ",
    );
}

#[test]
fn all_in_all_with_911_behind_her_it_is_ready_weak_or_not_ready() {
    let [good, gone, old, asked] = kinds_of_contact();
    let nobody_there = Her {
        on_shift: false,
        ..SHE
    };
    let no_pin = Her {
        has_pin: false,
        ..SHE
    };
    let two = [good.clone(), good];
    all_in_all("two who would come", &two, SHE, "ready: ");
    all_in_all("no PIN", &two, no_pin, "weak: set_pin");
    all_in_all(
        "an empty shift",
        &two,
        nobody_there,
        "weak: call_911_yourself",
    );
    all_in_all(
        "unproven contacts",
        &[old.clone(), old],
        SHE,
        "weak: add_another_contact",
    );
    all_in_all("911 alone", &[], SHE, "not_ready: add_contact");
    all_in_all(
        "911 alone, a contact is asked",
        &[asked],
        SHE,
        "not_ready: add_contact",
    );
    all_in_all(
        "no one anywhere",
        &[],
        nobody_there,
        "not_ready: add_contact, call_911_yourself",
    );
    all_in_all(
        "no one within reach",
        &[gone],
        nobody_there,
        "not_ready: add_another_contact, call_911_yourself",
    );
}

#[test]
fn all_in_all_with_her_network_first_it_is_ready_weak_or_not_ready() {
    let [good, gone, ..] = kinds_of_contact();
    let first = Her {
        policy: Policy::NetworkOnly,
        ..SHE
    };
    let alone = Her {
        if_nobody_reached: Hold::Hold,
        ..first
    };
    all_in_all(
        "her network only, and it would come",
        &[good.clone(), good],
        alone,
        "ready: review_policy",
    );
    all_in_all(
        "her network only, and it would not",
        std::slice::from_ref(&gone),
        alone,
        "not_ready: add_another_contact, review_policy",
    );
    all_in_all(
        "none of her network would come, and 911 is told after them",
        &[gone.clone(), gone],
        first,
        "not_ready: add_another_contact",
    );
}
