//! Which rows of the inbox are asked for.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{InboxTab, Time};

/// Which rows of the inbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxQuery {
    /// Of this tab.
    pub tab: InboxTab,
    /// After this place; none: the first.
    pub after: Option<InboxPlace>,
}

impl From<InboxTab> for InboxQuery {
    /// The first of a tab.
    fn from(tab: InboxTab) -> InboxQuery {
        InboxQuery { tab, after: None }
    }
}

/// A place in a tab, after a task that stands or stood there. Tasks may come and go before and after it. In an address it is
/// `MOMENT.PRIORITY.TASK`, with the moment in milliseconds since 1970, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxPlace {
    /// The task's deadline; under Done when it was closed.
    pub moment: Option<Time>,
    /// Its priority.
    pub priority: u8,
    /// The task.
    pub id: Uuid,
}

impl Display for InboxPlace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.moment {
            Some(moment) => write!(f, "{}", moment.timestamp_millis())?,
            None => write!(f, "none")?,
        }
        write!(f, ".{}.{}", self.priority, self.id)
    }
}

impl FromStr for InboxPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(());
        let moment = match part()? {
            "none" => None,
            millis => {
                let millis = millis.parse().map_err(|_| ())?;
                Some(Time::from_timestamp_millis(millis).ok_or(())?)
            }
        };
        Ok(InboxPlace {
            moment,
            priority: part()?.parse().map_err(|_| ())?,
            id: part()?.parse().map_err(|_| ())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let id = Uuid::from_u128(7);
        for (moment, priority, text) in [
            (
                Time::from_timestamp_millis(1_715_680_980_123),
                75,
                "1715680980123.75.00000000-0000-0000-0000-000000000007",
            ),
            (None, 0, "none.0.00000000-0000-0000-0000-000000000007"),
        ] {
            let place = InboxPlace {
                moment,
                priority,
                id,
            };
            assert_eq!(place.to_string(), text);
            assert_eq!(text.parse(), Ok(place));
        }
        for text in [
            "",
            "none",
            "none.50",
            "none.50.7",
            "none.256.00000000-0000-0000-0000-000000000007",
            "99999999999999999999.50.00000000-0000-0000-0000-000000000007",
            "9223372036854775807.50.00000000-0000-0000-0000-000000000007",
            "none.50.00000000-0000-0000-0000-000000000007.1",
        ] {
            assert_eq!(text.parse::<InboxPlace>(), Err(()), "{text}");
        }
    }
}
