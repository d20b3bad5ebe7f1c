//! How many sends are in flight, so that a kill repeats no more than that.
//!
//! What: a send has a permit from its request until its outcome is recorded, of `in_flight` in all. At
//! first it also has one of `unrecorded`, of which there are few, since each may be a message that
//! goes out twice. A send whose provider takes its time gives this one back until the answer is there:
//! it waits for the network, and holds up no send that could begin. Invariant: begun and not recorded
//! are never more than `in_flight`, and where providers answer at once never more than `unrecorded`.
//! On failure: a permit is given back wherever its send ends.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::config as settings;
use crate::delivery::model::Channel;

/// A provider that has not answered by then takes its time.
const AT_ONCE: Duration = Duration::from_millis(5);

/// One of the sends in flight, until its last clone is dropped.
#[derive(Clone)]
pub(in crate::delivery) struct SendPermit {
    #[expect(dead_code, reason = "held, never read")]
    in_flight: Arc<OwnedSemaphorePermit>,
    /// `None` while its provider takes its time.
    unrecorded: Option<Arc<OwnedSemaphorePermit>>,
}

/// The permits of all channels: apart, so that a gateway that hangs holds up no pushes, a call no
/// text message, and other people's machines none of them.
pub(in crate::delivery) struct Permits {
    pushes: Lane,
    texts: Lane,
    calls: Lane,
    emails: Lane,
}

impl Permits {
    pub(in crate::delivery) fn of(settings: &settings::Delivery) -> Self {
        let (all, few) = (settings.in_flight, settings.unrecorded);
        let quarter = || Lane::of(all / 4, few / 4);
        Self {
            pushes: Lane::of(all, few),
            texts: quarter(),
            calls: quarter(),
            emails: quarter(),
        }
    }

    pub(in crate::delivery) fn lane(&self, channel: Channel) -> &Lane {
        match channel {
            Channel::Fcm => &self.pushes,
            Channel::Voice => &self.calls,
            Channel::Sms | Channel::Terminal => &self.texts,
            Channel::Email | Channel::Webhook => &self.emails,
        }
    }
}

/// The permits of one channel.
pub(in crate::delivery) struct Lane {
    /// Of the sends that have not begun only one at a time waits for a permit, so that an answer
    /// waits for no more than one of them.
    next: Mutex<()>,
    in_flight: Arc<Semaphore>,
    unrecorded: Arc<Semaphore>,
}

/// `None` never comes: no semaphore is closed.
async fn one_of(permits: &Arc<Semaphore>) -> Option<Arc<OwnedSemaphorePermit>> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    Some(Arc::new(permit))
}

impl Lane {
    fn of(in_flight: usize, unrecorded: usize) -> Self {
        let in_flight = in_flight.max(1);
        Self {
            next: Mutex::new(()),
            in_flight: Arc::new(Semaphore::new(in_flight)),
            unrecorded: Arc::new(Semaphore::new(unrecorded.clamp(1, in_flight))),
        }
    }

    /// Waits for a permit to send; `None` never comes.
    pub(in crate::delivery) async fn begin(&self) -> Option<SendPermit> {
        let _next = self.next.lock().await;
        Some(SendPermit {
            in_flight: one_of(&self.in_flight).await?,
            unrecorded: Some(one_of(&self.unrecorded).await?),
        })
    }

    /// Waits for the provider's answer.
    pub(in crate::delivery) async fn answer<T>(
        permit: &mut SendPermit,
        sent: impl Future<Output = T>,
    ) -> T {
        let mut sent = pin!(sent);
        // Sends that are polled by hand, as the simulator does, have no timer to wait by.
        if permit.unrecorded.is_some() && Handle::try_current().is_ok() {
            if let Ok(answer) = tokio::time::timeout(AT_ONCE, &mut sent).await {
                return answer;
            }
            permit.unrecorded = None;
        }
        sent.await
    }

    /// After the answer: waits until its outcome may be recorded; `None` never comes.
    pub(in crate::delivery) async fn to_record(
        &self,
        mut permit: SendPermit,
    ) -> Option<SendPermit> {
        if permit.unrecorded.is_none() {
            permit.unrecorded = Some(one_of(&self.unrecorded).await?);
        }
        Some(permit)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    /// A send whose provider answers when told; the permit it then has.
    fn send(lane: &Arc<Lane>) -> (oneshot::Sender<()>, JoinHandle<SendPermit>) {
        let (tell, hear) = oneshot::channel();
        let lane = Arc::clone(lane);
        let task = tokio::spawn(async move {
            let mut permit = lane.begin().await.unwrap();
            Lane::answer(&mut permit, hear).await.unwrap();
            lane.to_record(permit).await.unwrap()
        });
        (tell, task)
    }

    async fn begins(lane: &Lane) -> bool {
        timeout(SOON, lane.begin()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_answered_at_once_and_not_recorded_is_few() {
        let lane = Lane::of(5, 2);
        let mut unrecorded = Vec::new();
        for _ in 0..2 {
            let mut permit = lane.begin().await.unwrap();
            Lane::answer(&mut permit, async {}).await;
            unrecorded.push(lane.to_record(permit).await.unwrap());
        }
        assert!(!begins(&lane).await);
        unrecorded.pop();
        assert!(begins(&lane).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_takes_its_time_holds_up_no_other_send_until_all_are_in_flight() {
        let lane = Arc::new(Lane::of(5, 2));
        let sends: Vec<_> = (0..5).map(|_| send(&lane)).collect();
        tokio::time::sleep(AT_ONCE * 5).await;
        assert!(!begins(&lane).await, "five are in flight");
        for (tell, task) in sends {
            tell.send(()).unwrap();
            drop(task.await.unwrap());
            assert!(begins(&lane).await, "one was recorded");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_waits_for_its_record_before_another_send_begins() {
        let lane = Arc::new(Lane::of(3, 1));
        let (tell, slow) = send(&lane);
        tokio::time::sleep(AT_ONCE * 2).await;
        let held = lane.begin().await.unwrap();
        tell.send(()).unwrap();
        tokio::time::sleep(SOON).await;
        assert!(!slow.is_finished(), "one is unrecorded already");
        let waiting = Arc::clone(&lane);
        let other = tokio::spawn(async move { waiting.begin().await });
        tokio::time::sleep(SOON).await;
        drop(held);
        let recorded = slow.await.unwrap();
        tokio::time::sleep(SOON).await;
        assert!(!other.is_finished());
        drop(recorded);
        assert!(other.await.unwrap().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_send_that_is_given_up_gives_its_permit_back() {
        let lane = Lane::of(2, 1);
        for _ in 0..5 {
            let mut permit = lane.begin().await.unwrap();
            let asked = Lane::answer(&mut permit, pending::<()>());
            assert!(timeout(AT_ONCE * 3, asked).await.is_err());
        }
        assert!(begins(&lane).await);
    }
}
