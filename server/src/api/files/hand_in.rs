use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hms_forms::FILE_BYTES_MAX;

use super::super::Api;
use super::super::auth::Granted;
use super::super::body::{Media, Sent, wrong_media};
use super::super::params::Params;
use super::super::problem::{Kind, Problem};
use crate::files::NotKept;
use crate::store::OWNER_API;

/// Largest file, in bytes.
const FILE_BYTES: usize = FILE_BYTES_MAX as usize;

/// `POST /files?name=plans.pdf`: keeps a file for a day, in which an event or an answer may name it.
/// The answer is the file as they name it.
pub(in crate::api) async fn hand_in(
    State(api): State<Api>,
    Granted(grant): Granted,
    mut params: Params,
    sent: Sent<FILE_BYTES>,
) -> Result<Response, Problem> {
    let name = params.text("name")?.ok_or_else(|| {
        Problem::new(
            Kind::Parameter,
            "The parameter name is missing: say what the file is called, like ?name=plans.pdf.",
        )
    })?;
    params.done()?;
    if !matches!(sent.media, Media::None | Media::Bytes) {
        return Err(wrong_media("application/octet-stream"));
    }
    let sender = grant
        .token
        .map_or_else(|| OWNER_API.to_owned(), |token| format!("token:{token}"));
    let kept = api.cabinet.keep(OWNER_API, &sender, &name, &sent.bytes);
    match kept.await {
        Ok(file) => Ok((StatusCode::CREATED, Json(file.to_value())).into_response()),
        Err(NotKept::Refused(rule)) => {
            let told = format!("The file was not kept: {rule}.");
            Err(Problem::new(Kind::File, told))
        }
        Err(NotKept::Store(error)) => Err(error.into()),
    }
}
