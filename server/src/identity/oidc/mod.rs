//! Sign-in at an agency's own provider (OpenID Connect Core 1.0): authorization code with PKCE (RFC 7636), state
//! and nonce. What must be known again when the browser comes back is derived with the server's key from a seed
//! that the browser keeps in a cookie, so no node has to remember anything.

mod id_token;
mod provider;

use std::str::FromStr;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

pub use self::id_token::NoToken;
use self::provider::Provider;
use super::key::hex;
use super::{HeldRole, ServerKey, normal_email};
use crate::clock::wall_ms;

/// Longest answer of the provider that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// How to reach the provider, and what its claims mean here.
#[derive(Clone)]
pub struct OidcSettings {
    /// The provider's name: its URL.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there; a public client has none.
    pub client_secret: Option<String>,
    /// Which claims give which roles.
    pub roles: Vec<RoleRule>,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
}

impl std::fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OidcSettings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret.as_ref().map(|_| "…"))
            .field("roles", &self.roles)
            .finish()
    }
}

/// `claim=value:role`: who has this value in this claim has this role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    claim: String,
    value: String,
    role: String,
}

impl FromStr for RoleRule {
    type Err = String;

    fn from_str(text: &str) -> Result<RoleRule, String> {
        let wrong = || {
            format!(
                "\"{text}\" is no rule – write CLAIM=VALUE:ROLE, like groups=fraud:investigator"
            )
        };
        let (claim, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (value, role) = rest.rsplit_once(':').ok_or_else(wrong)?;
        if claim.is_empty() || value.is_empty() || role.parse::<HeldRole>().is_err() {
            return Err(wrong());
        }
        Ok(RoleRule {
            claim: claim.to_owned(),
            value: value.to_owned(),
            role: role.to_owned(),
        })
    }
}

impl RoleRule {
    /// Whether the claim is the value, is a list that has it, or is text that has it as a word.
    fn fits(&self, claims: &Map<String, Value>) -> bool {
        match claims.get(&self.claim) {
            Some(Value::String(text)) => {
                *text == self.value || text.split(' ').any(|word| word == self.value)
            }
            Some(Value::Array(list)) => list.iter().any(|one| one.as_str() == Some(&self.value)),
            Some(Value::Bool(yes)) => yes.to_string() == self.value,
            _ => false,
        }
    }
}

/// Who the provider says somebody is.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Their name there, for good.
    pub subject: String,
    /// Their address, to show; nobody is known by it.
    pub email: Option<String>,
    /// Their name, to show.
    pub name: Option<String>,
    /// The roles that the rules give them.
    pub roles: Vec<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // People's data never reaches a log.
        f.write_str("Identity(…)")
    }
}

/// Why a sign-in at the provider came to nothing. The text goes to the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// The provider cannot be reached, or answers something else.
    #[error("the provider of sign-ins {0}")]
    Provider(String),
    /// The browser came back with another state than it was sent with.
    #[error("a sign-in came back that was not begun in this browser")]
    State,
    /// The token is none.
    #[error(transparent)]
    Token(#[from] NoToken),
}

/// Signs people in at a provider.
#[derive(Debug)]
pub struct Oidc {
    settings: OidcSettings,
    provider: Provider,
}

impl Oidc {
    /// A provider with these settings; it is asked when the first person comes.
    pub fn new(settings: OidcSettings) -> Result<Oidc, OidcError> {
        let provider = Provider::new(&settings.issuer)?;
        Ok(Oidc { settings, provider })
    }

    /// Where to send the browser that keeps this seed.
    pub async fn address(&self, key: &ServerKey, seed: &str) -> Result<String, OidcError> {
        let known = self.provider.known().await?;
        let challenge = Sha256::digest(verifier(key, seed).as_bytes());
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", &word(key, "oidc-state", seed))
            .append_pair("nonce", &word(key, "oidc-nonce", seed))
            .append_pair("code_challenge", &base64url(&challenge))
            .append_pair("code_challenge_method", "S256")
            .finish();
        let end = &known.authorization_endpoint;
        let joint = if end.contains('?') { '&' } else { '?' };
        Ok(format!("{end}{joint}{query}"))
    }

