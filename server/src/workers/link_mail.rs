//! Mails the links by which people set their passwords. A link is kept with the order to mail it; here it
//! becomes a message, at least once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::email_svc::EmailSvc;
use crate::clock::wall_ms;
use crate::identity::Doorkeeper;
use crate::store::{AccountLink, StoreError};

/// How long a link that was taken is left to whoever took it, and until a failed one is tried again.
const HOLD_MS: i64 = 120_000;
/// Links taken at once.
const TAKE_MAX: u32 = 20;
/// Tries until a link is given up.
const TRIES_MAX: u32 = 30;
/// Links made by a command or at another node wake nobody here: they are looked for this often.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Mails links until told to stop.
pub async fn mail_links(
    door: Arc<Doorkeeper>,
    mail: EmailSvc,
    made: Arc<Notify>,
    stop: CancellationToken,
) {
    loop {
        if let Err(error) = send_due(&door, &mail).await {
            tracing::warn!(%error, "links to mail could not be read; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = made.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn send_due(door: &Doorkeeper, mail: &EmailSvc) -> Result<(), StoreError> {
    let accounts = door.accounts();
    loop {
        let due = accounts.links_to_send(wall_ms(), HOLD_MS, TAKE_MAX).await?;
        let last = due.len() < TAKE_MAX as usize;
        for link in due {
            if settled(door, mail, &link).await {
                accounts.link_sent(link.link.id).await?;
            }
        }
        if last {
            return Ok(());
        }
    }
}

/// Whether nothing is left to do for a link: it was mailed, or never will be.
async fn settled(door: &Doorkeeper, mail: &EmailSvc, link: &AccountLink) -> bool {
    if !link.is_good(wall_ms()) {
        return true;
    }
    let word = door.key().link_word(link.link.id);
    match mail.send_link(link, &word).await {
        Ok(()) => true,
        Err(why) if link.tries >= TRIES_MAX => {
            tracing::error!(person.id = %link.link.person, %why, "a link to set a password was given up");
            true
        }
        Err(why) => {
            tracing::warn!(person.id = %link.link.person, %why, "a link to set a password was not mailed; trying again");
            false
        }
    }
}
