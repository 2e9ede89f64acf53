use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::identity::private_file::{make_folder, sync_folder, write_new};

/// How the name of a file ends that no transaction has taken yet.
const PART: &str = ".part";
/// So much of a file is read when a case is looked for; what this program writes is far smaller.
const FILE_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Where the bytes of files are that belong to cases, by their SHA-256.
const FILES: &str = "files";

/// The folder of archives. Names in it go by `/`: `FTC-Complaint/2019-03-000012.jsonl`. All of it is only for the one who
/// runs the program, and waits for the disk before it goes on.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// A file that is written and not yet in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Where it is.
    path: PathBuf,
    /// The name it is to have in the folder.
    pub(super) name: String,
}

impl Folder {
    /// A folder, which is made when it is not there.
    pub fn open(path: &Path) -> io::Result<Folder> {
        make_folder(path)?;
        // Whether it can be written is found out now, by whoever can do something about it.
        let probe = path.join(format!("{}{PART}", Uuid::new_v4().simple()));
        let tried = write_new(&probe, b"");
        let _ = fs::remove_file(&probe);
        tried.map(|()| Folder(path.to_owned()))
    }

    /// An existing folder, to be read.
    pub fn existing(path: &Path) -> io::Result<Folder> {
        match path.is_dir() {
            true => Ok(Folder(path.to_owned())),
            false => Err(io::Error::new(
                ErrorKind::NotFound,
                "there is no such folder",
            )),
        }
    }

    /// Writes what is to be a file, aside.
    pub(super) fn write_part(&self, name: &str, content: &[u8]) -> io::Result<Part> {
        let aside = format!("{name}.{}{PART}", Uuid::new_v4().simple());
        let path = self.0.join(aside);
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        write_new(&path, content)?;
        sync_folder(&path)?;
        Ok(Part {
            path,
            name: name.to_owned(),
        })
    }

    /// Puts a file in its place.
    pub(super) fn place(&self, part: &Part) -> io::Result<()> {
        let to = self.0.join(&part.name);
        fs::rename(&part.path, &to)?;
        sync_folder(&to)
    }

    /// Throws away what no transaction took.
    pub(super) fn discard(&self, part: &Part) -> io::Result<()> {
        fs::remove_file(&part.path)
    }

    /// What was written and is not in its place: a program ended in between.
    pub(super) fn parts(&self) -> io::Result<Vec<Part>> {
        let mut parts = Vec::new();
        for folder in folders(&self.0)? {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                let file = path.file_name().and_then(|name| name.to_str());
                let of = file.and_then(|name| name.strip_suffix(PART)?.rsplit_once('.'));
                let within = folder.strip_prefix(&self.0).ok().and_then(Path::to_str);
                if let (Some((name, _)), Some(within)) = (of, within) {
                    let name = format!("{within}/{name}");
                    parts.push(Part { path, name });
                }
            }
        }
        Ok(parts)
    }

    /// What was written of a part.
    pub(super) fn read_part(&self, part: &Part) -> io::Result<Vec<u8>> {
        fs::read(&part.path)
    }

    /// Whether a file is in its place.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    /// A file.
    pub(super) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(name))
    }

    /// The lines of a file, one after the other.
    pub(super) fn lines(
        &self,
        name: &str,
    ) -> io::Result<impl Iterator<Item = io::Result<String>> + use<>> {
        let file = fs::File::open(self.0.join(name))?;
        Ok(BufReader::new(file.take(FILE_BYTES_MAX)).lines())
    }

    /// Keeps the bytes of a case's file; the same bytes once.
    pub(super) fn keep_bytes(&self, sha256: &str, bytes: &[u8]) -> io::Result<()> {
        let name = bytes_name(sha256);
        if fs::metadata(self.0.join(&name)).is_ok_and(|file| file.len() == bytes.len() as u64) {
            return Ok(());
        }
        let part = self.write_part(&name, bytes)?;
        self.place(&part)
    }

    /// The bytes of a case's file.
    pub(super) fn bytes(&self, sha256: &str) -> io::Result<Vec<u8>> {
        self.read(&bytes_name(sha256))
    }
}

/// The name of a case's file. Two digits are a folder, so that none has too many.
fn bytes_name(sha256: &str) -> String {
    let two = sha256.get(..2).unwrap_or("00");
    format!("{FILES}/{two}/{sha256}")
}

/// The folders of workflows, and those of files.
fn folders(path: &Path) -> io::Result<Vec<PathBuf>> {
    let below = |path: &Path| -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                found.push(entry.path());
            }
        }
        Ok(found)
    };
    let mut all = below(path)?;
    let files = path.join(FILES);
    if files.is_dir() {
        all.extend(below(&files)?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_aside_until_it_is_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(&dir.path().join("archive")).unwrap();
        assert_eq!(folder.parts().unwrap(), []);
        let name = "W/2019-03-000001.jsonl";
        let part = folder.write_part(name, b"one").unwrap();
        assert!(folder.read(name).is_err());
        assert_eq!(folder.parts().unwrap(), std::slice::from_ref(&part));
        assert_eq!(folder.read_part(&part).unwrap(), b"one");
        folder.place(&part).unwrap();
        assert_eq!(folder.read(name).unwrap(), b"one");
        let part = folder.write_part(name, b"two").unwrap();
        folder.discard(&part).unwrap();
        assert_eq!(folder.parts().unwrap(), []);
        assert_eq!(folder.read(name).unwrap(), b"one");
    }

    #[test]
    fn the_same_bytes_are_kept_once() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        for _ in 0..2 {
            folder.keep_bytes("abcd", b"picture").unwrap();
        }
        assert_eq!(folder.bytes("abcd").unwrap(), b"picture");
        assert_eq!(folder.parts().unwrap(), []);
        // One that was left behind on the way is found as well.
        let part = folder.write_part("files/ab/abff", b"x").unwrap();
        assert_eq!(folder.parts().unwrap(), [part]);
    }

    #[test]
    fn what_cannot_be_written_is_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(Folder::open(&file).is_err());
        assert!(Folder::existing(&file).is_err());
    }
}
