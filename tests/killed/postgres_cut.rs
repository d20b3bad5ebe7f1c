//! PostgreSQL restarted beneath a running server, and its connections cut.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::phones::{FIFTY_A_SECOND, Phones};
use super::reckoning;
use super::stage::Stage;
use crate::harness::databases::tell;
use crate::harness::postgres::Cluster;
use crate::harness::tier;

/// People for each cut.
const PEOPLE_A_CUT: usize = 120;
const CUT_ALL: &str = "select pg_terminate_backend(pid) from pg_stat_activity \
                       where pid <> pg_backend_pid() and backend_type = 'client backend'";

/// What is done to PostgreSQL; it blocks for as long as it takes.
type Blow = fn(&Cluster);

async fn survives(blow: Blow) {
    let (blows, cluster) = (tier::count(3, 30), Arc::new(Cluster::start()));
    let (mut stage, people) = Stage::on_cluster(&cluster, blows * PEOPLE_A_CUT).await;
    let phones = Phones::press(vec![stage.server.base_url()], FIFTY_A_SECOND, people);
    let mut restarts = Vec::new();
    for _ in 0..blows {
        tokio::time::sleep(
            Duration::from_millis(500) + Duration::from_secs(1).mul_f64(rand::random()),
        )
        .await;
        let struck = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || blow(&struck))
            .await
            .unwrap();
        restarts.push(Instant::now());
    }
    let answered = phones.all_answered().await;
    assert!(
        answered.len() > blows * 15,
        "too few presses to say anything: {}",
        answered.len()
    );
    let tally = reckoning::settle(&stage, &answered, Some(&restarts)).await;
    println!("{blows} blows: {tally}");
    assert!(stage.server.stop().await, "{}", stage.server.log());
}

#[test]
fn a_restart_of_postgres_loses_nothing() {
    tell(survives(|cluster| {
        cluster.crash();
        cluster.revive();
    }));
}

#[test]
fn connections_cut_by_postgres_lose_nothing() {
    tell(survives(|cluster| cluster.run("postgres", CUT_ALL)));
}
