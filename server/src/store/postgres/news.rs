use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgListener, PgPool};
use uuid::Uuid;

use super::at_once::Part;
use super::pooler;
use crate::store::{Changes, Heard, News};

/// The channel all nodes listen on.
const CHANNEL: &str = "hms";
/// PostgreSQL takes less than 8000 bytes.
const WORDS_MAX: usize = 7_900;
/// The whole message when what changed is too much to say.
const ANYTHING: &str = "*";
/// How long to wait for one's own call before it is clear that none is heard here.
const ECHO_WAIT: Duration = Duration::from_secs(2);
/// Where nothing is heard, how often to take it that anything may have changed.
const BLIND_PAUSE: Duration = Duration::from_secs(1);
/// Where nothing is heard, how many pauses until listening is tried again.
const BLIND_PAUSES: u32 = 60;
/// Where all is heard, how often to take it nevertheless, for what got lost unseen.
const QUIET_MAX: Duration = Duration::from_secs(30);

/// What other nodes do, by `LISTEN`; where that is not to be had (a pooler that shares connections
/// between transactions, a database that only resembles PostgreSQL), a look each second instead.
#[derive(Debug)]
pub struct PostgresNews {
    pool: PgPool,
    node: Uuid,
    /// Whether anybody can be heard here at all.
    calls: bool,
    ear: Option<PgListener>,
    blind: u32,
}

/// Tells the other nodes what a batch changed, when it commits.
pub(super) fn tell<'p>(node: Uuid, changes: &Changes) -> Part<'p> {
    let words = words(node, changes);
    Part::call("calls", ("SELECT pg_notify($1, $2)", 2), move |statement| {
        Ok(statement.bind(CHANNEL).bind(words))
    })
}

impl PostgresNews {
    pub(super) fn new(pool: PgPool, node: Uuid, calls: bool) -> PostgresNews {
        PostgresNews {
            pool,
            node,
            calls,
            ear: None,
            blind: 0,
        }
    }

    /// Listens, and makes sure that something is heard. Behind a pooler not even that is tried: calls would
    /// come to whoever has the connection by then, who does not expect any.
    async fn listen(&self) -> Result<Option<PgListener>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        if pooler::stands_before(&self.pool.connect_options(), &mut connection).await? {
            return Ok(None);
        }
        drop(connection);
        let mut ear = PgListener::connect_with(&self.pool).await?;
        ear.listen(CHANNEL).await?;
        let echo = format!("{} ?", self.node.simple());
        sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(&echo)
            .execute(&self.pool)
            .await?;
        let heard = async {
            while ear.recv().await?.payload() != echo {}
            Ok::<_, sqlx::Error>(())
        };
        match tokio::time::timeout(ECHO_WAIT, heard).await {
            Ok(heard) => heard.map(|()| Some(ear)),
            Err(_) => Ok(None),
        }
    }

    async fn try_to_listen(&mut self) {
        match self.listen().await {
            Ok(Some(ear)) => {
                self.ear = Some(ear);
                self.blind = 0;
                return;
            }
            Ok(None) => {
                if self.blind == 0 {
                    tracing::warn!(
                        "the database lets nobody listen (a pooler in between?); \
                         looking for changes each second instead"
                    );
                }
                self.blind = BLIND_PAUSES;
            }
            // Out of reach: whoever asks for something says so.
            Err(error) => tracing::debug!(%error, "no listening"),
        }
        tokio::time::sleep(BLIND_PAUSE).await;
    }
}

#[async_trait]
impl News for PostgresNews {
    async fn next(&mut self) -> Heard {
        if self.blind > 1 || !self.calls {
            self.blind = self.blind.saturating_sub(1);
            tokio::time::sleep(BLIND_PAUSE).await;
            return Heard::Anything;
        }
        let Some(ear) = &mut self.ear else {
            self.try_to_listen().await;
            return Heard::Anything;
        };
        loop {
            match tokio::time::timeout(QUIET_MAX, ear.try_recv()).await {
                Ok(Ok(Some(call))) => match understood(call.payload(), self.node) {
                    Some(heard) => return heard,
                    None => continue,
                },
                Ok(Ok(None)) | Err(_) => return Heard::Anything,
                Ok(Err(error)) => {
                    tracing::debug!(%error, "no listening");
                    self.ear = None;
                    tokio::time::sleep(BLIND_PAUSE).await;
                    return Heard::Anything;
                }
            }
        }
    }
}

/// A message: the node, then runs, actors with free tasks and actors with changed tasks, each joined
/// by commas.
fn words(node: Uuid, changes: &Changes) -> String {
    let node = node.simple();
    // 33 bytes a run; more than this is too much in any case.
    if changes.runs.len() > WORDS_MAX / 33 {
        return format!("{node} {ANYTHING}");
    }
    let runs = joined(changes.runs.iter().map(|run| run.simple().to_string()));
    let free = joined(changes.free.iter().map(ToString::to_string));
    let tasks = joined(changes.tasks.iter().map(ToString::to_string));
    let words = format!("{node} {runs} {free} {tasks}");
    if words.len() > WORDS_MAX {
        return format!("{node} {ANYTHING}");
    }
    words
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(",")
}

/// What a message says; nothing when it is this node's own, or an echo.
fn understood(words: &str, node: Uuid) -> Option<Heard> {
    let (by, rest) = words.split_once(' ')?;
    if by.parse() == Ok(node) || rest == "?" {
        return None;
    }
    // Words of another version of this program are not understood, and that is told as it is.
    Some(changes(rest).map_or(Heard::Anything, Heard::Changes))
}

fn changes(words: &str) -> Option<Changes> {
    let mut parts = words.split(' ');
    let changes = Changes {
        runs: split(parts.next()?)?,
        free: split(parts.next()?)?,
        tasks: split(parts.next()?)?,
    };
    parts.next().is_none().then_some(changes)
}

fn split<T: std::str::FromStr>(words: &str) -> Option<Vec<T>> {
    words
        .split(',')
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(runs: u128) -> Changes {
        Changes {
            runs: (1..=runs).map(Uuid::from_u128).collect(),
            free: vec!["AI:fraud-labeler".parse().unwrap()],
            tasks: vec![
                "AI:fraud-labeler".parse().unwrap(),
                "HUMAN:x".parse().unwrap(),
            ],
        }
    }

    #[test]
    fn what_is_told_is_understood_by_the_others_and_not_by_oneself() {
        let (me, you) = (Uuid::from_u128(7), Uuid::from_u128(8));
        for changes in [some(2), some(200), Changes::default()] {
            let told = words(me, &changes);
            assert_eq!(understood(&told, you), Some(Heard::Changes(changes)));
            assert_eq!(understood(&told, me), None);
        }
    }

    #[test]
    fn too_much_is_told_as_anything_and_so_is_what_is_not_understood() {
        let (me, you) = (Uuid::from_u128(7), Uuid::from_u128(8));
        for runs in [240, 5_000] {
            let told = words(me, &some(runs));
            assert!(told.len() < 8_000);
            assert_eq!(understood(&told, you), Some(Heard::Anything));
        }
        let later = format!("{} 1 2 3 4 5", me.simple());
        assert_eq!(understood(&later, you), Some(Heard::Anything));
        assert_eq!(understood("", you), None);
    }
}
