//! How a refusal is said in HTTP.

use axum::http::StatusCode;

use crate::agency::Refused;

/// The status of a page that shows this refusal.
pub fn status_code(refused: &Refused) -> StatusCode {
    match refused {
        Refused::SignIn => StatusCode::UNAUTHORIZED,
        Refused::NotAllowed => StatusCode::FORBIDDEN,
        Refused::NotFound => StatusCode::NOT_FOUND,
        Refused::MovedOut(_) => StatusCode::GONE,
        Refused::WrongSecret | Refused::Form(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refused::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Refused::Conflict(_) => StatusCode::CONFLICT,
        Refused::NotNow | Refused::NotKnown => StatusCode::SERVICE_UNAVAILABLE,
    }
}
