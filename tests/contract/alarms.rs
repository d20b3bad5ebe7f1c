//! Which errors a person is woken for: the same, whichever room passes them on.

use std::time::Duration;

use ampara::alerts::AlertError;
use ampara::config::ConfigError;
use ampara::console::ConsoleError;
use ampara::db::{ConnectFault, DbError};
use ampara::delivery::DeliveryError;
use ampara::escalation::EscalationError;
use ampara::http::{ApiError, Code, Failure, Limited, Problem};
use ampara::identity::IdentityError;
use ampara::location::BatchFault;
use ampara::municipality::MunicipalityError;
use ampara::network::NetworkError;
use ampara::phone::PhoneFault;
use ampara::seal::SealError;

use crate::harness::log::Log;

/// One of each variant of an enum. A variant that is not named here does not compile.
macro_rules! each {
    ($of:ident { $($variant:ident $(($($value:expr),*))? $({$($field:ident: $inner:expr),*})?),* $(,)? }) => {{
        #[expect(dead_code, reason = "only to be compiled")]
        fn all_are_named(error: &$of) {
            match error { $($of::$variant { .. } => {}),* }
        }
        vec![$($of::$variant $(($($value),*))? $({$($field: $inner),*})?),*]
    }};
}

fn db() -> Vec<DbError> {
    each!(DbError {
        NotFound,
        Violation(String::new()),
        Full,
        Busy,
        TimedOut,
        Contended,
        Locked,
        Unreachable,
        OutcomeUnknown,
        Panicked,
        Swallowed(Box::new(DbError::Busy)),
        ReadOnly,
        Broken,
        Refused(String::new()),
        NotMigrated(1),
        TooOld { needs: String::new(), this: String::new() },
        Other(String::new()),
        NotConnected(ConnectFault::Down),
        Misconfigured(String::new()),
    })
}

fn seal() -> Vec<SealError> {
    each!(SealError {
        NoDirectory("keys".into()),
        Permissions("keys".into()),
        NoKey(String::new()),
        EpochDestroyed(String::new()),
        StillInUse(String::new()),
        Tampered,
        Malformed("keys".into()),
        Exists("keys".into()),
        Io("keys".into(), String::new()),
    })
}

fn phone() -> Vec<PhoneFault> {
    each!(PhoneFault {
        Empty,
        NotANumber,
        AreaCodeNeeded,
        Emergency,
        Service,
        Extension,
        Invalid,
    })
}

fn batch() -> Vec<BatchFault> {
    each!(BatchFault {
        NotAList,
        Empty,
        TooMany
    })
}

/// Errors by their words, and whether each raises an alarm.
type Judged = Vec<(String, bool)>;

/// Of each error: it is told as an alarm exactly where it says that it raises one.
fn heard<E: ApiError + std::fmt::Debug>(errors: Vec<E>) -> Judged {
    let mut judged = Vec::new();
    for error in errors {
        let (name, raises) = (format!("{error:?}"), error.raises_alarm());
        let log = Log::heard();
        let _ = Failure::from(error);
        let told: Vec<String> = log.alarms();
        let expected: &[&str] = if raises { &["request failed"] } else { &[] };
        assert_eq!(told, expected, "{}: {name}", std::any::type_name::<E>());
        judged.push((name, raises));
    }
    judged
}

/// An error that is passed on raises an alarm where it does by itself.
fn passed_on<I: ApiError + std::fmt::Debug, E: ApiError + std::fmt::Debug>(
    inner: Vec<I>,
    pass: impl Fn(I) -> E,
) {
    for error in inner {
        let (name, alone) = (format!("{error:?}"), error.raises_alarm());
        let outer = pass(error);
        assert_eq!(outer.raises_alarm(), alone, "{name} as {outer:?}");
        heard(vec![outer]);
    }
}

fn raising(judged: &[(String, bool)]) -> Vec<&str> {
    let raises = judged.iter().filter(|(_, raises)| *raises);
    raises.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn what_is_crowded_for_a_moment_wakes_nobody_and_what_is_broken_does() {
    let quiet: Vec<String> = heard(db())
        .into_iter()
        .filter(|(_, raises)| !raises)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        quiet,
        [
            "NotFound",
            "Violation(\"\")",
            "Busy",
            "TimedOut",
            "Contended",
            "Locked"
        ]
    );
    let quiet = heard(seal()).into_iter().filter(|(_, raises)| !raises);
    let quiet: Vec<String> = quiet.map(|(name, _)| name).collect();
    assert_eq!(quiet, ["EpochDestroyed(\"\")"], "by design");
    assert!(raising(&heard(phone())).is_empty());
    assert!(raising(&heard(batch())).is_empty());
}

