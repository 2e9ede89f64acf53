use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::store::StoreError;

/// How long one server may take to answer a call.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// Prepared statements kept a connection.
const STATEMENTS: usize = 256;

/// How many connections a node holds for reading and for sign-ins when its string does not say.
const CONNECTIONS: u32 = 8;

/// The servers of a connection string: `postgres://user@first:5432,second:5432/name`. One of them
/// takes writes; which one may change while the node runs.
#[derive(Debug)]
pub(super) struct Hosts {
    all: Vec<PgConnectOptions>,
    connections: u32,
}

impl Hosts {
    /// Reads a connection string. Its `max_connections=N` is this program's own.
    pub(super) fn parse(url: &str) -> Result<Hosts, StoreError> {
        let (url, connections) = without_limit(url)?;
        let all = one_each(&url)
            .iter()
            .map(|url| {
                Ok(PgConnectOptions::from_str(url)?
                    .application_name("hms")
                    .statement_cache_capacity(STATEMENTS)
                    .disable_statement_logging())
            })
            .collect::<Result<_, sqlx::Error>>()
            // What sqlx says may quote the string, and that may hold a password.
            .map_err(|_| StoreError::Unavailable("the connection string cannot be read".into()))?;
        Ok(Hosts { all, connections })
    }

    /// How many connections to hold for reading and for sign-ins.
    pub(super) fn connections(&self) -> u32 {
        self.connections
    }

    /// Connects to the first server that takes writes.
    pub(super) async fn connect(&self) -> Result<(PgConnection, PgConnectOptions), StoreError> {
        let mut last = StoreError::Unavailable("no server is named".into());
        // A handful of servers, asked one after the other: not a loop over data.
        for options in &self.all {
            match tokio::time::timeout(CONNECT_MAX, primary(options)).await {
                Ok(Ok(connection)) => return Ok((connection, options.clone())),
                Ok(Err(error)) => last = error,
                Err(_) => {
                    last =
                        StoreError::Unavailable(format!("{} does not answer", options.get_host()));
                }
            }
        }
        Err(last)
    }
}

async fn primary(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let mut connection = options.connect().await?;
    let asked = sqlx::query_scalar("SELECT pg_is_in_recovery()")
        .fetch_one(&mut connection)
        .await;
    let standby = match asked {
        Ok(standby) => standby,
        // There is no such function where there is no standby.
        Err(sqlx::Error::Database(told)) if told.code().as_deref() == Some("42883") => false,
        Err(other) => return Err(other.into()),
    };
    if standby {
        return Err(StoreError::Unavailable(format!(
            "{} is a standby and takes no writes",
            options.get_host()
        )));
    }
    Ok(connection)
}

/// The string without its `max_connections`, and that number.
fn without_limit(url: &str) -> Result<(String, u32), StoreError> {
    let Some((before, query)) = url.split_once('?') else {
        return Ok((url.to_owned(), CONNECTIONS));
    };
    let mut connections = CONNECTIONS;
    let mut kept = Vec::new();
    for pair in query.split('&') {
        match pair.strip_prefix("max_connections=") {
            Some(number) => {
                connections = number
                    .parse()
                    .ok()
                    .filter(|n| (1..=1000).contains(n))
                    .ok_or(StoreError::Unavailable(
                        "max_connections wants a number from 1 to 1000".into(),
                    ))?;
            }
            None => kept.push(pair),
        }
    }
    Ok((format!("{before}?{}", kept.join("&")), connections))
}

/// A connection string for each server it names.
fn one_each(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return vec![url.to_owned()];
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, hosts) = match authority.rfind('@') {
        Some(at) => authority.split_at(at + 1),
        None => ("", authority),
    };
    hosts
        .split(',')
        .map(|host| format!("{scheme}://{user}{host}{tail}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_gets_a_string_of_its_own() {
        assert_eq!(
            one_each("postgres://u:p,w@a:1,b:2,[::1]/x?sslmode=disable"),
            [
                "postgres://u:p,w@a:1/x?sslmode=disable",
                "postgres://u:p,w@b:2/x?sslmode=disable",
                "postgres://u:p,w@[::1]/x?sslmode=disable",
            ]
        );
        assert_eq!(
            one_each("postgres:///x?host=/run/pg"),
            ["postgres:///x?host=/run/pg"]
        );
    }

    #[test]
    fn the_limit_of_connections_is_taken_out() {
        let url = "postgres://a/x?sslmode=disable&max_connections=3&dbname=y";
        assert_eq!(
            without_limit(url).unwrap(),
            ("postgres://a/x?sslmode=disable&dbname=y".to_owned(), 3)
        );
        let none = "postgres://a/x".to_owned();
        assert_eq!(without_limit(&none).unwrap(), (none, CONNECTIONS));
        assert!(without_limit("postgres://a/x?max_connections=0").is_err());
    }

    #[test]
    fn a_string_that_cannot_be_read_is_not_quoted() {
        let told = Hosts::parse("postgres://u:secret@a:port/x").unwrap_err();
        assert!(!told.to_string().contains("secret"), "{told}");
    }
}
