//! A press does not stand in line behind a backlog of fixes.

use std::sync::{Arc, Mutex};

use ampara::db::{DatabaseConfig, Db, DbError, WritePriority};
use futures_util::future::{join, join_all, join4};

use super::gate::Gate;
use crate::both_engines;

both_engines! {
    async fn alerts_go_before_a_backlog_of_fixes(database) {
        let db = Db::open(&DatabaseConfig { writers: 1, ..database.config.clone() }).unwrap();
        let order = Arc::new(Mutex::new(vec![]));
        let queued = |lane| {
            let order = Arc::clone(&order);
            db.write(lane, move |_| {
                order.lock().unwrap().push(lane);
                Ok::<_, DbError>(())
            })
        };
        let gate = Gate::shut();
        let held = db.write(WritePriority::Alert, gate.holds());
        let fixes = join_all((0..300).map(|_| queued(WritePriority::Background)));
        let presses = join_all((0..10).map(|_| queued(WritePriority::Alert)));
        let watch = async {
            gate.entered().await;
            let stats = db.write_stats();
            assert_eq!((stats.background_waiting, stats.alert_waiting), (300, 10));
            gate.open().await;
        };
        let (held, ..) = join4(held, fixes, presses, watch).await;
        held.unwrap();
        let order = order.lock().unwrap();
        let last_press = order.iter().rposition(|lane| *lane == WritePriority::Alert).unwrap();
        // Ten at once, or with every fourth place given up if this machine was slow enough to make
        // fixes impatient.
        assert!(last_press <= 13, "the last press came {last_press}th");
        assert_eq!(order.len(), 310, "and nobody was forgotten");
    }

    async fn a_press_does_not_wait_for_a_slow_fix(database) {
        if database.is_sqlite() {
            return; // One writer: what runs is finished first.
        }
        let db = Db::open(&DatabaseConfig { writers: 2, ..database.config.clone() }).unwrap();
        let gate = Gate::shut();
        let press = async {
            db.write(WritePriority::Alert, |_| Ok::<_, DbError>(())).await.unwrap();
            gate.open().await;
        };
        // The fix ends only after the press has: with one queue this would never end.
        let (fix, ()) = join(db.write(WritePriority::Background, gate.holds()), press).await;
        fix.unwrap();
    }

    async fn a_press_is_kept_though_its_caller_hung_up(database) {
        let db = Db::open(&DatabaseConfig { writers: 1, ..database.config.clone() }).unwrap();
        let gate = Gate::shut();
        let hangs_up = async {
            gate.entered().await;
            {
                let press = db.write(WritePriority::Alert, |c| ampara::db::change_marks::bump_mark(c, "pressed"));
                futures_util::pin_mut!(press);
                assert!(futures_util::poll!(press.as_mut()).is_pending());
            }
            gate.open().await;
        };
        join(db.write(WritePriority::Alert, gate.holds()), hangs_up).await.0.unwrap();
        drop(db);
        let again = database.open();
        assert_eq!(again.read(|c| ampara::db::change_marks::mark(c, "pressed")).await, Ok(1));
    }

    async fn a_read_that_finds_nobody_free_is_told_so(database) {
        let config = DatabaseConfig { readers: 1, acquire_timeout_ms: 100, ..database.config.clone() };
        let db = Db::open(&config).unwrap();
        let gate = Gate::shut();
        let second = async {
            let heard = db.read(|_| Ok::<_, DbError>(())).await;
            gate.open().await;
            heard
        };
        let (first, second) = join(db.read(gate.holds()), second).await;
        assert_eq!((first, second), (Ok(()), Err(DbError::Busy)));
        assert_eq!(db.read(|_| Ok::<_, DbError>(7)).await, Ok(7));
    }

    async fn what_a_press_reads_goes_before_the_reads_of_feeds(database) {
        let db = Db::open(&DatabaseConfig { readers: 2, ..database.config.clone() }).unwrap();
        let gates = [Gate::shut(), Gate::shut()];
        let order = Arc::new(Mutex::new(vec![]));
        let queued = |name| {
            let order = Arc::clone(&order);
            move |_: &mut ampara::db::Conn| {
                order.lock().unwrap().push(name);
                Ok::<_, DbError>(())
            }
        };
        let long = join(db.read(gates[0].holds()), db.read(gates[1].holds()));
        let feeds = join_all((0..300).map(|_| db.read(queued("feed"))));
        let press = async {
            for gate in &gates {
                gate.entered().await;
            }
            // Every common reader is held until the press's read was answered: in one queue this
            // would never end well.
            let answered = db.read_first(queued("press")).await;
            let waiting = db.write_stats().reads_waiting;
            for gate in &gates {
                gate.open().await;
            }
            (answered, waiting)
        };
        let (long, feeds, (answered, waiting)) = futures_util::future::join3(long, feeds, press).await;
        assert_eq!((answered, waiting), (Ok(()), 300));
        assert_eq!(long, (Ok(()), Ok(())));
        assert!(feeds.iter().all(Result::is_ok), "feeds progress afterwards");
        assert_eq!(order.lock().unwrap().first(), Some(&"press"));
    }

    async fn feeds_progress_under_a_queue_of_presses(database) {
        // Beside a server, where SQLite too has presses' reads queued.
        let config = DatabaseConfig { readers: 1, ..database.config.clone() };
        drop(database.open());
        let db = Db::open_beside(&config).unwrap();
        let gates = [Gate::shut(), Gate::shut()];
        let order = Arc::new(Mutex::new(vec![]));
        let queued = |name| {
            let order = Arc::clone(&order);
            move |_: &mut ampara::db::Conn| {
                order.lock().unwrap().push(name);
                Ok::<_, DbError>(())
            }
        };
        // The reader for presses is held to the end, so that the common one has them all.
        let held = join(db.read(gates[0].holds()), async {
            gates[0].entered().await;
            db.read_first(gates[1].holds()).await
        });
        let work = async {
            gates[1].entered().await;
            let presses = join_all((0..40).map(|_| db.read_first(queued("press"))));
            let feed = db.read(queued("feed"));
            let open = async { gates[0].open().await };
            let (presses, feed, ()) = futures_util::future::join3(presses, feed, open).await;
            gates[1].open().await;
            assert!(presses.iter().all(Result::is_ok) && feed.is_ok());
        };
        let (held, ()) = join(held, work).await;
        assert_eq!(held, (Ok(()), Ok(())));
        let order = order.lock().unwrap();
        assert_eq!(order.iter().position(|name| *name == "feed"), Some(3));
    }
}
