//! Filing a complaint and following it.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::agency::REPORTER_COOKIE;
use crate::agency::Refused;
#[cfg(feature = "ssr")]
use crate::functions::{agency, asking, leave_cookie};
use crate::journey::{Confirmation, Journey};
#[cfg(feature = "ssr")]
use crate::posted::AddPosted;
use crate::posted::{Adding, FindPosted};
use crate::views::{Draft, ServiceForm, ServiceRow, StatusView};

/// The complaint form: as a form post left it, or a fresh one.
#[server]
pub async fn read_report_form() -> Result<Journey, Refused> {
    match use_context::<Journey>() {
        Some(posted) => Ok(posted),
        None => Ok(Journey::begin(agency()?.new_draft(), asking().language)),
    }
}

/// Files a complaint. The same draft again gives the same number and receipt.
#[server]
pub async fn file_report(draft: Draft) -> Result<Confirmation, Refused> {
    let filed = agency()?.file_report(draft).await?;
    leave_cookie(REPORTER_COOKIE, &filed.token);
    Ok(Confirmation {
        number: filed.number,
        receipt: filed.receipt,
        unsaved: false,
    })
}

/// The services that anybody can use.
#[server]
pub async fn read_services() -> Result<Vec<ServiceRow>, Refused> {
    Ok(agency()?.services(asking().language))
}

/// A service's form: as a form post left it, or a fresh one.
#[server]
pub async fn read_service_form(slug: String) -> Result<ServiceForm, Refused> {
    match use_context::<ServiceForm>() {
        Some(posted) => Ok(posted),
        None => agency()?.service_form(&slug, asking().language, Default::default()),
    }
}

/// The look-up form: as a refused post left it, or empty.
#[server]
pub async fn read_find_form() -> Result<FindPosted, Refused> {
    Ok(use_context::<FindPosted>().unwrap_or_default())
}

/// A report's status, for the reporter who holds its token.
#[server]
pub async fn read_status(number: String) -> Result<StatusView, Refused> {
    agency()?.status(&asking(), &number).await
}

/// The page where a reporter adds to their report, with what a refused post left.
#[server]
pub async fn read_adding(number: String) -> Result<Adding, Refused> {
    Ok(Adding {
        status: agency()?.status(&asking(), &number).await?,
        posted: use_context::<AddPosted>(),
    })
}
