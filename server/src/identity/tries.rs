use hms_app::agency::Refused;

use super::doorkeeper::not_now;
use super::{Allowance, Doorkeeper};
use crate::clock::wall_ms;
use crate::edge;

/// A try at a secret that has been counted as wrong until it turns out right.
#[must_use]
pub struct Try {
    account: String,
    address: Option<String>,
}

impl Doorkeeper {
    /// Counts a try at the secret of an account or a report, from an address. Whoever must wait
    /// is told so before anything is checked.
    pub async fn begin_try(
        &self,
        kind: &str,
        of: &str,
        address: Option<&str>,
    ) -> Result<Try, Refused> {
        let counted = Try {
            account: self.key().pseudonym(kind, of),
            address: address.map(|from| self.address("address", from)),
        };
        let mut names = vec![(counted.account.clone(), Allowance::ACCOUNT)];
        names.extend(
            counted
                .address
                .clone()
                .map(|address| (address, Allowance::ADDRESS)),
        );
        self.count(&names).await.map(|()| counted)
    }

    /// Counts a report that somebody files from an address; [`Refused::TooMany`] when there were too many from there.
    pub async fn may_file(&self, address: Option<&str>) -> Result<(), Refused> {
        let Some(from) = address else { return Ok(()) };
        let name = self.address("reports from", from);
        self.count(&[(name, Allowance::REPORTS)]).await
    }

    /// The try was not looked at.
    pub(super) async fn take_back_try(&self, counted: Try) -> Result<(), Refused> {
        let names: Vec<String> = [Some(counted.account), counted.address]
            .into_iter()
            .flatten()
            .collect();
        self.people.take_back_try(&names).await.map_err(not_now)
    }

    /// The try was right.
    pub async fn end_try(&self, counted: Try) -> Result<(), Refused> {
        let take_back = counted.address.as_deref();
        self.people
            .end_try(&counted.account, take_back)
            .await
            .map_err(not_now)
    }

    async fn count(&self, names: &[(String, Allowance)]) -> Result<(), Refused> {
        match self.people.begin_try(names, wall_ms()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(seconds)) => Err(Refused::TooMany(seconds)),
            Err(error) => Err(not_now(error)),
        }
    }

    fn address(&self, kind: &str, from: &str) -> String {
        self.key().pseudonym(kind, &edge::counted_as(from))
    }
}
