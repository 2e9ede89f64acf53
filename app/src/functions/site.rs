//! What stands around every page, and the sign-in page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::agency::Refused;
#[cfg(feature = "ssr")]
use crate::functions::{agency, asking};
use crate::posted::SignInPage;
#[cfg(feature = "ssr")]
use crate::posted::SignInPosted;
use crate::views::{ClockView, Person, SessionView};

/// What stands around every page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surroundings {
    /// Whether this is a demonstration.
    pub demo: bool,
    /// Workflow time and its rate.
    pub clock: ClockView,
    /// Who is signed in.
    pub person: Option<Person>,
    /// How long they still are.
    pub session: Option<SessionView>,
}

/// What stands around every page.
#[server]
pub async fn read_surroundings() -> Result<Surroundings, Refused> {
    let (agency, visitor) = (agency()?, asking());
    Ok(Surroundings {
        demo: agency.demo().is_some(),
        clock: agency.clock(),
        // A page that cannot tell who is signed in is still a page.
        person: agency.person(&visitor).await.unwrap_or(None),
        session: agency.session(&visitor).await.unwrap_or(None),
    })
}

/// The sign-in page: the people of the demonstration, and what a refused try left.
#[server]
pub async fn read_sign_in(next: String) -> Result<SignInPage, Refused> {
    let posted = use_context::<SignInPosted>().unwrap_or(SignInPosted {
        next,
        ..SignInPosted::default()
    });
    Ok(SignInPage {
        posted,
        demo: agency()?.demo(),
        provider: agency()?.has_provider(),
    })
}
