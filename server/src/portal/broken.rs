use axum::http::header::{CONNECTION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// When to send a form again for which there was no room, in seconds.
const AGAIN_SECONDS: u32 = 5;

/// Why a form could not be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    Malformed,
    TooLarge,
    Slow,
    /// There is no room for it beside all others.
    Full,
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        let (status, told) = match self {
            Broken::Malformed => (
                StatusCode::BAD_REQUEST,
                "The form did not arrive whole. Go back and send it again.\n\
                 El formulario no llegó completo. Vuelva atrás y envíelo otra vez.\n",
            ),
            Broken::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "This is more than one form can take. Go back and send fewer or smaller files.\n\
                 Esto es más de lo que cabe en un formulario. Vuelva atrás y envíe menos archivos \
                 o archivos más pequeños.\n",
            ),
            Broken::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "The form did not arrive in time. Go back and send it again, with smaller files.\n\
                 El formulario no llegó a tiempo. Vuelva atrás y envíelo otra vez, con archivos \
                 más pequeños.\n",
            ),
            Broken::Full => (
                StatusCode::SERVICE_UNAVAILABLE,
                "We cannot take your form at this moment: too much is being sent to us. Nothing that you typed is \
                 lost. Wait a few seconds and load this page again; when your browser asks, let it send the form \
                 again.\n\
                 En este momento no podemos recibir su formulario: nos están enviando demasiado. No se pierde nada de \
                 lo que escribió. Espere unos segundos y vuelva a cargar esta página; cuando el navegador pregunte, \
                 deje que envíe el formulario otra vez.\n",
            ),
        };
        // What still comes is not read.
        let mut response = (status, [(CONNECTION, "close")], told).into_response();
        if self == Broken::Full {
            let seconds = HeaderValue::from(AGAIN_SECONDS);
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}
