use std::sync::Arc;

use ampara::clock::At;
use ampara::db::{Db, WritePriority};
use ampara::ids::{AlertId, DeviceId};
use ampara::location::{self, Fix, Intake};
use ampara::seal::{AlertKey, Keyring};

use super::ten_o_clock;
use crate::both_engines;

fn fix(seq: i64, second: i64) -> Fix {
    let at = At::from_micros(ten_o_clock().micros() + second * 1_000_000);
    Fix {
        seq,
        effective_at: at,
        received_at: at,
        plausible: true,
        phone_at: Some(at),
        lat: 28.6353 + second as f64 / 1e4,
        lon: -106.0889,
        accuracy_m: Some(8.0),
        altitude_m: None,
        speed_mps: Some(1.4),
        heading_deg: None,
        battery: Some(0.5),
        mock: true,
        provider: Some("fused".into()),
    }
}

pub(super) fn new_key(alert: AlertId) -> Arc<AlertKey> {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    Keyring::make(&keys, ten_o_clock(), 1).unwrap();
    let (_, key) = Keyring::open_dir(&keys)
        .unwrap()
        .new_alert_key(ten_o_clock(), alert)
        .unwrap();
    Arc::new(key)
}

struct Walk {
    db: Db,
    key: Arc<AlertKey>,
    alert: AlertId,
    device: DeviceId,
}

impl Walk {
    fn begin(db: Db) -> Self {
        let alert = AlertId::new();
        Self {
            db,
            key: new_key(alert),
            alert,
            device: DeviceId::new(),
        }
    }

    async fn sends(&self, fixes: &[Fix]) -> usize {
        let rows = location::seal_fixes(&self.key, self.alert, self.device, fixes);
        self.db
            .write(WritePriority::Background, move |conn| {
                location::append(conn, &rows)
            })
            .await
            .unwrap()
    }

    async fn latest(&self) -> Option<Fix> {
        let (key, alert, now) = (self.key.clone(), self.alert, fix(0, 100).effective_at);
        self.db
            .read(move |conn| location::shown(conn, &key, alert, now))
            .await
            .unwrap()
            .map(|latest| latest.fix().clone())
    }
}

both_engines! {
    async fn a_batch_sent_twice_and_out_of_order_is_one_track(database) {
        let walk = Walk::begin(database.open());
        assert!(walk.latest().await.is_none());
        assert_eq!(walk.sends(&[fix(3, 30), fix(1, 10), fix(2, 20)]).await, 3);
        assert_eq!(walk.sends(&[fix(2, 99), fix(4, 5), fix(3, 30), fix(4, 6)]).await, 1, "first wins");
        assert_eq!(walk.sends(&[fix(2, 99)]).await, 0);
        assert_eq!(walk.latest().await, Some(fix(3, 30)));
        assert_eq!(walk.sends(&[fix(9, 30)]).await, 1);
        assert_eq!(walk.latest().await.unwrap().seq, 9, "a tie goes to the greater number");
    }

    async fn many_phones_at_once_each_keep_their_own_track(database) {
        let db = database.open();
        let intake = Intake::new(db.clone());
        let walks: Vec<Walk> = (0..40).map(|_| Walk::begin(db.clone())).collect();
        let sent = walks.iter().flat_map(|walk| (1..=5).map(move |n| (walk, n)));
        let sent = sent.map(|(walk, n)| {
            // Each phone sends one of its fixes twice.
            let again = location::seal_fixes(&walk.key, walk.alert, walk.device, &[fix(n, n), fix(1, 1)]);
            intake.append(again)
        });
        for done in futures_util::future::join_all(sent).await {
            done.unwrap();
        }
        for walk in &walks {
            let (key, alert) = (walk.key.clone(), walk.alert);
            let trail = db.read(move |conn| location::trail(conn, &key, alert, None, 100)).await.unwrap();
            assert_eq!(trail.fixes, (1..=5).map(|n| fix(n, n)).collect::<Vec<_>>());
        }
        assert!(db.write_stats().closures < 200, "nobody shared a write");
    }

    async fn a_trail_is_read_in_pages_and_then_forgotten(database) {
        let walk = Walk::begin(database.open());
        let fixes: Vec<_> = (0..7).map(|n| fix(n, n / 2)).collect();
        walk.sends(&fixes).await;
        let (mut seen, mut mark) = (Vec::new(), None);
        loop {
            let (key, alert) = (walk.key.clone(), walk.alert);
            let page = walk.db.read(move |conn| location::trail(conn, &key, alert, mark, 3)).await.unwrap();
            seen.extend(page.fixes);
            let Some(next) = page.next else { break };
            mark = Some(next.to_string().parse().unwrap());
        }
        assert_eq!(seen, fixes);
        let alert = walk.alert;
        assert_eq!(walk.db.write(WritePriority::Background, move |conn| location::forget(conn, alert)).await.unwrap(), 7);
        assert!(walk.latest().await.is_none());
    }

    async fn another_alert_s_key_opens_nothing(database) {
        let walk = Walk::begin(database.open());
        walk.sends(&[fix(1, 1)]).await;
        let (other, alert) = (new_key(walk.alert), walk.alert);
        let closed = walk.db.read(move |conn| location::shown(conn, &other, alert, ten_o_clock())).await;
        assert!(closed.unwrap().is_none());
    }
}