#[test]
fn what_a_client_can_bring_about_wakes_nobody() {
    let wait = Duration::from_secs(1);
    let identity = || {
        use IdentityError as I;
        each!(IdentityError {
            Db(DbError::Broken), Seal(SealError::Tampered), Broken("x"), Unauthorized, TokenExpired, SessionRevoked,
            DeviceTooNew, StepUpNeeded, Forbidden, Csrf, NotFound, CodeWrong, PinWrong, PinWeak, SignInFailed,
            AlertOpen, NoticeOutdated(String::new()), Field("x", Code::BAD_VALUE), Query("x", Code::BAD_QUERY), Taken,
        })
        .into_iter()
        .filter(|e| !matches!(e, I::Db(_) | I::Seal(_)))
        .collect::<Vec<_>>()
    };
    assert_eq!(raising(&heard(identity())), ["Broken(\"x\")"]);
    let network = each!(NetworkError {
        Phone(PhoneFault::Empty), OwnPhone, Name, Alias, Mail, Full, InvitedTooOften,
        Unreachable(ampara::delivery::model::FailReason::OptedOut), NotFound, Gone,
        Identity(IdentityError::Csrf), Seal(SealError::EpochDestroyed(String::new())), Db(DbError::Busy),
    });
    assert!(raising(&heard(network)).is_empty());
    let escalation = each!(EscalationError {
        NotFound, NoSuchCentre, BadPolicies(vec![]), AlreadyClaimed, NotClaimer, ReclaimTooSoon(wait),
        SecondPersonNeeded, ReasonNeeded, BadNote("note"), UnknownKind, Over, WrongState, Forbidden,
        Identity(IdentityError::Csrf), Seal(SealError::EpochDestroyed(String::new())), Db(DbError::Busy),
    });
    assert!(raising(&heard(escalation)).is_empty());
}

#[test]
fn what_a_request_meets_in_the_other_rooms_wakes_nobody_either() {
    let wait = Duration::from_secs(1);
    let alerts = each!(AlertError {
        BadId, Unknown, NotFound, Unauthorized, Batch(BatchFault::Empty), WrongPin, Answer, BecameReal,
        Query("x", Code::BAD_QUERY), Identity(IdentityError::Csrf), Network(NetworkError::Gone),
        Escalation(EscalationError::Over),
        Seal(SealError::EpochDestroyed(String::new())), Step(Box::new(AlertError::Db(DbError::Busy))),
        Db(DbError::Busy),
    });
    assert!(raising(&heard(alerts)).is_empty());
    let console = each!(ConsoleError {
        BadQuery, BadField("x"), Escalation(EscalationError::Over), Alert(AlertError::BadId),
        Identity(IdentityError::Csrf),
        Municipality(MunicipalityError::Unknown), Db(DbError::Busy),
    });
    assert!(raising(&heard(console)).is_empty());
    let municipality = each!(MunicipalityError { Unknown, BadLines(vec![]), Db(DbError::Busy) });
    assert!(raising(&heard(municipality)).is_empty());
    let delivery = each!(DeliveryError {
        Database(DbError::Busy), Unsigned, Unreadable, NoClient(String::new()),
        Config(ConfigError::Unreadable(String::new())),
            ServiceAccount { app_id: String::new(), what: String::new() }, Setting { setting: "x", what: String::new() },
    });
    assert_eq!(
        raising(&heard(delivery)).len(),
        4,
        "what ops have set wrong"
    );
    assert!(raising(&heard(vec![Limited { retry_after: wait }])).is_empty());
    assert_eq!(
        raising(&heard(
            Code::ALL.iter().map(|code| Problem::of(*code)).collect()
        ))
        .len(),
        Code::ALL.iter().filter(|code| code.status >= 500).count()
    );
}

#[test]
fn an_error_that_is_passed_on_raises_an_alarm_where_it_does_alone() {
    passed_on(db(), IdentityError::Db);
    passed_on(db(), MunicipalityError::Db);
    passed_on(db(), DeliveryError::Database);
    passed_on(db(), NetworkError::Db);
    passed_on(db(), EscalationError::Db);
    passed_on(db(), AlertError::Db);
    passed_on(db(), ConsoleError::Db);
    passed_on(db(), |e| AlertError::Step(Box::new(AlertError::Db(e))));
    passed_on(db(), |e| ConsoleError::Alert(AlertError::Db(e)));
    passed_on(db(), |e| {
        ConsoleError::Escalation(EscalationError::Identity(IdentityError::Db(e)))
    });
    passed_on(db(), |e| {
        ConsoleError::Municipality(MunicipalityError::Db(e))
    });
    passed_on(db(), |e| {
        AlertError::Network(NetworkError::Identity(IdentityError::Db(e)))
    });
    passed_on(seal(), IdentityError::Seal);
    passed_on(seal(), NetworkError::Seal);
    passed_on(seal(), EscalationError::Seal);
    passed_on(seal(), AlertError::Seal);
    passed_on(phone(), NetworkError::Phone);
    passed_on(batch(), AlertError::Batch);
}

/// The errors above are all there are.
#[test]
fn no_rooms_errors_are_left_out() {
    fn look(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = text
                    .lines()
                    .filter_map(|l| l.strip_prefix("impl ApiError for "));
                found.extend(names.map(|l| l.trim_end_matches(" {").to_owned()));
            }
        }
    }
    let mut found = Vec::new();
    look(
        std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/server")),
        &mut found,
    );
    found.sort();
    let here = [
        "AlertError",
        "BatchFault",
        "ConsoleError",
        "DbError",
        "DeliveryError",
        "EscalationError",
        "IdentityError",
        "Limited",
        "MunicipalityError",
        "NetworkError",
        "PhoneFault",
        "Problem",
        "SealError",
    ];
    assert_eq!(found, here);
}
