//! Holds a database thread in a closure, so that what is queued meanwhile becomes one group.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use ampara::db::{Conn, DbError};

#[derive(Default)]
struct State {
    entered: bool,
    open: bool,
}

/// Opened once, it stays open: a closure that runs again passes.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

impl Gate {
    pub fn shut() -> Self {
        Self::default()
    }

    /// A closure that holds its thread until the gate opens; after four seconds it gives up, and so
    /// does the test.
    pub fn holds(&self) -> impl Fn(&mut Conn) -> Result<(), DbError> + Send + 'static + use<> {
        let gate = Arc::clone(&self.0);
        move |_| {
            let (state, moved) = &*gate;
            let mut held = state.lock().unwrap();
            held.entered = true;
            let held = moved
                .wait_timeout_while(held, Duration::from_secs(4), |s| !s.open)
                .unwrap()
                .0;
            assert!(held.open, "nobody opened the gate");
            Ok(())
        }
    }

    /// Opens it, once a closure waits at it.
    pub async fn open(&self) {
        self.entered().await;
        self.0.0.lock().unwrap().open = true;
        self.0.1.notify_all();
    }

    /// Waits until a thread is held.
    pub async fn entered(&self) {
        while !self.0.0.lock().unwrap().entered {
            actix_web::rt::task::yield_now().await;
        }
    }
}
