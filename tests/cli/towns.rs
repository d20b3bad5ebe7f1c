//! Setting up a real installation: municipality, centres, operators.

use super::stage::Installation;
use crate::both_engines;

const CENTRES: &str = r#"{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "SPO", "name": "911 San Pedro", "rank": 1, "default": true},
  "geometry": {"type": "Polygon", "coordinates": [[[-107, 28], [-106, 28], [-106, 29], [-107, 29], [-107, 28]]]}}]}"#;

both_engines! {
    async fn a_town_is_set_up_from_nothing_by_its_files(database) {
        let here = Installation::bare(&database);
        here.run(&["keys", "make"]).ok();
        here.run(&["migrate"]).ok();
        let example = here.run(&["municipality", "example"]).ok();
        let town = here.write("town.toml", &example);
        assert!(here.run(&["municipality", "add", "--file", &town]).ok().starts_with("san-pedro\tSan Pedro\t1 help"));
        here.run(&["municipality", "add", "--file", &town]).fails(1, "--change writes over it");
        let centres = here.write("centres.geojson", CENTRES);
        here.run(&["centre", "import", &centres, "--municipality", "san-pedro"]).ok();
        let listed = here.run(&["centre", "list"]).ok();
        assert!(listed.starts_with("san-pedro\tSPO\t") && listed.contains("911 San Pedro\tdefault"), "{listed}");

        let moved = here.write("town.toml", &example.replace("+526251234567", "MG0123456789"));
        here.run(&["municipality", "add", "--change", "--file", &moved]).ok();
        let listed = here.run(&["municipality", "list"]).ok();
        assert_eq!(listed, "san-pedro\tSan Pedro\tAmerica/Chihuahua\t625\tMG0123456789\tno calls\tmx.example.app\n");
    }

    async fn a_town_that_cannot_be_is_refused_whole_and_the_fault_named(database) {
        let here = Installation::ready(&database);
        let example = here.run(&["municipality", "example"]).ok();
        for (from, to, words) in [
            ("625\"\n", "6\"\n", "area_code"),
            ("America/Chihuahua", "America/Chihuaha", "time_zone"),
            ("+526251234567", "a number", "sms_sender"),
            ("+526251234567", "MG1,MG2", "sms_sender"),
            ("# voice_sender = \"+526251234569\"", "voice_sender = \"MG1\"", "voice_sender"),
            ("\"15:00\"", "\"25:00\"", "not a time"),
            ("days = [1, 2, 3, 4, 5]", "days = [8]", "help_lines[0].hours[0].days"),
            ("language = \"es\"", "language = \"fr\"", "language"),
            ("code = \"san-pedro\"", "code = \"San Pedro\"", "code"),
        ] {
            assert!(example.contains(from), "{from}");
            let file = here.write("town.toml", &example.replacen(from, to, 1));
            here.run(&["municipality", "add", "--file", &file]).fails(1, words);
        }
        assert_eq!(here.run(&["municipality", "list"]).ok().lines().count(), 1, "only Chihuahua");
        let file = here.write("town.toml", &example);
        here.run(&["municipality", "add", "--file", &file]).ok();
        let other = here.write("town.toml", &example.replace("PRIVACY NOTICE", "ANOTHER NOTICE"));
        here.run(&["municipality", "add", "--change", "--file", &other]).fails(1, "give the new text a new version");
    }

    async fn chihuahua_comes_with_the_program_and_may_be_asked_for_twice(database) {
        let here = Installation::ready(&database);
        here.run(&["municipality", "chihuahua", "--sms-sender", "+526140000001", "--app", "mx.example.mia"]).ok();
        let listed = here.run(&["municipality", "list"]).ok();
        assert_eq!(listed, "chihuahua\tChihuahua\tAmerica/Chihuahua\t614\t+526140000001\tno calls\tmx.example.mia\n");
        let more = ["municipality", "chihuahua", "--sms-second-sender", "MG2", "--voice-sender", "+526140000003"];
        here.run(&more).ok();
        let listed = here.run(&["municipality", "list"]).ok();
        assert!(listed.contains("\t+526140000001,MG2\t+526140000003\tmx.example.mia"), "{listed}");
        here.run(&["municipality", "chihuahua", "--voice-sender", "MG3"]).fails(1, "voice_sender");
        assert!(here.run(&["centre", "list", "--municipality", "chihuahua"]).ok().contains("\tCUU\t"));
        here.run(&["centre", "list", "--municipality", "nowhere"]).fails(1, "there is no municipality nowhere");
    }

    async fn a_file_of_centres_with_a_fault_is_refused_whole(database) {
        let here = Installation::ready(&database);
        let broken = here.write("centres.geojson", &CENTRES.replace("[-106, 29]", "[-106, 99]"));
        let refused = here.run(&["centre", "import", &broken, "--municipality", "chihuahua"]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(!here.run(&["centre", "list"]).ok().contains("SPO"));
    }

    async fn an_operator_is_changed_and_keeps_what_was_not_named(database) {
        let here = Installation::ready(&database);
        let centres = here.write("centres.geojson", CENTRES);
        here.run(&["centre", "import", &centres, "--municipality", "chihuahua"]).ok();
        here.run(&["operator", "add", "olga", "--name", "Olga Ruiz", "--role", "supervisor", "--centre", "SPO",
            "--phone", "614 410 0007"]).ok();
        here.run(&["operator", "change", "olga", "--name", "Olga Ruiz Soto", "--phone", "614 410 0008"]).ok();
        assert_eq!(here.run(&["operator", "list"]).ok(), "olga\tsupervisor\tenabled\tOlga Ruiz Soto\n");
        here.run(&["operator", "change", "olga", "--role", "auditor", "--no-phone"]).ok();
        assert_eq!(here.run(&["operator", "list"]).ok(), "olga\tauditor\tenabled\tOlga Ruiz Soto\n");
        here.run(&["operator", "change", "olga", "--name", " "]).fails(1, "--name is empty");
        here.run(&["operator", "change", "olga", "--centre", "XXX"]).fails(1, "there is no centre XXX");
        here.run(&["operator", "change", "olga", "--phone", "911"]).fails(1, "--phone cannot be dialled");
        here.run(&["operator", "add", "ima", "--name", "Ima", "--role", "auditor"]).ok();
        here.run(&["operator", "change", "ima", "--role", "operator"]).fails(1, "name one by --centre");
    }

    async fn a_centre_is_retired_once_no_other_counts_on_it(database) {
        let here = Installation::ready(&database);
        let retires = |code| here.run(&["centre", "retire", code, "--municipality", "chihuahua"]);
        retires("CUU").fails(1, "first import a file in which another centre is `default`");
        let both = CENTRES.replacen("\"default\": true", "\"default\": true, \"backup\": \"CUU\"", 1);
        let centres = here.write("centres.geojson", &both);
        here.run(&["centre", "import", &centres, "--municipality", "chihuahua"]).ok();
        retires("CUU").fails(1, "it backs up SPO");
        let alone = here.write("centres.geojson", &both.replace("\"CUU\"", "null"));
        here.run(&["centre", "import", &alone, "--municipality", "chihuahua"]).ok();
        assert_eq!(retires("CUU").ok(), "CUU\tretired\n");
        retires("CUU").fails(1, "retired already");
        retires("SPO").fails(1, "`default`");
        assert!(here.run(&["centre", "list"]).ok().contains("\tno-ground,retired"), "its row stays");
        let olga = ["operator", "add", "olga", "--name", "Olga", "--role", "operator", "--centre", "CUU"];
        here.run(&olga).fails(1, "centre CUU is retired");
        let centres = here.write("centres.geojson", &both);
        here.run(&["centre", "import", &centres, "--municipality", "chihuahua"]).fails(1, "names CUU as its backup");
    }

    async fn an_operator_is_added_reset_and_disabled_and_secrets_are_shown_once(database) {
        let here = Installation::ready(&database);
        let olga = ["operator", "add", "olga", "--name", "Olga Ruiz", "--role", "operator"];
        here.run(&olga).fails(1, "centre");
        here.run(&[&olga[..], &["--centre", "XXX"]].concat()).fails(1, "there is no centre XXX");
        let olga = [&olga[..], &["--centre", "CUU"]].concat();
        let shown = here.run(&olga).ok();
        assert!(shown.contains("password  ") && shown.contains("otpauth://totp/Ampara:olga?secret="), "{shown}");
        here.run(&olga).fails(1, "there is an operator olga already");
        let listed = here.run(&["operator", "list"]).ok();
        assert_eq!(listed, "olga\toperator\tenabled\tOlga Ruiz\n");

        let reset = here.run_with(&["operator", "reset", "olga", "--password-stdin"], "a password of my own\n").ok();
        assert!(reset.contains("otpauth://") && !reset.contains("my own"), "what she typed is not shown: {reset}");
        assert_ne!(shown.lines().last(), reset.lines().last(), "a new authenticator secret");
        here.run_with(&["operator", "reset", "olga", "--password-stdin"], "short\n").fails(1, "fewer than 12");
        here.run(&["operator", "disable", "olga"]).ok();
        here.run(&["operator", "disable", "olga"]).fails(1, "is disabled already");
        assert!(here.run(&["operator", "list"]).ok().contains("disabled"));
        here.run(&["operator", "reset", "nobody"]).fails(1, "operator nobody");
        let saul = ["operator", "add", "saul", "--name", "Saúl", "--role", "supervisor", "--centre", "CUU"];
        here.run(&[&saul[..], &["--phone", "911"]].concat()).fails(1, "--phone cannot be dialled");
    }
}
