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

fn someone(addresses: &[Address]) -> Contact {
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
            someone(&[app(3), number(20)]),
            "ready: push ready, text ready, call none; ",
        ),
        (
            "a phone alone, the last day that counts",
            someone(&[number(90)]),
            "ready: push none, text ready, call none; ",
        ),
        (
            "accepted long ago",
            someone(&[number(91)]),
            "weak: push none, text unproven, call none; rehearse",
        ),
        (
            "and confirmed a drill",
            someone(&[confirmed(90, number(400))]),
            "ready: push none, text ready, call none; ",
        ),
        (
            "too long ago",
            someone(&[confirmed(91, number(400))]),
            "weak: push none, text unproven, call none; rehearse",
        ),
        (
            "app opened, the last day that counts",
            someone(&[app(30), number(91)]),
            "ready: push ready, text unproven, call none; ",
        ),
        (
            "app closed for long",
            someone(&[app(31), number(91)]),
            "weak: push unproven, text unproven, call none; ask_to_open_app, rehearse",
        ),
        (
            "and yet it confirmed a push",
            someone(&[confirmed(5, app(60))]),
            "ready: push ready, text none, call none; check_number",
        ),
        (
            "an old phone and a new one",
            someone(&[app(200), app(1), number(1)]),
            "ready: push ready, text ready, call none; ",
        ),
    ]);
}

#[test]
fn what_cannot_arrive_is_named_with_what_to_do() {
    let stopped = |addresses: &[Address]| Contact {
        stopped: true,
        ..someone(addresses)
    };
    let dead = |days, address| Address {
        dead_at: days_ago(days),
        ..address
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
            someone(&[dead(2, number(20))]),
            "not_ready: push none, text failing, call none; check_number, choose_another",
        ),
        (
            "it failed once and came through since",
            someone(&[Address {
                reached_at: days_ago(2),
                ..dead(9, number(20))
            }]),
            "ready: push none, text ready, call none; ",
        ),
        (
            "no address",
            someone(&[]),
            "not_ready: push none, text none, call none; check_number, choose_another",
        ),
        (
            "this server sends no texts",
            someone(&[Address {
                offered: false,
                ..number(1)
            }]),
            "not_ready: push none, text not_offered, call none; choose_another",
        ),
        (
            "has not said yes",
            Contact {
                state: ContactState::Invited,
                ..someone(&[app(1), number(1)])
            },
            "not_ready: ; invite_again",
        ),
    ]);
}

#[test]
fn all_in_all_it_is_ready_weak_or_not_ready() {
    let good = || someone(&[app(1), number(1)]);
    let old = || someone(&[number(400)]);
    let gone = || someone(&[]);
    let asked = || Contact {
        state: ContactState::Invited,
        ..good()
    };
    let nobody_there = Her {
        on_shift: false,
        ..SHE
    };
    let first = Her {
        policy: Policy::NetworkOnly,
        ..SHE
    };
    let alone = Her {
        if_nobody_reached: Hold::Hold,
        ..first
    };
    let no_pin = Her {
        has_pin: false,
        ..SHE
    };
    let table = [
        ("two who would come", vec![good(), good()], SHE, "ready: "),
        (
            "one who would come",
            vec![good(), gone()],
            SHE,
            "ready: add_another_contact",
        ),
        ("no PIN", vec![good(), good()], no_pin, "weak: set_pin"),
        (
            "an empty shift",
            vec![good(), good()],
            nobody_there,
            "weak: call_911_yourself",
        ),
        (
            "unproven contacts",
            vec![old(), old()],
            SHE,
            "weak: add_another_contact",
        ),
        ("911 alone", vec![], SHE, "weak: add_contact"),
        (
            "911 alone, somebody is asked",
            vec![asked()],
            SHE,
            "weak: add_contact",
        ),
        (
            "nobody anywhere",
            vec![],
            nobody_there,
            "not_ready: add_contact, call_911_yourself",
        ),
        (
            "nobody within reach",
            vec![gone()],
            nobody_there,
            "not_ready: add_another_contact, call_911_yourself",
        ),
        (
            "her network only, and it would come",
            vec![good(), good()],
            alone,
            "ready: review_policy",
        ),
        (
            "her network only, and it would not",
            vec![gone()],
            alone,
            "not_ready: add_another_contact, review_policy",
        ),
        (
            "her network first, then 911",
            vec![gone(), gone()],
            first,
            "weak: add_another_contact",
        ),
    ];
    for (what, contacts, her, said) in table {
        let judged = judge(&contacts, her, &limits(), NOW);
        let to_do: Vec<&str> = judged.to_do.iter().map(|code| code.as_str()).collect();
        assert_eq!(
            format!("{}: {}", judged.verdict, to_do.join(", ")),
            said,
            "{what}"
        );
    }
}
