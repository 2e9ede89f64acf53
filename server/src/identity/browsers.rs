use hms_app::agency::{BROWSER_SECONDS, Refused, SignedIn, Token};
use uuid::Uuid;

use super::doorkeeper::not_now;
use super::{Doorkeeper, Try, fresh_token, token_hash};
use crate::clock::wall_ms;
use crate::store::{Browser, SessionOf};

/// Where somebody tries to sign in.
#[derive(Debug, Clone, Copy, Default)]
pub struct TriedFrom<'t> {
    /// The network address, when it is known.
    pub address: Option<&'t str>,
    /// What the browser's cookie says.
    pub browser: Option<&'t Token>,
}

/// A try to sign in that has been counted.
pub(super) struct SignInTry {
    pub(super) counted: Try,
    /// The browser, when they signed in there before.
    known: Option<Token>,
}

impl Doorkeeper {
    /// Counts a try to sign in. In a browser in which the person signed in before, its own tries count, and neither those at
    /// the account nor those from the address: so nobody who knows an e-mail address can keep its owner waiting
    /// (OWASP, Slow Down Online Guessing Attacks with Device Cookies). Whoever takes such a cookie can guess no
    /// faster with it than without.
    pub(super) async fn begin_sign_in(
        &self,
        email: &str,
        from: TriedFrom<'_>,
    ) -> Result<SignInTry, Refused> {
        if let Some(token) = from.browser {
            let (hash, browsers) = (token_hash(token), self.people.browsers());
            let known = browsers.is_known(email, &hash, wall_ms()).await;
            if known.map_err(not_now)? {
                return Ok(SignInTry {
                    counted: self.begin_try("browser", &hash, None).await?,
                    known: Some(token.clone()),
                });
            }
        }
        Ok(SignInTry {
            counted: self.begin_try("account", email, from.address).await?,
            known: None,
        })
    }

    /// Lets in whose try was right, and knows their browser from now on.
    pub(super) async fn let_in(&self, person: Uuid, tried: SignInTry) -> Result<SignedIn, Refused> {
        self.end_try(tried.counted).await?;
        // One that is not known as this person's is never taken over: somebody else may have put it there.
        let browser = tried.known.unwrap_or_else(fresh_token);
        let seen_ms = wall_ms();
        let kept = Browser {
            token_hash: token_hash(&browser),
            person,
            seen_ms,
            expires_ms: seen_ms + i64::from(BROWSER_SECONDS) * 1000,
        };
        let browsers = self.people.browsers();
        browsers.keep(&kept).await.map_err(not_now)?;
        let whole_ms = self.times.whole_ms;
        let session = self.open(SessionOf::Person(person), whole_ms).await?;
        Ok(SignedIn { session, browser })
    }
}
