//! Reads a form as a browser sends it, with files or without.
//!
//! Whatever is wrong with the files, the rest of the form is kept: a file that is too large is read on
//! and thrown away, and its field says so. Memory is bounded for each request and for all together, and
//! so is the time a request may take.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::BoxError;
use axum::body::Bytes;
use axum::extract::{Form, FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use hms_app::views::{Pairs, Rule, SentFile, SentForm};
use hms_forms::{FILE_BYTES_MAX, FILE_MB_MAX};
use multer::{Constraints, Field, Multipart, SizeLimit};

use super::broken::Broken;
use super::plain;
use super::room::{Lease, Room};
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

/// A form that was sent. It is in memory as long as this is held.
pub(super) struct FormPost {
    pub(super) form: SentForm,
    /// The memory it takes.
    _room: SharedLease,
}

impl FromRequest<Site> for FormPost {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<FormPost, Response> {
        let kind = request.headers().get(CONTENT_TYPE);
        let boundary = kind.and_then(|kind| multer::parse_boundary(kind.to_str().ok()?).ok());
        let Some(boundary) = boundary else {
            let mut lease = site.room.lease();
            let request = plain::read(request, &mut lease).await;
            let request = request.map_err(IntoResponse::into_response)?;
            let Form(pairs) = Form::<Pairs>::from_request(request, &())
                .await
                .map_err(IntoResponse::into_response)?;
            let files = Vec::new();
            return Ok(FormPost {
                form: SentForm { pairs, files },
                _room: SharedLease::of(lease),
            });
        };
        let limits = SizeLimit::new().whole_stream(READ_BYTES_MAX);
        let limits = Constraints::new().size_limit(limits);
        let mut reader = Reader::new(&site.room, SILENCE);
        let body = reader.ear.listen(request.into_body().into_data_stream());
        let parts = Multipart::with_constraints(body, boundary, limits);
        match tokio::time::timeout(ARRIVAL, reader.read(parts)).await {
            Ok(Ok(())) => Ok(FormPost {
                form: reader.form,
                _room: reader.lease,
            }),
            Ok(Err(broken)) => Err(broken.into_response()),
            Err(_) => Err(Broken::Slow.into_response()),
        }
    }
}

impl From<multer::Error> for Broken {
    fn from(error: multer::Error) -> Broken {
        match error {
            multer::Error::StreamSizeExceeded { .. } => Broken::TooLarge,
            multer::Error::StreamReadFailed(error) if error.is::<NoRoom>() => Broken::Full,
            _ => Broken::Malformed,
        }
    }
}

/// The room of a request, which what is heard ahead takes of, too.
#[derive(Clone)]
struct SharedLease(Arc<Mutex<Lease>>);

impl SharedLease {
    fn of(lease: Lease) -> SharedLease {
        SharedLease(Arc::new(Mutex::new(lease)))
    }

    fn get(&self) -> MutexGuard<'_, Lease> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Reader {
    form: SentForm,
    texts: usize,
    /// Bytes of the files that were taken in.
    files: usize,
    lease: SharedLease,
    /// There was no room for the texts: nothing is kept any more, and it is only read on.
    full: bool,
    ear: Ear,
}

impl Reader {
    fn new(room: &Room, silence: Duration) -> Reader {
        let lease = SharedLease::of(room.lease());
        Reader {
            form: SentForm::default(),
            texts: 0,
            files: 0,
            lease: lease.clone(),
            full: false,
            ear: Ear {
                silence,
                ahead: Arc::default(),
                lease,
            },
        }
    }

    async fn read(&mut self, mut parts: Multipart<'_>) -> Result<(), Broken> {
        for _ in 0..PARTS_MAX {
            let Some(part) = self.ear.hear(parts.next_field()).await? else {
                return match self.full {
                    true => Err(Broken::Full),
                    false => Ok(()),
                };
            };
            let Some(control) = part.name().filter(|name| !name.is_empty()) else {
                continue;
            };
            let control = control.to_owned();
            // Browsers write a quote in a name so (HTML, multipart/form-data encoding).
            let name = part.file_name().map(|name| name.replace("%22", "\""));
            let of_name = name.as_ref().map_or(0, String::len);
            if control.len().max(of_name) > NAME_BYTES_MAX {
                return Err(Broken::TooLarge);
            }
            self.keeps_text(control.len() + of_name)?;
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
            match self.keeps_text(chunk.len())? {
                true => bytes.extend_from_slice(&chunk),
                false => bytes = Vec::new(),
            }
        }
        if !self.full {
            let text = String::from_utf8(bytes);
            let text =
                text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
            self.form.pairs.push((control, text));
        }
        Ok(())
    }

    /// Whether so many more bytes of text are kept. When there is no room for them, all that is held goes, and the rest is
    /// read on and thrown away, so that the browser hears of it.
    fn keeps_text(&mut self, bytes: usize) -> Result<bool, Broken> {
        self.texts += bytes;
        if self.texts > TEXTS_BYTES_MAX {
            return Err(Broken::TooLarge);
        }
        if !self.full && !self.lease.get().text(bytes) {
            tracing::warn!("no memory for a form that is being sent; its sender is told");
            self.full = true;
            self.form = SentForm::default();
            self.lease.get().give_back();
        }
        Ok(!self.full)
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
            } else if self.full || !self.lease.get().files(self.files + size) {
                tracing::warn!("no memory for a file that is being sent; its sender is told");
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
        if !self.full && self.form.files.len() < 2 * FILES_MAX as usize {
            self.form.files.push(SentFile {
                control,
                name,
                bytes: kept,
            });
        }
        Ok(())
    }
}

/// Hears what comes, as long as something does, and not more at once than is read.
struct Ear {
    /// How long nothing may come.
    silence: Duration,
    /// Bytes that came since something was read.
    ahead: Arc<AtomicUsize>,
    lease: SharedLease,
}

/// More came than anybody reads.
#[derive(Debug, thiserror::Error)]
#[error("more than {AHEAD_BYTES_MAX} bytes are no part of a form")]
struct TooFarAhead;

/// There is no memory for what came.
#[derive(Debug, thiserror::Error)]
#[error("no memory for a form that is being sent")]
struct NoRoom;

impl Ear {
    /// A body that ends when too much of it waits to be read.
    fn listen<E>(
        &self,
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    ) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static
    where
        E: Into<BoxError>,
    {
        let (ahead, lease) = (self.ahead.clone(), self.lease.clone());
        body.map(move |chunk| {
            let chunk = chunk.map_err(Into::into)?;
            let before = ahead.fetch_add(chunk.len(), Ordering::Relaxed);
            if before > AHEAD_BYTES_MAX {
                return Err(TooFarAhead.into());
            }
            match lease.get().ahead(before + chunk.len()) {
                true => Ok(chunk),
                false => Err(NoRoom.into()),
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

    use futures_util::{FutureExt, stream};

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
    async fn memory_for_files_is_bounded_for_all_and_given_back() {
        let room = Room::of(4 * 1024, 3 * 1024);
        let body = |many: usize| [file("f", many * MB), file("g", MB), TEXT.to_vec()].concat();
        let mut first = Reader::new(&room, SILENCE);
        read(&mut first, body(2)).await.unwrap();
        assert_eq!(room.free().1, 0);
        let mut second = Reader::new(&room, SILENCE);
        read(&mut second, body(1)).await.unwrap();
        for (reader, expected) in [(&first, None), (&second, Some(Rule::FileNotKept))] {
            for file in &reader.form.files {
                assert_eq!(file.bytes.as_ref().err(), expected.as_ref());
            }
            assert_eq!(reader.form.pairs, [("t".to_owned(), "kept".to_owned())]);
        }
        drop(first);
        drop(second);
        assert_eq!(room.free(), (4 * 1024, 3 * 1024));
    }

    /// A text that does not end, of so many bytes.
    fn begun_text(bytes: usize) -> Vec<u8> {
        let mut begun = b"--b\r\ncontent-disposition: form-data; name=\"t\"\r\n\r\n".to_vec();
        begun.resize(begun.len() + bytes, b'x');
        begun
    }

    #[tokio::test]
    async fn memory_for_texts_is_bounded_for_all_and_given_back() {
        let room = Room::of(64, 0);
        // A form that stopped coming holds what came of it, until it is given up.
        let begun = stream::iter([Ok::<_, Infallible>(Bytes::from(begun_text(20 * 1024)))]);
        let mut slow = Reader::new(&room, Duration::from_secs(3600));
        let body = slow.ear.listen(begun.chain(stream::pending()));
        let mut reading = Box::pin(slow.read(Multipart::new(body, "b")));
        while room.free().0 == 64 {
            assert!((&mut reading).now_or_never().is_none());
        }
        // What waits to be read is counted, and what was read out of it.
        let free = room.free().0;
        assert!(free <= 24, "{free} KB are left");
        let mut large = Reader::new(&room, SILENCE);
        let whole = [begun_text(30 * 1024), b"\r\n".to_vec(), TEXT.to_vec()].concat();
        let broken = read(&mut large, whole.clone()).await;
        assert_eq!(broken, Err(Broken::Full));
        assert!(large.form.pairs.is_empty() && large.full);
        drop(large);
        assert_eq!(room.free().0, free);
        let mut ahead = Reader::new(&room, SILENCE);
        let body = stream::iter([Ok::<_, Infallible>(Bytes::from(whole.clone()))]);
        let body = ahead.ear.listen(body);
        let broken = ahead.read(Multipart::new(body, "b")).await;
        assert_eq!(broken, Err(Broken::Full), "before it is read");
        drop(ahead);
        drop(reading);
        drop(slow);
        assert_eq!(room.free().0, 64);
        let mut again = Reader::new(&room, SILENCE);
        read(&mut again, whole).await.unwrap();
        assert_eq!(again.form.pairs.len(), 2);
    }

    #[tokio::test]
    async fn so_many_files_and_no_more() {
        let mut reader = Reader::new(&Room::default(), SILENCE);
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
        let mut reader = Reader::new(&Room::default(), SILENCE);
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
        let mut reader = Reader::new(&Room::default(), Duration::from_millis(20));
        let broken = reader.read(Multipart::new(stuck, "b")).await;
        assert!(matches!(broken, Err(Broken::Slow)), "{broken:?}");
    }
}
