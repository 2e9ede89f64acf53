//! Tokens that are right, forged, of another, and of another time.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use super::*;

const NOW: i64 = 1_800_000_000;

struct Signer {
    pair: EcdsaKeyPair,
    kid: &'static str,
}

fn signer(kid: &'static str) -> Signer {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    Signer {
        pair: EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap(),
        kid,
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    fn jwk(&self) -> Jwk {
        let point = self.pair.public_key().as_ref();
        let key = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": encoded(&point[1..33]), "y": encoded(&point[33..]),
        });
        serde_json::from_value(key).unwrap()
    }

    fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            encoded(header.to_string().as_bytes()),
            encoded(claims.to_string().as_bytes())
        );
        let signature = self
            .pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .unwrap();
        format!("{signed}.{}", encoded(signature.as_ref()))
    }

    fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({"alg": "ES256", "kid": self.kid}), claims)
    }
}

fn good() -> Value {
    json!({
        "iss": "https://id.example", "sub": "42", "aud": "hms", "nonce": "n",
        "iat": NOW - 5, "exp": NOW + 300,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    match value {
        Value::Null => claims.as_object_mut().unwrap().remove(name).map(|_| ()),
        value => claims
            .as_object_mut()
            .unwrap()
            .insert(name.to_owned(), value)
            .map(|_| ()),
    };
    claims
}

const EXPECTED: Expected<'static> = Expected {
    issuer: "https://id.example",
    client_id: "hms",
    nonce: "n",
    now: NOW,
};

#[test]
fn what_a_token_says_is_held_against_what_it_must_say() {
    let signer = signer("k1");
    let keys = [signer.jwk()];
    let cases: [(Value, Option<&str>); 22] = [
        (good(), None),
        (with("iss", json!("https://evil.example")), Some("iss")),
        (with("iss", json!("https://id.example/")), Some("iss")),
        (with("iss", Value::Null), Some("iss")),
        (with("aud", json!("another")), Some("aud")),
        (with("aud", json!([])), Some("aud")),
        (with("aud", json!(["hms"])), None),
        (with("aud", json!(["hms", "another"])), Some("aud")),
        (with("azp", json!("another")), Some("azp")),
        (with("azp", json!("hms")), None),
        (with("exp", json!(NOW - 59)), None),
        (with("exp", json!(NOW - 60)), Some("exp")),
        (with("exp", Value::Null), Some("exp")),
        (with("exp", json!("never")), Some("exp")),
        (with("iat", json!(NOW + 61)), Some("iat")),
        (with("iat", json!(NOW - 601)), Some("iat")),
        (with("nbf", json!(NOW + 61)), Some("nbf")),
        (with("nonce", json!("of another sign-in")), Some("nonce")),
        (with("nonce", Value::Null), Some("nonce")),
        (with("sub", json!("")), Some("sub")),
        (with("sub", json!(42)), Some("sub")),
        (with("sub", json!("x".repeat(256))), Some("sub")),
    ];
    for (claims, wrong) in cases {
        let told = verify(&signer.sign(&claims), &keys, &EXPECTED).map(|_| ());
        let expect = match wrong {
            None => Ok(()),
            Some("iss") => Err(NoToken::Claim("iss")),
            Some("aud") => Err(NoToken::Claim("aud")),
            Some("azp") => Err(NoToken::Claim("azp")),
            Some("exp") => Err(NoToken::Claim("exp")),
            Some("iat") => Err(NoToken::Claim("iat")),
            Some("nbf") => Err(NoToken::Claim("nbf")),
            Some("nonce") => Err(NoToken::Claim("nonce")),
            Some(_) => Err(NoToken::Claim("sub")),
        };
        assert_eq!(told, expect, "{claims}");
    }
}

#[test]
fn forged_tokens_are_none() {
    let (ours, eve) = (signer("k1"), signer("k1"));
    let keys = [ours.jwk()];
    let verified = |token: &str| verify(token, &keys, &EXPECTED).map(|_| ());
    assert_eq!(verified(&ours.sign(&good())), Ok(()));
    // Another's key by the same name; a key nobody has; no signature; one with the public key as a secret.
    assert_eq!(verified(&eve.sign(&good())), Err(NoToken::Signature));
    let unknown = ours.sign_with(&json!({"alg": "ES256", "kid": "k2"}), &good());
    assert_eq!(verified(&unknown), Err(NoToken::UnknownKey));
    for alg in ["none", "HS256", "None", "RS1", ""] {
        let token = ours.sign_with(&json!({"alg": alg, "kid": "k1"}), &good());
        assert_eq!(verified(&token), Err(NoToken::Algorithm), "{alg}");
    }
    let mixed = ours.sign_with(&json!({"alg": "RS256", "kid": "k1"}), &good());
    assert_eq!(
        verified(&mixed),
        Err(NoToken::UnknownKey),
        "a key of another kind"
    );
    let critical = ours.sign_with(&json!({"alg": "ES256", "crit": ["x"]}), &good());
    assert_eq!(verified(&critical), Err(NoToken::Unreadable));
    // Other claims under a right signature; the signature cut off.
    let right = ours.sign(&good());
    let pieces: Vec<&str> = right.split('.').collect();
    let other = encoded(with("sub", json!("1")).to_string().as_bytes());
    let swapped = format!("{}.{other}.{}", pieces[0], pieces[2]);
    assert_eq!(verified(&swapped), Err(NoToken::Signature));
    let unsigned = format!("{}.{}.", pieces[0], pieces[1]);
    assert_eq!(verified(&unsigned), Err(NoToken::Signature));
    for nonsense in ["", ".", "..", "a.b.c", "x".repeat(40_000).as_str()] {
        assert_eq!(
            verified(nonsense),
            Err(NoToken::Unreadable),
            "{nonsense:.10}"
        );
    }
}

#[test]
fn keys_of_unknown_kinds_are_passed_over() {
    let ours = signer("k1");
    let jwk = json!({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "x": "abc"}, "no key", {"kty": 7},
        {"kty": "EC", "crv": "P-256", "kid": "k0", "use": "enc", "x": "", "y": ""},
    ]});
    let mut keys = serde_json::from_value::<Jwks>(jwk).unwrap().readable();
    assert_eq!(keys.len(), 2);
    let token = ours.sign_with(&json!({"alg": "ES256"}), &good());
    assert_eq!(
        verify(&token, &keys, &EXPECTED).map(|_| ()),
        Err(NoToken::UnknownKey)
    );
    keys.push(ours.jwk());
    assert!(verify(&token, &keys, &EXPECTED).is_ok());
}
