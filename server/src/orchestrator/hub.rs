use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use hms_engine::ActorPattern;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::store::{Changes, Heard, News};

/// What somebody waits for.
#[derive(Debug, Clone)]
pub enum Interest {
    /// Any change of this run.
    Run(Uuid),
    /// A task of one of these actors that has become free to take.
    Free(Vec<ActorPattern>),
    /// Any change of any task of these actors.
    Tasks(Vec<ActorPattern>),
}

/// Wakes those who wait, after each commit. A wake-up carries nothing: whoever wakes reads what is
/// kept. Several changes before the listener looks are one wake-up.
#[derive(Default)]
pub struct Hub {
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    runs: HashMap<Uuid, Vec<Weak<Notify>>>,
    actors: Vec<(Weak<Notify>, Vec<ActorPattern>, bool)>,
}

/// A place at the hub. Take it before looking at what is kept, so that no wake-up is lost.
pub struct Listener {
    seat: Arc<Notify>,
}

impl Listener {
    /// Waits for the next change; at once when one came since the last call.
    pub async fn changed(&self) {
        self.seat.notified().await;
    }
}

impl Hub {
    fn seats(&self) -> MutexGuard<'_, Seats> {
        // A panic while holding the lock leaves at worst a dead seat, which the next wake removes.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place.
    pub fn listen(&self, interest: Interest) -> Listener {
        let seat = Arc::new(Notify::new());
        let weak = Arc::downgrade(&seat);
        let mut seats = self.seats();
        match interest {
            Interest::Run(run) => {
                let held = seats.runs.entry(run).or_default();
                held.retain(|seat| seat.strong_count() > 0);
                held.push(weak);
            }
            Interest::Free(actors) => seats.actors.push((weak, actors, true)),
            Interest::Tasks(actors) => seats.actors.push((weak, actors, false)),
        }
        Listener { seat }
    }

    /// Wakes everybody whose interest a commit touched.
    pub fn wake(&self, changes: &Changes) {
        let mut seats = self.seats();
        for run in &changes.runs {
            if let Some(held) = seats.runs.get_mut(run) {
                held.retain(|seat| seat.upgrade().map(|seat| seat.notify_one()).is_some());
                if held.is_empty() {
                    seats.runs.remove(run);
                }
            }
        }
        seats.actors.retain(|(seat, patterns, free_only)| {
            let Some(seat) = seat.upgrade() else {
                return false;
            };
            let touched = if *free_only {
                &changes.free
            } else {
                &changes.tasks
            };
            if touched
                .iter()
                .any(|actor| patterns.iter().any(|pattern| pattern.matches(actor)))
            {
                seat.notify_one();
            }
            true
        });
    }

    /// Wakes everybody: anything may have changed.
    pub fn wake_all(&self) {
        let mut seats = self.seats();
        let wake = |seat: &Weak<Notify>| seat.upgrade().map(|seat| seat.notify_one()).is_some();
        seats.runs.retain(|_, held| {
            held.retain(wake);
            !held.is_empty()
        });
        seats.actors.retain(|(seat, _, _)| wake(seat));
    }

    /// Wakes those concerned by what happens at other nodes, until told to stop.
    pub(super) async fn spread(self: Arc<Hub>, mut news: Box<dyn News>, stop: CancellationToken) {
        while let Some(heard) = stop.run_until_cancelled(news.next()).await {
            match heard {
                Heard::Changes(changes) => self.wake(&changes),
                Heard::Anything => self.wake_all(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hms_engine::Actor;

    use super::*;

    fn pattern(text: &str) -> Vec<ActorPattern> {
        vec![text.parse().unwrap()]
    }

    #[tokio::test]
    async fn a_wake_up_between_listening_and_looking_is_not_lost() {
        let hub = Hub::default();
        let run = Uuid::from_u128(7);
        let listener = hub.listen(Interest::Run(run));
        hub.wake(&Changes {
            runs: vec![run],
            ..Changes::default()
        });
        listener.changed().await;
    }

    #[tokio::test]
    async fn only_those_concerned_wake() {
        let hub = Hub::default();
        let free = hub.listen(Interest::Free(pattern("AI:fraud-labeler")));
        let people = hub.listen(Interest::Tasks(pattern("HUMAN:*")));
        let ai: Actor = "AI:fraud-labeler".parse().unwrap();
        hub.wake(&Changes {
            tasks: vec![ai.clone()],
            ..Changes::default()
        });
        assert!(futures_now(&free).await.is_none());
        hub.wake(&Changes {
            free: vec![ai],
            ..Changes::default()
        });
        assert!(futures_now(&free).await.is_some());
        assert!(futures_now(&people).await.is_none());
    }

    async fn futures_now(listener: &Listener) -> Option<()> {
        tokio::select! { biased; () = listener.changed() => Some(()), () = std::future::ready(()) => None }
    }

    #[test]
    fn a_dropped_listener_leaves_no_seat() {
        let hub = Hub::default();
        let run = Uuid::from_u128(7);
        drop(hub.listen(Interest::Run(run)));
        hub.wake(&Changes {
            runs: vec![run],
            ..Changes::default()
        });
        assert!(hub.seats().runs.is_empty());
    }
}
