use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const KB: usize = 1024;
/// The memory for what forms hold, of all requests that are being read or acted on, in kilobytes.
const ALL_KB: usize = 256 * 1024;
/// What files may have of it: some people who send large ones over slow lines must not keep all others from signing in.
const FILES_KB: usize = 192 * 1024;

/// The memory for the forms of all requests together. Nobody waits for it: those who wait would hold what others wait
/// for.
#[derive(Debug, Clone)]
pub(super) struct Room {
    all: Arc<Semaphore>,
    files: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Room {
        Room::of(ALL_KB, FILES_KB)
    }
}

impl Room {
    /// Of so many kilobytes, and so many of them for files.
    pub(super) fn of(all: usize, files: usize) -> Room {
        Room {
            all: Arc::new(Semaphore::new(all)),
            files: Arc::new(Semaphore::new(files)),
        }
    }

    /// How many kilobytes nobody has.
    #[cfg(test)]
    pub(super) fn free(&self) -> (usize, usize) {
        (self.all.available_permits(), self.files.available_permits())
    }

    /// Nothing yet, for one request.
    pub(super) fn lease(&self) -> Lease {
        Lease {
            room: self.clone(),
            texts: 0,
            files: 0,
            ahead: 0,
            all: None,
            of_files: None,
        }
    }
}

/// What one request has of the room, until this is dropped. It is asked for before what came is kept.
#[derive(Debug)]
pub(super) struct Lease {
    room: Room,
    /// Bytes of texts, of files, and the most that ever came and was neither yet.
    texts: usize,
    files: usize,
    ahead: usize,
    all: Option<OwnedSemaphorePermit>,
    of_files: Option<OwnedSemaphorePermit>,
}

impl Lease {
    /// Whether there is room for so many more bytes of text.
    pub(super) fn text(&mut self, bytes: usize) -> bool {
        let texts = self.texts + bytes;
        let has = self.all(texts + self.files + self.ahead);
        if has {
            self.texts = texts;
        }
        has
    }

    /// Whether there is room for files of so many bytes together.
    pub(super) fn files(&mut self, bytes: usize) -> bool {
        let files = self.files.max(bytes);
        let has = grow(&self.room.files, &mut self.of_files, files)
            && self.all(self.texts + files + self.ahead);
        if has {
            self.files = files;
        }
        has
    }

    /// Whether there is room for so many bytes that came and are not read yet.
    pub(super) fn ahead(&mut self, bytes: usize) -> bool {
        let ahead = self.ahead.max(bytes);
        let has = self.all(self.texts + self.files + ahead);
        if has {
            self.ahead = ahead;
        }
        has
    }

    /// Gives all of it back: the request holds nothing any more.
    pub(super) fn give_back(&mut self) {
        *self = self.room.lease();
    }

    fn all(&mut self, bytes: usize) -> bool {
        grow(&self.room.all, &mut self.all, bytes)
    }
}

/// Whether so many bytes are there to be held.
fn grow(room: &Arc<Semaphore>, taken: &mut Option<OwnedSemaphorePermit>, bytes: usize) -> bool {
    let held = taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let wanted = bytes.div_ceil(KB);
    if wanted <= held {
        return true;
    }
    let more = u32::try_from(wanted - held).unwrap_or(u32::MAX);
    let Ok(more) = room.clone().try_acquire_many_owned(more) else {
        return false;
    };
    match taken {
        Some(held) => held.merge(more),
        None => *taken = Some(more),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_leave_room_for_texts_and_all_of_it_comes_back() {
        let room = Room::of(8, 6);
        let (mut files, mut texts) = (room.lease(), room.lease());
        assert!(files.files(6 * KB));
        assert!(!room.lease().files(1));
        assert!(
            texts.ahead(100) && texts.text(KB - 100),
            "a kilobyte in all"
        );
        assert_eq!(room.free(), (1, 0));
        assert!(texts.text(KB) && !texts.text(1));
        // What it did not get counts for nothing.
        assert!(!texts.files(KB) && texts.text(0));
        texts.give_back();
        assert_eq!(room.free(), (2, 0));
        assert!(texts.text(2 * KB) && !room.lease().text(1));
        drop(files);
        drop(texts);
        assert_eq!(room.free(), (8, 6));
        // Texts may have all of it.
        assert!(room.lease().text(8 * KB));
    }
}
