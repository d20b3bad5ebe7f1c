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
    Address { medium, offered: true, seen_at: days_ago(seen_days), reached_at: None, dead_at: None }
}

fn app(seen_days: u64) -> Address {
    at(Medium::Push, seen_days)
}

fn number(accepted_days: u64) -> Address {
    at(Medium::Text, accepted_days)
}

fn someone(addresses: &[Address]) -> Contact {
    Contact { id: ContactId::new(), state: ContactState::Active, stopped: false, addresses: addresses.to_vec() }
}

const SHE: Her = Her { has_pin: true, policy: Policy::Now, if_nobody_reached: Hold::Call911, on_shift: true };

#[test]
fn each_contact_is_judged_by_the_best_way_to_reach_her() {
    use ChannelState as S;
    use ForContact as Do;
    use Verdict::{NotReady, Ready, Weak};
    let stopped = |contact: Contact| Contact { stopped: true, ..contact };
    let rows: Vec<(&str, Contact, Verdict, (S, S), &[ForContact])> = vec![
        ("all is well", someone(&[app(3), number(20)]), Ready, (S::Ready, S::Ready), &[]),
        ("a phone alone", someone(&[number(90)]), Ready, (S::None, S::Ready), &[]),
        ("accepted long ago", someone(&[number(91)]), Weak, (S::None, S::Unproven), &[Do::Rehearse]),
        (
            "accepted long ago, confirmed a drill",
            someone(&[Address { reached_at: days_ago(90), ..number(400) }]),
            Ready,
            (S::None, S::Ready),
            &[],
        ),
        (
            "app opened on the last day that counts",
            someone(&[app(30), number(400)]),
            Ready,
            (S::Ready, S::Unproven),
            &[],
        ),
        (
            "app closed for long",
            someone(&[app(31), number(400)]),
            Weak,
            (S::Unproven, S::Unproven),
            &[Do::OpenApp, Do::Rehearse],
        ),
        (
            "app closed for long, and yet it confirmed a push",
            someone(&[Address { reached_at: days_ago(5), ..app(60) }, number(400)]),
            Ready,
            (S::Ready, S::Unproven),
            &[],
        ),
        ("an old phone and a new one", someone(&[app(200), app(1), number(1)]), Ready, (S::Ready, S::Ready), &[]),
        (
            "said STOP, no app",
            stopped(someone(&[number(1)])),
            NotReady,
            (S::None, S::Stopped),
            &[Do::AllowTexts, Do::ChooseAnother],
        ),
        (
            "said STOP to the gateway, which ended the address",
            stopped(someone(&[app(1)])),
            Ready,
            (S::Ready, S::Stopped),
            &[Do::AllowTexts],
        ),
        (
            "said STOP, has the app",
            stopped(someone(&[app(1), number(1)])),
            Ready,
            (S::Ready, S::Stopped),
            &[Do::AllowTexts],
        ),
        (
            "nothing arrives",
            someone(&[Address { dead_at: days_ago(2), ..number(20) }]),
            NotReady,
            (S::None, S::Failing),
            &[Do::CheckNumber, Do::ChooseAnother],
        ),
        (
            "it failed once and came through since",
            someone(&[Address { dead_at: days_ago(9), reached_at: days_ago(2), ..number(20) }]),
            Ready,
            (S::None, S::Ready),
            &[],
        ),
        ("no address at all", someone(&[]), NotReady, (S::None, S::None), &[Do::CheckNumber, Do::ChooseAnother]),
        (
            "this server sends no texts",
            someone(&[Address { offered: false, ..number(1) }]),
            NotReady,
            (S::None, S::NotOffered),
            &[Do::ChooseAnother],
        ),
    ];
    for (what, contact, verdict, (push, text), to_do) in rows {
        let judged = super::contact(&contact, &limits(), NOW);
        let states: Vec<ChannelState> = judged.channels.iter().map(|c| c.state).collect();
        assert_eq!((judged.verdict, states, judged.to_do.as_slice()), (verdict, vec![push, text], to_do), "{what}");
    }
}

#[test]
fn one_who_has_not_said_yes_is_not_told() {
    let invited = Contact { state: ContactState::Invited, ..someone(&[app(1), number(1)]) };
    let judged = contact(&invited, &limits(), NOW);
    assert_eq!((judged.verdict, judged.channels.len()), (Verdict::NotReady, 0));
    assert_eq!(judged.to_do, [ForContact::InviteAgain]);
}

#[test]
fn all_in_all_it_is_ready_weak_or_not_ready() {
    use ForHer as Do;
    use Verdict::{NotReady, Ready, Weak};
    let good = || someone(&[app(1), number(1)]);
    let old = || someone(&[number(400)]);
    let gone = || someone(&[]);
    let asked = || Contact { state: ContactState::Invited, ..good() };
    let nobody_there = Her { on_shift: false, ..SHE };
    let alone = Her { policy: Policy::NetworkOnly, if_nobody_reached: Hold::Hold, ..SHE };
    let rows: Vec<(&str, Vec<Contact>, Her, Verdict, &[ForHer])> = vec![
        ("two who would come", vec![good(), good()], SHE, Ready, &[]),
        ("one who would come", vec![good(), gone()], SHE, Ready, &[Do::AddAnother]),
        ("no PIN", vec![good(), good()], Her { has_pin: false, ..SHE }, Weak, &[Do::SetPin]),
        ("an empty shift", vec![good(), good()], nobody_there, Weak, &[Do::CallNine11]),
        ("unproven contacts", vec![old(), old()], SHE, Weak, &[Do::AddAnother]),
        ("911 alone", vec![], SHE, Weak, &[Do::AddContact]),
        ("911 alone, somebody is asked", vec![asked()], SHE, Weak, &[Do::AddContact]),
        ("nobody anywhere", vec![], nobody_there, NotReady, &[Do::AddContact, Do::CallNine11]),
        (
            "nobody within reach, an empty shift",
            vec![gone()],
            nobody_there,
            NotReady,
            &[Do::AddAnother, Do::CallNine11],
        ),
        ("her network only, and it would come", vec![good(), good()], alone, Ready, &[Do::ReviewPolicy]),
        ("her network only, and it would not", vec![gone()], alone, NotReady, &[Do::AddAnother, Do::ReviewPolicy]),
        (
            "her network first, 911 if nobody is reached",
            vec![gone(), gone()],
            Her { policy: Policy::NetworkOnly, ..SHE },
            Weak,
            &[Do::AddAnother],
        ),
    ];
    for (what, contacts, her, verdict, to_do) in rows {
        let judged = judge(&contacts, her, &limits(), NOW);
        assert_eq!((judged.verdict, judged.to_do.as_slice()), (verdict, to_do), "{what}");
    }
}
