//! Reads a form as a browser sends it, with files or without.
//!
//! Whatever is wrong with the files, the rest of the form is kept: a file that is too large is read on
//! and thrown away, and its field says so. Memory is bounded for each request and for all together, and
//! so is the time a request may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use axum::extract::{Form, FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use hms_app::views::{Pairs, Rule, SentFile, SentForm};
use hms_forms::{FILE_BYTES_MAX, FILE_MB_MAX};
use multer::{Constraints, Field, Multipart, SizeLimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::site::Site;

const MB: usize = 1024 * 1024;
/// The most that the files of one request have together.
const FILES_MB_MAX: u32 = 25;
/// Most files of one request.
const FILES_MAX: u32 = 20;
/// The most that all texts of a form have together, in bytes.
const TEXTS_BYTES_MAX: usize = 2 * MB;
/// Longest name of a control and of a file, in bytes.
const NAME_BYTES_MAX: usize = 1_000;
/// The most that is held of what came and is not read yet: without a bound the head of one part could be as long as the
/// whole request.
const AHEAD_BYTES_MAX: usize = MB;
/// Most parts of a form.
const PARTS_MAX: usize = 1_000;
/// A request is read on and thrown away up to here, so that its form can be shown again.
const READ_BYTES_MAX: u64 = 110 * 1024 * 1024;
/// How long a request may take: 25 MB over a slow line.
const ARRIVAL: Duration = Duration::from_secs(600);
/// How long nothing may come.
const SILENCE: Duration = Duration::from_secs(20);
/// The memory for the files of all requests that are being read, in megabytes.
const ROOM_MB: usize = 256;

/// The memory for files that are being read.
pub(super) fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(ROOM_MB))
}

/// A form that was sent. Its files are in memory as long as this is held.
pub(super) struct FormPost {
    pub(super) form: SentForm,
    /// The memory it takes.
    _room: Option<OwnedSemaphorePermit>,
}

impl FromRequest<Site> for FormPost {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<FormPost, Response> {
        let kind = request.headers().get(CONTENT_TYPE);
        let boundary = kind.and_then(|kind| multer::parse_boundary(kind.to_str().ok()?).ok());
        let Some(boundary) = boundary else {
            let Form(pairs) = Form::<Pairs>::from_request(request, &())
                .await
                .map_err(IntoResponse::into_response)?;
            let files = Vec::new();
            return Ok(FormPost {
                form: SentForm { pairs, files },
                _room: None,
            });
        };
        let limits = SizeLimit::new().whole_stream(READ_BYTES_MAX);
        let limits = Constraints::new().size_limit(limits);
        let mut reader = Reader::new(site.room.clone(), SILENCE);
        let body = reader.ear.listen(request.into_body().into_data_stream());
        let parts = Multipart::with_constraints(body, boundary, limits);
        match tokio::time::timeout(ARRIVAL, reader.read(parts)).await {
            Ok(Ok(())) => Ok(FormPost {
                form: reader.form,
                _room: reader.taken,
            }),
            Ok(Err(broken)) => Err(broken.into_response()),
            Err(_) => Err(Broken::Slow.into_response()),
        }
    }
}

/// Why a form could not be read at all.
#[derive(Debug, Clone, Copy)]
enum Broken {
    Malformed,
    TooLarge,
    Slow,
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
        };
        // What still comes is not read.
        (status, [(CONNECTION, "close")], told).into_response()
    }
}

impl From<multer::Error> for Broken {
    fn from(error: multer::Error) -> Broken {
        match error {
            multer::Error::StreamSizeExceeded { .. } => Broken::TooLarge,
            _ => Broken::Malformed,
        }
    }
}

struct Reader {
    form: SentForm,
    texts: usize,
    /// Bytes of the files that were taken in.
    files: usize,
    room: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
    ear: Ear,
}

impl Reader {
    fn new(room: Arc<Semaphore>, silence: Duration) -> Reader {
        Reader {
            form: SentForm::default(),
            texts: 0,
            files: 0,
            room,
            taken: None,
            ear: Ear {
                silence,
                ahead: Arc::default(),
            },
        }
    }

