//! Arguments that are wrong, and the sentence and the exit code that are wanted of each.

use super::settings::Case;

/// What the commands refuse, on an installation that is ready.
pub const ARGUMENTS: &[Case<'_>] = &[
    (
        "",
        &[
            "centre",
            "import",
            "none.geojson",
            "--municipality",
            "chihuahua",
        ],
        1,
        &["none.geojson"],
    ),
    (
        "",
        &["centre", "import", "words", "--municipality", "chihuahua"],
        1,
        &["words"],
    ),
    (
        "",
        &["centre", "import", "words", "--municipality", "atlantis"],
        1,
        &["words"],
    ),
    (
        "",
        &["centre", "retire", "XYZ", "--municipality", "chihuahua"],
        1,
        &["there is no centre XYZ", "`ampara centre list`"],
    ),
    (
        "",
        &["centre", "list", "--municipality", "atlantis"],
        1,
        &[
            "there is no municipality atlantis",
            "`ampara municipality list`",
        ],
    ),
    (
        "",
        &["municipality", "add", "--file", "none.toml"],
        1,
        &["none.toml"],
    ),
    (
        "",
        &["operator", "reset", "nobody"],
        1,
        &["there is no operator nobody", "`ampara operator list`"],
    ),
    (
        "",
        &["operator", "change", "nobody", "--name", "X"],
        1,
        &["there is no operator nobody", "`ampara operator list`"],
    ),
    (
        "",
        &["operator", "change", "nobody"],
        2,
        &["--name", "--role", "--centre", "--phone"],
    ),
    (
        "",
        &["operator", "add", "ana", "--name", "Ana", "--role", "boss"],
        2,
        &["one of operator, supervisor, administrator, auditor"],
    ),
    (
        "",
        &[
            "operator", "add", "ana", "--name", "Ana", "--role", "operator",
        ],
        1,
        &[
            "centre is missing or cannot be used",
            "`ampara operator add --help`",
        ],
    ),
    (
        "",
        &[
            "operator", "add", "ana", "--name", "Ana", "--role", "operator", "--centre", "XYZ",
        ],
        1,
        &["there is no centre XYZ", "`ampara centre import`"],
    ),
    (
        "",
        &[
            "operator", "add", "ana", "--name", "Ana", "--role", "auditor", "--phone", "911",
        ],
        1,
        &["--phone cannot be dialled", "+526141234567"],
    ),
    (
        "",
        &[
            "operator",
            "add",
            "ana",
            "--name",
            "Ana",
            "--role",
            "auditor",
            "--municipality",
            "atlantis",
        ],
        1,
        &["there is no municipality atlantis", "--municipality"],
    ),
    (
        "",
        &["keys", "make", "--weeks", "521"],
        2,
        &["521", "0..=520"],
    ),
    ("", &["keys", "mkae"], 2, &["mkae", "make"]),
    ("", &["sevre"], 2, &["sevre", "serve"]),
    (
        "",
        &["backup", "cli.toml"],
        1,
        &["cli.toml is already there; nothing is overwritten"],
    ),
    ("", &["backup", "no/folder/x.db"], 1, &["no/folder"]),
    (
        "",
        &["restore", "none.db"],
        1,
        &["can't read the backup", "none.db"],
    ),
    ("", &["restore", "words"], 1, &["the backup can't be used"]),
    ("", &["trace", "no-id"], 1, &["no-id"]),
    ("", &["outbox", "dismiss", "x"], 2, &["x"]),
];
