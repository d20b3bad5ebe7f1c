use ampara::clock::At;
use ampara::db::{Conn, Db, DbError, WritePriority};
use ampara::ids::{CentreId, MunicipalityId, OperatorId, PersonId, RecordId};
use ampara::on;
use ampara::timeline::reads::{self, Action, Read, Verdict};
use diesel::RunQueryDsl;

use super::ten_o_clock;
use crate::both_engines;

fn read_of(record: RecordId, person: PersonId) -> Read {
    Read {
        record,
        person,
        municipality: MunicipalityId::new(),
        centre: CentreId::new(),
        at: ten_o_clock(),
        operator: OperatorId::new(),
        action: Action::Supervised,
        sealed_reason: Some(vec![7; 40]),
    }
}

async fn written(db: &Db, read: Read) -> i64 {
    db.write(WritePriority::Alert, move |conn| {
        reads::append_read(conn, &read)
    })
    .await
    .unwrap()
}

async fn verdict(db: &Db, record: RecordId) -> Verdict {
    db.read(move |conn| reads::verify(conn, record))
        .await
        .unwrap()
}

async fn meddle(db: &Db, sql: &'static str) {
    let changed = db.write(
        WritePriority::Background,
        move |conn: &mut Conn| -> Result<usize, DbError> {
            Ok(on!(conn, |c| diesel::sql_query(sql).execute(c))?)
        },
    );
    assert!(
        changed.await.unwrap() > 0,
        "nothing was meddled with: {sql}"
    );
}

both_engines! {
    async fn a_chain_of_reads_holds_and_grows(database) {
        let db = database.open();
        let (record, person) = (RecordId::new(), PersonId::new());
        assert!(matches!(verdict(&db, record).await, Verdict::Whole { entries: 0, .. }));
        for n in 1..=3 {
            assert_eq!(written(&db, read_of(record, person)).await, n);
        }
        let Verdict::Whole { entries: 3, head } = verdict(&db, record).await else { panic!("a whole chain of three") };
        assert_eq!(written(&db, Read { sealed_reason: None, ..read_of(record, person) }).await, 4);
        assert!(matches!(verdict(&db, record).await, Verdict::Whole { entries: 4, head: later } if later != head));
    }

    async fn every_way_of_meddling_with_a_chain_is_seen(database) {
        let db = database.open();
        let ways: [(&'static str, i64); 6] = [
            ("update read_audit set at = at + 1 where seq = 2", 2),
            ("update read_audit set action = 'claimed' where seq = 3", 3),
            ("update read_audit set action = 'looked' where seq = 1", 1),
            ("update read_audit set sealed_reason = null where seq = 4", 4),
            ("update read_audit set operator = (select operator from read_audit where seq = 1) where seq = 2", 2),
            ("delete from read_audit where seq = 2", 2),
        ];
        for (sql, broken_at) in ways {
            let (record, person) = (RecordId::new(), PersonId::new());
            for _ in 0..4 {
                written(&db, read_of(record, person)).await;
            }
            meddle(&db, sql).await;
            assert_eq!(verdict(&db, record).await, Verdict::Broken { seq: broken_at }, "{sql}");
            let all = db.read(move |conn| reads::verify_all(conn, None, 10)).await.unwrap();
            assert_eq!(all, [(record, Verdict::Broken { seq: broken_at })]);
            meddle(&db, "delete from read_audit").await;
        }
    }

    async fn one_record_s_reads_cannot_be_passed_off_as_another_s(database) {
        let db = database.open();
        let (record, other) = (RecordId::new(), RecordId::new());
        written(&db, read_of(record, PersonId::new())).await;
        let id = other;
        db.write(WritePriority::Background, move |conn: &mut Conn| -> Result<(), DbError> {
            let sql = diesel::sql_query(match conn {
                Conn::Postgres(_) => "update read_audit set record = $1",
                Conn::Sqlite(_) => "update read_audit set record = ?",
            });
            on!(conn, |c| sql.bind::<diesel::sql_types::Binary, _>(id.bytes().to_vec()).execute(c))?;
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(verdict(&db, other).await, Verdict::Broken { seq: 1 });
    }

    async fn she_is_told_who_read_and_nobody_else_s(database) {
        let db = database.open();
        let (she, record, other) = (PersonId::new(), RecordId::new(), RecordId::new());
        for (i, record) in [(0, record), (1, other), (2, record)] {
            let at = At::from_micros(ten_o_clock().micros() + i);
            written(&db, Read { at, ..read_of(record, she) }).await;
        }
        let stranger = read_of(RecordId::new(), PersonId::new());
        let centre = stranger.centre;
        written(&db, stranger.clone()).await;

        let page = db.read(move |conn| reads::by_person(conn, she, None, 2)).await.unwrap();
        assert_eq!(page.iter().map(|e| (e.read.record, e.seq)).collect::<Vec<_>>(), [(record, 2), (other, 1)]);
        let mark = page[1].mark();
        let rest = db.read(move |conn| reads::by_person(conn, she, Some(mark), 2)).await.unwrap();
        assert_eq!(rest.iter().map(|e| (e.read.record, e.seq)).collect::<Vec<_>>(), [(record, 1)]);
        let theirs = db.read(move |conn| reads::by_centre(conn, centre, None, 9)).await.unwrap();
        assert_eq!(theirs.into_iter().map(|e| e.read).collect::<Vec<_>>(), [stranger]);
        assert_eq!(db.read(move |conn| reads::by_record(conn, record, 1)).await.unwrap().len(), 1);
    }
}
