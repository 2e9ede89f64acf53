//! Sign-in that lasts, passwords, and the people who may sign in.

use leptos::prelude::*;
use uuid::Uuid;

use crate::agency::Refused;
#[cfg(feature = "ssr")]
use crate::functions::{agency, asking};
#[cfg(feature = "ssr")]
use crate::posted::{AccountPosted, InvitePosted, OwnPosted, PasswordPosted};
use crate::posted::{AccountShown, ForgotPosted, OwnShown, PasswordPage, PeopleShown};
use crate::views::SessionView;

/// How long the sign-in still lasts. Asking is no use of it.
#[server]
pub async fn read_session() -> Result<Option<SessionView>, Refused> {
    agency()?.session(&asking()).await
}

/// Lets the sign-in last as long as it can.
#[server]
pub async fn stay_signed_in() -> Result<Option<SessionView>, Refused> {
    agency()?.stay(&asking()).await
}

/// One's own account.
#[server]
pub async fn read_own_account() -> Result<OwnShown, Refused> {
    Ok(OwnShown {
        account: agency()?.own_account(&asking()).await?,
        posted: use_context::<OwnPosted>().unwrap_or_default(),
    })
}

/// The page where a link to another password is asked for.
#[server]
pub async fn read_forgot() -> Result<ForgotPosted, Refused> {
    Ok(use_context::<ForgotPosted>().unwrap_or_default())
}

/// The page where a password is set, by what stands in the link.
#[server]
pub async fn read_password_page(word: String) -> Result<PasswordPage, Refused> {
    let posted = use_context::<PasswordPosted>().unwrap_or(PasswordPosted {
        word,
        ..PasswordPosted::default()
    });
    match agency()?.link(&posted.word).await {
        Ok(link) => Ok(PasswordPage {
            link: Some(link),
            posted,
        }),
        Err(Refused::NotFound) => Ok(PasswordPage { link: None, posted }),
        Err(refused) => Err(refused),
    }
}

/// The people, the newest first.
#[server]
pub async fn read_people(before: Option<Uuid>) -> Result<PeopleShown, Refused> {
    Ok(PeopleShown {
        page: agency()?.people(&asking(), before).await?,
        posted: use_context::<InvitePosted>().unwrap_or_default(),
    })
}

/// One person.
#[server]
pub async fn read_account(id: Uuid) -> Result<AccountShown, Refused> {
    Ok(AccountShown {
        account: agency()?.account(&asking(), id).await?,
        posted: use_context::<AccountPosted>().unwrap_or_default(),
    })
}