    /// Who came back with this code and state, in the browser that keeps this seed.
    pub async fn identity(
        &self,
        key: &ServerKey,
        seed: &str,
        state: &str,
        code: &str,
    ) -> Result<Identity, OidcError> {
        use subtle::ConstantTimeEq;
        let ours = word(key, "oidc-state", seed);
        if !bool::from(ours.as_bytes().ct_eq(state.as_bytes())) {
            return Err(OidcError::State);
        }
        let known = self.provider.known().await?;
        let form = self.token_form(code, &verifier(key, seed));
        let secret = self.settings.client_secret.as_deref();
        let client = secret.map(|secret| (self.settings.client_id.as_str(), secret));
        let answer = self
            .provider
            .token(&known.token_endpoint, form, client)
            .await?;
        let token = answer["id_token"]
            .as_str()
            .ok_or_else(|| OidcError::Provider("gave no ID token".to_owned()))?;
        let nonce = word(key, "oidc-nonce", seed);
        let expected = id_token::Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &nonce,
            now: wall_ms() / 1000,
        };
        let claims = match id_token::verify(token, &known.keys, &expected) {
            // The issuer may have new keys since they were read.
            Err(NoToken::UnknownKey) => {
                let fresh = self.provider.fresh_keys().await?;
                id_token::verify(token, &fresh.keys, &expected)?
            }
            verified => verified?,
        };
        Ok(self.who(&claims))
    }

    fn token_form(&self, code: &str, verifier: &str) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            .append_pair("code_verifier", verifier);
        if self.settings.client_secret.is_none() {
            form.append_pair("client_id", &self.settings.client_id);
        }
        form.finish()
    }

    fn who(&self, claims: &Map<String, Value>) -> Identity {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let fitting = self.settings.roles.iter().filter(|rule| rule.fits(claims));
        let mut roles: Vec<String> = fitting.map(|rule| rule.role.clone()).collect();
        roles.sort();
        roles.dedup();
        Identity {
            issuer: self.settings.issuer.clone(),
            // Looked at when the token was.
            subject: text("sub").unwrap_or_default(),
            email: text("email").map(|email| normal_email(&email)),
            name: text("name").or_else(|| text("preferred_username")),
            roles,
        }
    }
}

fn word(key: &ServerKey, purpose: &str, seed: &str) -> String {
    hex(&key.derive(purpose, &[seed.as_bytes()]))
}

/// 64 characters, as RFC 7636 (4.1) allows from 43 to 128.
fn verifier(key: &ServerKey, seed: &str) -> String {
    word(key, "oidc-verifier", seed)
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_give_roles_by_value_by_list_and_by_word() {
        let rule = |text: &str| text.parse::<RoleRule>().unwrap();
        let claims = json!({"groups": ["a", "urn:x:fraud"], "dept": "fraud", "scope": "x fraud", "admin": true});
        let claims = claims.as_object().unwrap();
        for (text, fits) in [
            ("groups=urn:x:fraud:investigator", true),
            ("groups=fraud:investigator", false),
            ("dept=fraud:investigator", true),
            ("dept=frau:investigator", false),
            ("scope=fraud:investigator", true),
            ("admin=true:administrator", true),
            ("none=x:clerk", false),
        ] {
            assert_eq!(rule(text).fits(claims), fits, "{text}");
        }
        for wrong in [
            "",
            "groups",
            "groups=x",
            "=x:y",
            "groups=:y",
            "groups=x:",
            "groups=x:a*",
        ] {
            assert!(wrong.parse::<RoleRule>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_seed_has_words_of_its_own() {
        let key = ServerKey::fresh();
        assert_ne!(word(&key, "oidc-state", "a"), word(&key, "oidc-nonce", "a"));
        assert_ne!(word(&key, "oidc-state", "a"), word(&key, "oidc-state", "b"));
        assert_eq!(verifier(&key, "a").len(), 64);
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = OidcSettings {
            issuer: "https://id.example".to_owned(),
            client_id: "hms".to_owned(),
            client_secret: Some("hidden".to_owned()),
            roles: vec![],
            redirect_uri: String::new(),
        };
        assert!(!format!("{settings:?}").contains("hidden"));
    }
}
