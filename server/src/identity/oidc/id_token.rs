//! Looks whether an ID token is one (OpenID Connect Core 1.0, 3.1.3.7): signed by a key of the issuer, for us,
//! for this sign-in, and of now.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Longest token looked at, in bytes.
const BYTES_MAX: usize = 32 * 1024;
/// How far clocks may differ, in seconds.
const SKEW_SECONDS: i64 = 60;
/// A token that was made longer ago than this is none of this sign-in, in seconds.
const AGE_SECONDS_MAX: i64 = 600;

/// What the token must say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Who made it.
    pub(super) issuer: &'a str,
    /// Whom it is for: our name at the provider.
    pub(super) client_id: &'a str,
    /// The word that was sent with this sign-in.
    pub(super) nonce: &'a str,
    /// The moment, in seconds since 1970.
    pub(super) now: i64,
}

/// Why a token is none. The text goes to the log and holds nothing of the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// It cannot be read.
    #[error("the ID token cannot be read")]
    Unreadable,
    /// It is signed in a way that is not taken: `none`, or with a secret that could be the public key.
    #[error("the ID token is signed by an algorithm that is not taken – RS256 and ES256 are")]
    Algorithm,
    /// No key of the issuer is the one it names.
    #[error("the ID token is signed by a key that the issuer does not have")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the ID token's signature is wrong")]
    Signature,
    /// It says something else than it must.
    #[error("the ID token's {0} is wrong")]
    Claim(&'static str),
}

/// A key of the issuer (RFC 7517), as far as it signs ID tokens.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

/// The issuer's keys.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Jwks {
    #[serde(default)]
    pub(super) keys: Vec<Value>,
}

impl Jwks {
    /// Those that can be read; one of a kind this program does not know is no harm.
    pub(super) fn readable(self) -> Vec<Jwk> {
        let keys = self.keys.into_iter().take(100);
        keys.filter_map(|key| serde_json::from_value(key).ok())
            .collect()
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Es256,
}

/// What a token that is one says.
pub(super) fn verify(
    token: &str,
    keys: &[Jwk],
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, NoToken> {
    if token.len() > BYTES_MAX {
        return Err(NoToken::Unreadable);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(NoToken::Unreadable)?;
    let (header, claims) = signed.split_once('.').ok_or(NoToken::Unreadable)?;
    let header: Header =
        serde_json::from_slice(&decoded(header)?).map_err(|_| NoToken::Unreadable)?;
    // What must be understood and is not known here makes it unreadable (RFC 7515, 4.1.11).
    if header.crit.is_some() {
        return Err(NoToken::Unreadable);
    }
    let algorithm = match header.alg.as_str() {
        "RS256" => Algorithm::Rs256,
        "ES256" => Algorithm::Es256,
        _ => return Err(NoToken::Algorithm),
    };
    let signature = decoded(signature)?;
    let fits: Vec<&Jwk> = keys
        .iter()
        .filter(|key| key.is_for(algorithm, header.kid.as_deref()))
        .collect();
    if fits.is_empty() {
        return Err(NoToken::UnknownKey);
    }
    let signed = signed.as_bytes();
    if !fits
        .iter()
        .any(|key| key.signed(algorithm, signed, &signature))
    {
        return Err(NoToken::Signature);
    }
    let claims: Map<String, Value> =
        serde_json::from_slice(&decoded(claims)?).map_err(|_| NoToken::Unreadable)?;
    check(&claims, expected)?;
    Ok(claims)
}

fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), NoToken> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| {
        let value = claims.get(name)?;
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|at| at as i64))
    };
    let must = |right: bool, name| {
        if right {
            Ok(())
        } else {
            Err(NoToken::Claim(name))
        }
    };
    must(text("iss") == Some(expected.issuer), "iss")?;
    let audience = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.client_id,
        // Of several, it must have been made for us to use.
        Some(Value::Array(many)) => {
            many.iter()
                .any(|one| one.as_str() == Some(expected.client_id))
                && (many.len() == 1 || text("azp") == Some(expected.client_id))
        }
        _ => false,
    };
    must(audience, "aud")?;
    must(
        text("azp").is_none_or(|azp| azp == expected.client_id),
        "azp",
    )?;
    let ends = number("exp").ok_or(NoToken::Claim("exp"))?;
    must(expected.now < ends.saturating_add(SKEW_SECONDS), "exp")?;
    let made = number("iat").ok_or(NoToken::Claim("iat"))?;
    must(made <= expected.now + SKEW_SECONDS, "iat")?;
    must(made >= expected.now - AGE_SECONDS_MAX, "iat")?;
    let begins = number("nbf").unwrap_or(i64::MIN);
    must(begins <= expected.now + SKEW_SECONDS, "nbf")?;
    must(text("nonce") == Some(expected.nonce), "nonce")?;
    let subject = text("sub").is_some_and(|sub| !sub.is_empty() && sub.len() <= 255);
    must(subject, "sub")
}

impl Jwk {
    fn is_for(&self, algorithm: Algorithm, kid: Option<&str>) -> bool {
        let (kty, alg) = match algorithm {
            Algorithm::Rs256 => ("RSA", "RS256"),
            Algorithm::Es256 => ("EC", "ES256"),
        };
        self.kty == kty
            && self
                .purpose
                .as_deref()
                .is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|named| named == alg)
            && (algorithm == Algorithm::Rs256 || self.crv.as_deref() == Some("P-256"))
            && kid.is_none_or(|kid| self.kid.as_deref() == Some(kid))
    }

    fn signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let number = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        match algorithm {
            Algorithm::Rs256 => {
                let without_zeros = |mut bytes: Vec<u8>| {
                    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                    bytes.drain(..zeros);
                    bytes
                };
                let key = RsaPublicKeyComponents {
                    n: without_zeros(number(&self.n)),
                    e: without_zeros(number(&self.e)),
                };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                    .is_ok()
            }
            Algorithm::Es256 => {
                let mut point = vec![4];
                point.extend(number(&self.x));
                point.extend(number(&self.y));
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, signature)
                    .is_ok()
            }
        }
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, NoToken> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| NoToken::Unreadable)
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
