use hms_engine::Time;

use super::verify::{covered, of_itself};
use crate::store::{StoreError, Trail};

/// How the last checkpoint fits what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSeal {
    /// Its number.
    pub number: u64,
    /// When it was made, in workflow time.
    pub at: Time,
    /// How many chains it covers.
    pub chains: u64,
    /// How much of it, and of the rows it covers, is not as it was.
    pub faults: u64,
    /// Whether there are rows behind it.
    pub newer: bool,
}

/// Looks at the last checkpoint alone, with the key it must be signed with, and at the rows it covers: what a page can look
/// at each time it is shown. None before there is one.
pub async fn look_at_last(
    trail: &dyn Trail,
    key: [u8; 32],
) -> Result<Option<LastSeal>, StoreError> {
    let Some(last) = trail.last_checkpoint().await? else {
        return Ok(None);
    };
    let mut faults = of_itself(&last, Some(key)).len() as u64;
    covered(trail, &last, &mut |_| faults += 1).await?;
    let newer = trail.stands(last.upto_n, i64::MAX, 1).await?;
    Ok(Some(LastSeal {
        number: last.number,
        at: last.at,
        chains: last.leaves.len() as u64,
        faults,
        newer: !newer.is_empty(),
    }))
}
