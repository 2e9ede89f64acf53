//! How a message leaves: by SMTP, or into a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hms_engine::Time;
use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use uuid::Uuid;

use super::BadMail;
use crate::identity::private_file::{make_folder, replace};
use crate::workers::WorkFailed;

/// How long the mail server may take for each answer.
const ANSWER: Duration = Duration::from_secs(20);

/// Takes messages.
pub(super) enum Post {
    /// To a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into a folder.
    Files(PathBuf),
}

impl Post {
    /// To the server a URL names.
    pub(super) fn by_smtp(url: &str) -> Result<Post, BadMail> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| BadMail::Server)?
            .timeout(Some(ANSWER))
            .build();
        Ok(Post::Smtp(transport))
    }

    /// Into a folder, made when the first message comes.
    pub(super) fn to_files(folder: PathBuf) -> Post {
        Post::Files(folder)
    }

    /// How, for the task's result.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Post::Smtp(_) => "smtp",
            Post::Files(_) => "file",
        }
    }

    /// Sends a message that came about at a moment and has this id. Errors are told without the
    /// receiver's address.
    pub(super) async fn send(
        &self,
        created: Time,
        id: Uuid,
        message: Message,
    ) -> Result<(), WorkFailed> {
        match self {
            Post::Smtp(transport) => match transport.send(message).await {
                Ok(_) => Ok(()),
                Err(error) => Err(WorkFailed(told(&error))),
            },
            Post::Files(folder) => {
                // By its own time and id, so another attempt replaces its own file only.
                let time = created.format("%Y%m%dT%H%M%SZ");
                let name = format!("{time}-{id}.eml");
                let folder = folder.clone();
                let written = tokio::task::spawn_blocking(move || {
                    write(&folder, &name, &message.formatted())
                });
                match written.await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => Err(WorkFailed(format!(
                        "the mail folder cannot be written: {}",
                        error.kind()
                    ))),
                    Err(_) => Err(WorkFailed("writing the message broke off".to_owned())),
                }
            }
        }
    }
}

/// Writes a file whole or not at all, for nobody else of this machine: it may hold an address, or a link to set a password.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    make_folder(folder)?;
    replace(&folder.join(name), bytes)
}

/// What went wrong with SMTP. The server's own words may hold the address, so its code is all.
fn told(error: &Error) -> String {
    match error.status() {
        Some(code) if error.is_permanent() => format!("the mail server refused it: {code}"),
        Some(code) => format!("the mail server asks to try again later: {code}"),
        None if error.is_timeout() => "the mail server did not answer in time".to_owned(),
        None if error.is_tls() => "no secure connection to the mail server".to_owned(),
        None => "no connection to the mail server".to_owned(),
    }
}
