//! `audit verify` on real readings.

use ampara::db::{Conn, DbError, WritePriority};
use ampara::identity::model::Role;
use ampara::on;
use diesel::RunQueryDsl;

use super::stage::Installation;
use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

both_engines! {
    async fn a_whole_chain_passes_and_an_altered_one_is_named(database) {
        let town = Town::found(database).await;
        let folder = town.app.database.folder.path();
        let here = Installation::of(folder, folder.join("ampara.toml"));
        let she = Her::signs_in(&town, HER_PHONE).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        she.presses().await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        marta.reads(&record).await.expect(200);

        let whole = here.run(&["audit", "verify", "--json", "--heads"]);
        assert_eq!((whole.code, whole.json()["records"].as_i64()), (0, Some(1)), "{whole:?}");
        assert!(whole.json()["readings"].as_i64() >= Some(2) && whole.json()["heads"][0]["record"] == record["id"]);
        here.run(&["audit", "verify"]).ok();

        let alter = |conn: &mut Conn| -> Result<usize, DbError> {
            Ok(on!(conn, |c| diesel::sql_query("update read_audit set at = at - 1 where seq = 2").execute(c))?)
        };
        town.app.foundation.db.write(WritePriority::Background, alter).await.unwrap();
        let broken = here.run(&["audit", "verify", "--json"]);
        assert_eq!((broken.code, &broken.json()["broken"][0]["entry"]), (1, &2.into()), "{broken:?}");
        let said = here.run(&["audit", "verify"]);
        assert!(said.code == 1 && said.out.contains("BROKEN at entry 2"), "{said:?}");
    }
}
