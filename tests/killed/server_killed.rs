//! SIGKILL at random instants, on both engines.

use std::time::{Duration, Instant};

use super::phones::{FIFTY_A_SECOND, Phones};
use super::reckoning;
use super::stage::Stage;
use crate::both_engines;
use crate::harness::tier;

/// People for each kill: its presses while the server is up, down and coming back.
const PEOPLE_A_KILL: usize = 120;
/// What a dead process had sent reaches the fake within this time.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Between 0.3 and 1.3 s.
fn at_random() -> Duration {
    Duration::from_millis(300) + Duration::from_secs(1).mul_f64(rand::random())
}

both_engines! {
    async fn nothing_that_was_answered_is_lost(database) {
        let kills = tier::count(3, 50);
        let (mut stage, people) = Stage::set(database, kills * PEOPLE_A_KILL).await;
        let phones = Phones::press(vec![stage.server.base_url()], FIFTY_A_SECOND, people);
        let mut restarts = Vec::new();
        for _ in 0..kills {
            tokio::time::sleep(at_random()).await;
            stage.server.sigkill();
            tokio::time::sleep(LAST_WORDS).await;
            restarts.push(Instant::now());
            stage.server.start().await;
        }
        let answered = phones.all_answered().await;
        assert!(answered.len() > kills * 15, "too few presses to say anything: {}", answered.len());
        let tally = reckoning::settle(&stage, &answered, Some(&restarts)).await;
        println!("{kills} kills: {tally}");
        assert!(stage.server.stop().await, "{}", stage.server.log());
    }
}
