use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hms_app::agency::{Refused, Visitor};
use hms_app::views::MailRow;
use mail_parser::MessageParser;

use super::Desk;
use crate::identity::{Act, mask_email, may};

/// The folder under the data folder where messages are kept when no SMTP server is set.
const FOLDER: &str = "mail";
/// Messages shown.
const ROWS: usize = 50;
/// Longest message read, in bytes.
const BYTES_MAX: u64 = 256 * 1024;

impl Desk {
    /// The messages kept as files, newest first, for administrators.
    pub(super) async fn list_mails(&self, who: &Visitor) -> Result<Vec<MailRow>, Refused> {
        let person = self.door.allowed(who, Act::ReadMails).await?;
        // A link to set a password is as good as the account it is for.
        let hide = !may(&person.roles, Act::ChangePeople);
        let folder = self.data_dir.join(FOLDER);
        let read = tokio::task::spawn_blocking(move || read(&folder)).await;
        match read {
            Ok(Ok(mut rows)) => {
                if hide {
                    rows.iter_mut()
                        .for_each(|row| row.body = without_links(&row.body));
                }
                Ok(rows)
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the folder of messages could not be read");
                Err(Refused::NotNow)
            }
            Err(_) => Err(Refused::NotNow),
        }
    }
}

fn read(folder: &Path) -> io::Result<Vec<MailRow>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let kept = entry.metadata()?;
        if path.extension().is_some_and(|ending| ending == "eml") && kept.len() <= BYTES_MAX {
            files.push((kept.modified()?, path));
        }
    }
    files.sort_by(|a, b| b.cmp(a));
    let newest = files.into_iter().take(ROWS);
    // A message that cannot be read is passed over: the others are still worth showing.
    Ok(newest
        .filter_map(|(written, path)| row(written, &fs::read(path).ok()?))
        .collect())
}

/// A message without what stands in its links to set a password.
fn without_links(body: &str) -> String {
    const LINK: &str = "/password/set/";
    let mut pieces = body.split(LINK);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str(LINK);
        text.push('…');
        text.push_str(piece.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    text
}

fn row(written: SystemTime, message: &[u8]) -> Option<MailRow> {
    let message = MessageParser::default().parse(message)?;
    let to = message.to().and_then(|to| to.first()?.address());
    Some(MailRow {
        at: written.into(),
        to: mask_email(to.unwrap_or_default()),
        subject: message.subject().unwrap_or_default().to_owned(),
        body: message
            .body_text(0)
            .map(|body| body.trim_end().to_owned())
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lettre::Message;
    use lettre::message::header::ContentType;

    use super::*;

    fn message(subject: &str, body: &str) -> Vec<u8> {
        Message::builder()
            .from("Agency <no-reply@agency.example>".parse().unwrap())
            .to("María Pérez <maria@example.org>".parse().unwrap())
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(body.to_owned())
            .unwrap()
            .formatted()
    }

    #[test]
    fn messages_are_read_as_written_newest_first_and_without_the_receivers_name() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |name: &str, bytes: &[u8], second| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            let written = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            fs::File::open(&path)
                .unwrap()
                .set_modified(written)
                .unwrap();
        };
        keep("b.eml", &message("Your report", "We have\na result.\n"), 1);
        let long = "Su denuncia 4839-2017-55 está terminada: ".repeat(5);
        keep("a.eml", &message("Su denuncia está lista", &long), 2);
        keep("c.txt", b"not a message", 3);
        let rows = read(folder.path()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].subject, "Su denuncia está lista");
        assert_eq!(rows[0].body, long.trim_end());
        assert_eq!(rows[0].at.timestamp(), 2);
        assert_eq!(rows[1].body.replace("\r\n", "\n"), "We have\na result.");
        assert!(rows.iter().all(|row| row.to == "m…@example.org"));
    }

    #[test]
    fn links_to_set_a_password_are_for_who_may_change_people() {
        assert_eq!(
            without_links("open\nhttp://a/password/set/0123abcd\nor /password/set/ff."),
            "open\nhttp://a/password/set/…\nor /password/set/…."
        );
        assert_eq!(without_links("nothing"), "nothing");
    }

    #[test]
    fn no_folder_is_no_messages() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("mail")).unwrap(), []);
    }
}
