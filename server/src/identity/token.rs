use hms_app::agency::Token;
use sha2::{Digest, Sha256};

use super::key::hex;

/// A new token of 256 random bits.
pub fn fresh_token() -> Token {
    Token(hex(&rand::random::<[u8; 32]>()))
}

/// What is stored of a token: nobody who reads the store can sign in with it.
pub fn token_hash(token: &Token) -> String {
    hex(&Sha256::digest(token.0.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (a, b) = (fresh_token(), fresh_token());
        assert_eq!(a.0.len(), 64);
        assert_ne!(a, b);
        assert_ne!(token_hash(&a), a.0);
        assert_eq!(token_hash(&a), token_hash(&a.clone()));
    }
}
