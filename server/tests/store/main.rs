//! What every store must do, run on each of them; and what only a store of many nodes must do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod accounts;
mod archive;
mod archive_attacks;
mod archive_nodes;
mod beside;
mod browsers;
mod calendars;
mod case_file;
mod cases;
mod files;
mod handout;
mod identities;
mod installation;
mod journal;
mod kept;
mod left_alone;
#[path = "../support/lesser.rs"]
mod lesser;
mod lists;
mod logbook;
mod moved;
mod nodes;
mod open;
mod outbox;
mod outside;
mod people;
mod personal;
mod plans;
#[path = "../support/postgres.rs"]
mod postgres;
mod reach;
mod retention;
mod run_pages;
mod script;
mod second_steps;
mod shelf;
mod tokens;
mod trail;
mod trail_attacks;
mod transfer;
mod turns;
mod waiting;
mod workforce;

/// Runs each of these tests on both stores.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::kept::sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::kept::postgres().await).await;
            })*
        }
    };
}

/// The same, and on a database that lacks much of PostgreSQL.
macro_rules! on_all {
    ($($name:ident),* $(,)?) => {
        crate::on_both!($($name),*);

        mod lesser {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::kept::lesser().await).await;
            })*
        }
    };
}

use {on_all, on_both};