    async fn read(&mut self, mut parts: Multipart<'_>) -> Result<(), Broken> {
        for _ in 0..PARTS_MAX {
            let Some(part) = self.ear.hear(parts.next_field()).await? else {
                return Ok(());
            };
            let Some(control) = part.name().filter(|name| !name.is_empty()) else {
                continue;
            };
            let control = control.to_owned();
            // Browsers write a quote in a name so (HTML, multipart/form-data encoding).
            let name = part.file_name().map(|name| name.replace("%22", "\""));
            self.texts += control.len();
            let longest = control.len().max(name.as_ref().map_or(0, String::len));
            if longest > NAME_BYTES_MAX {
                return Err(Broken::TooLarge);
            }
            match name {
                None => self.text(control, part).await?,
                Some(name) => self.file(control, name, part).await?,
            }
        }
        Err(Broken::TooLarge)
    }

    async fn text(&mut self, control: String, mut part: Field<'_>) -> Result<(), Broken> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.ear.hear(part.chunk()).await? {
            self.texts += chunk.len();
            if self.texts > TEXTS_BYTES_MAX {
                return Err(Broken::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.form.pairs.push((control, text));
        Ok(())
    }

    /// A file is read to its end in any case; once something is wrong with it, what comes is let go.
    async fn file(
        &mut self,
        control: String,
        name: String,
        mut part: Field<'_>,
    ) -> Result<(), Broken> {
        let mut kept = Ok(Vec::new());
        if self.form.files.len() >= FILES_MAX as usize {
            kept = Err(Rule::TooMany(FILES_MAX));
        }
        while let Some(chunk) = self.ear.hear(part.chunk()).await? {
            let Ok(bytes) = &mut kept else { continue };
            let size = bytes.len() + chunk.len();
            if size as u64 > FILE_BYTES_MAX {
                kept = Err(Rule::FileTooLarge(FILE_MB_MAX));
            } else if self.files + size > FILES_MB_MAX as usize * MB {
                kept = Err(Rule::FilesTooLarge(FILES_MB_MAX));
            } else if !self.has_room(self.files + size) {
                kept = Err(Rule::FileNotKept);
            } else {
                bytes.extend_from_slice(&chunk);
            }
        }
        if let Ok(bytes) = &kept {
            // A field of files in which none was chosen.
            if name.is_empty() && bytes.is_empty() {
                return Ok(());
            }
            self.files += bytes.len();
        }
        if self.form.files.len() < 2 * FILES_MAX as usize {
            self.form.files.push(SentFile {
                control,
                name,
                bytes: kept,
            });
        }
        Ok(())
    }

    /// Whether there is memory for so many bytes. Nobody waits for it: those who wait would hold what
    /// others wait for.
    fn has_room(&mut self, bytes: usize) -> bool {
        let held = self.taken.as_ref().map_or(0, |held| held.num_permits());
        let wanted = bytes.div_ceil(MB);
        if wanted <= held {
            return true;
        }
        let more = u32::try_from(wanted - held).unwrap_or(u32::MAX);
        let Ok(more) = self.room.clone().try_acquire_many_owned(more) else {
            tracing::warn!("no memory for a file that is being sent; its sender is told");
            return false;
        };
        match &mut self.taken {
            Some(held) => held.merge(more),
            None => self.taken = Some(more),
        }
        true
    }
}

/// Hears what comes, as long as something does, and not more at once than is read.
struct Ear {
    /// How long nothing may come.
    silence: Duration,
    /// Bytes that came since something was read.
    ahead: Arc<AtomicUsize>,
}

/// More came than anybody reads.
#[derive(Debug, thiserror::Error)]
#[error("more than {AHEAD_BYTES_MAX} bytes are no part of a form")]
struct TooFarAhead;

impl Ear {
    /// A body that ends when too much of it waits to be read.
    fn listen<E>(
        &self,
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static
    where
        E: Into<BoxError>,
    {
        let ahead = self.ahead.clone();
        body.map(move |chunk| {
            let chunk = chunk.map_err(Into::into)?;
            match ahead.fetch_add(chunk.len(), Ordering::Relaxed) {
                before if before > AHEAD_BYTES_MAX => Err(TooFarAhead.into()),
                _ => Ok(chunk),
            }
        })
    }

    /// What comes next, unless nothing does for too long.
    async fn hear<T>(&self, next: impl Future<Output = multer::Result<T>>) -> Result<T, Broken> {
        let next = tokio::time::timeout(self.silence, next).await;
        self.ahead.store(0, Ordering::Relaxed);
        match next {
            Ok(next) => Ok(next?),
            Err(_) => Err(Broken::Slow),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    fn file(control: &str, bytes: usize) -> Vec<u8> {
        let mut part = format!(
            "--b\r\ncontent-disposition: form-data; name=\"{control}\"; filename=\"a.pdf\"\r\n\r\n"
        )
        .into_bytes();
        part.resize(part.len() + bytes, b'x');
        part.extend(b"\r\n");
        part
    }

    const TEXT: &[u8] =
        b"--b\r\ncontent-disposition: form-data; name=\"t\"\r\n\r\nkept\r\n--b--\r\n";

    async fn read(reader: &mut Reader, body: Vec<u8>) -> Result<(), Broken> {
        let chunks: Vec<_> = body
            .chunks(60_000)
            .map(|chunk| Ok::<_, Infallible>(Bytes::copy_from_slice(chunk)))
            .collect();
        reader.read(Multipart::new(stream::iter(chunks), "b")).await
    }

    #[tokio::test]
    async fn memory_is_bounded_for_all_and_given_back() {
        let room = Arc::new(Semaphore::new(3));
        let body = |many: usize| [file("f", many * MB), file("g", MB), TEXT.to_vec()].concat();
        let mut first = Reader::new(room.clone(), SILENCE);
        read(&mut first, body(2)).await.unwrap();
        assert_eq!(room.available_permits(), 0);
        let mut second = Reader::new(room.clone(), SILENCE);
        read(&mut second, body(1)).await.unwrap();
        for (reader, expected) in [(&first, None), (&second, Some(Rule::FileNotKept))] {
            for file in &reader.form.files {
                assert_eq!(file.bytes.as_ref().err(), expected.as_ref());
            }
            assert_eq!(reader.form.pairs, [("t".to_owned(), "kept".to_owned())]);
        }
        drop(first);
        assert_eq!(room.available_permits(), 3);
    }

    #[tokio::test]
    async fn so_many_files_and_no_more() {
        let mut reader = Reader::new(room(), SILENCE);
        let mut body = file("f", 1).repeat(60);
        body.extend(TEXT);
        read(&mut reader, body).await.unwrap();
        let kept = reader.form.files.iter().filter(|file| file.bytes.is_ok());
        assert_eq!((kept.count(), reader.form.files.len()), (20, 40));
        assert_eq!(reader.form.pairs.len(), 1);
    }

    #[tokio::test]
    async fn a_part_without_an_end_of_its_head_is_not_read_on() {
        const CHUNK: usize = 64 * 1024;
        let begun = Bytes::from_static(b"--b\r\ncontent-disposition: form-data; name=\"");
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        // It would go on for ever, and is all there at once: nothing waits for it.
        let head = stream::repeat_with(move || {
            counted.fetch_add(CHUNK, Ordering::Relaxed);
            Bytes::from_static(&[b'x'; CHUNK])
        });
        let endless = stream::iter([begun]).chain(head).map(Ok::<_, Infallible>);
        let mut reader = Reader::new(room(), SILENCE);
        let body = reader.ear.listen(endless);
        let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(READ_BYTES_MAX));
        let broken = reader
            .read(Multipart::with_constraints(body, "b", limits))
            .await;
        assert!(matches!(broken, Err(Broken::Malformed)), "{broken:?}");
        let taken = taken.load(Ordering::Relaxed);
        assert!(
            taken <= AHEAD_BYTES_MAX + 3 * CHUNK,
            "{taken} bytes were held"
        );
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up() {
        let begun = stream::iter([Ok::<_, Infallible>(Bytes::from(file("f", 100)))]);
        let stuck = begun.chain(stream::pending());
        let mut reader = Reader::new(room(), Duration::from_millis(20));
        let broken = reader.read(Multipart::new(stuck, "b")).await;
        assert!(matches!(broken, Err(Broken::Slow)), "{broken:?}");
    }
}
