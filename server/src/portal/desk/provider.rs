use hms_app::agency::{Refused, Token};

use super::Desk;
use crate::identity::{Oidc, OidcError, fresh_token};

/// Between the secret part of a seed and where the person wanted to go, as bytes in hexadecimal.
const JOINT: char = '.';
/// Longest address somebody is led on to, in bytes.
const NEXT_BYTES_MAX: usize = 500;

impl Desk {
    fn provider(&self) -> Result<&Oidc, Refused> {
        self.provider.as_deref().ok_or(Refused::NotFound)
    }

    /// Where the provider is asked, and the seed that the browser keeps meanwhile.
    pub(super) async fn address_of_provider(&self, next: &str) -> Result<(String, Token), Refused> {
        let next = Some(next)
            .filter(|next| next.len() <= NEXT_BYTES_MAX)
            .unwrap_or_default();
        let hex: String = next.bytes().map(|byte| format!("{byte:02x}")).collect();
        let seed = format!("{}{JOINT}{hex}", fresh_token().0);
        let address = self.provider()?.address(self.door.key(), &seed).await;
        Ok((address.map_err(told)?, Token(seed)))
    }

    /// Signs in who came back, and where they wanted to go.
    pub(super) async fn come_from_provider(
        &self,
        seed: &Token,
        state: &str,
        code: &str,
    ) -> Result<(Token, String), Refused> {
        let provider = self.provider()?;
        let identity = provider
            .identity(self.door.key(), &seed.0, state, code)
            .await;
        let came = match identity.map_err(told) {
            Ok(identity) => self.door.sign_in_as(identity).await,
            Err(refused) => Err(refused),
        };
        let token = match came {
            Ok(token) => token,
            Err(refused @ (Refused::WrongSecret | Refused::NotAllowed)) => {
                self.not_come_from_provider().await?;
                return Err(refused);
            }
            Err(refused) => return Err(refused),
        };
        self.signed_in_with(&token).await?;
        Ok((token, next_of(&seed.0)))
    }
}

fn next_of(seed: &str) -> String {
    let hex = seed.split_once(JOINT).map_or("", |(_, hex)| hex);
    let bytes: Option<Vec<u8>> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

fn told(error: OidcError) -> Refused {
    tracing::warn!(%error, "a sign-in at the provider came to nothing");
    match error {
        OidcError::Provider(_) => Refused::NotNow,
        OidcError::State | OidcError::Token(_) => Refused::WrongSecret,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_wanted_to_go_comes_back_with_the_seed() {
        for (seed, next) in [
            ("aa.2f696e626f78", "/inbox"),
            ("aa.", ""),
            ("aa", ""),
            ("aa.zz", ""),
            ("aa.ff", ""),
            ("aa.ñ", ""),
        ] {
            assert_eq!(next_of(seed), next, "{seed}");
        }
    }
}
