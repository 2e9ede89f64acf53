//! What it costs a request that somebody looks who asks: the same call without and with a token that the store
//! keeps, and whose session a cookie names. In this process, without a network, so that nothing else is measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hms_app::agency::{Agency, Token, Visitor};
use hms_server::api::{self, Api, ApiAuth};
use hms_server::clock::wall_ms;
use hms_server::edge::{self, Proxies};
use hms_server::files::Cabinet;
use hms_server::identity::{Doorkeeper, KnownTokens, ServerKey, fresh_token, token_hash};
use hms_server::node::{self, Place};
use hms_server::orchestrator::Workforce;
use hms_server::portal::Desk;
use hms_server::store::{Account, NewSession, SessionOf};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use crate::Failure;
use crate::figures::{Figures, percentile};

/// Requests of each kind.
const REQUESTS: u32 = 50_000;
/// Sessions that are asked for once, one after the other.
const SESSIONS: u32 = 5_000;
const TOKEN: &str = "a-token-of-some-length";

/// Measures on SQLite: both checks keep what they know in memory or read one row by its key.
pub(crate) async fn measure(figures: &mut Figures) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let place = Place {
        data_dir: folder.path().to_owned(),
        database_url: None,
        workflows: None,
        clock_rate: 1.0,
    };
    let (orchestrator, store, _lock) = node::open(&place).await?.start();
    let stop = CancellationToken::new();
    let workforce = Workforce::open(store.workforce(), &stop);
    let cabinet = Cabinet::new(store.files());
    let kept = KnownTokens::new(store.tokens());
    let auth = match ApiAuth::token(TOKEN)? {
        ApiAuth::Tokens { fixed, .. } => ApiAuth::Tokens {
            fixed,
            kept: Some(kept),
        },
        open @ ApiAuth::Open(_) => open,
    };
    let api = Api::new(
        orchestrator.clone(),
        workforce.clone(),
        cabinet.clone(),
        auth,
        stop.clone(),
    );
    let router = api::router(api);
    figures.head("Guards, a request, SQLite");
    let open = asked(&router, "/act/healthz").await?;
    let checked = asked(&router, "/act/problems").await?;
    let around = edge::around(router, Proxies::default());
    let whole = asked(&around, "/act/healthz").await?;
    figures.add("an open call", "µs", open);
    figures.add("a call with a token", "µs", checked);
    figures.add("an open call with ids and headers", "µs", whole);

    let key = ServerKey::of_folder(folder.path())?;
    let door = Arc::new(Doorkeeper::new(store.people(), key));
    let desk = Desk::new(
        orchestrator,
        door,
        workforce,
        cabinet,
        folder.path().to_owned(),
        None,
    );
    let sessions = sessions(&store).await?;
    let mut new = Vec::with_capacity(sessions.len());
    for session in &sessions {
        let begin = Instant::now();
        whose(&desk, session).await?;
        new.push(begin.elapsed());
    }
    let mean = new.iter().sum::<Duration>() / SESSIONS;
    let begin = Instant::now();
    for _ in 0..REQUESTS {
        whose(&desk, &sessions[0]).await?;
    }
    figures.add("whose session it is", "µs", each(begin, REQUESTS));
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    figures.add("whose session it is, not seen before", "µs", micros(mean));
    // A machine that is busy with something else for a moment shows in the mean and not here.
    figures.add("the same, p50", "µs", percentile(&mut new, 0.50) * 1e3);
    stop.cancel();
    Ok(())
}

async fn whose(desk: &Desk, session: &Visitor) -> Result<(), Failure> {
    let person = desk.person(session).await;
    person
        .map_err(|refused| refused.to_string())?
        .ok_or("nobody is signed in")?;
    Ok(())
}

async fn asked(router: &Router, path: &str) -> Result<f64, Failure> {
    let begin = Instant::now();
    for _ in 0..REQUESTS {
        let request = Request::get(path)
            .header("host", "localhost")
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(Body::empty())?;
        let response = router.clone().oneshot(request).await?;
        if !response.status().is_success() {
            return Err(format!("{path}: {}", response.status()).into());
        }
    }
    Ok(each(begin, REQUESTS))
}

fn each(begin: Instant, times: u32) -> f64 {
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

/// Those of one person: at least one.
async fn sessions(store: &hms_server::store::Store) -> Result<Vec<Visitor>, Failure> {
    let people = store.people();
    let account = Account {
        id: Uuid::now_v7(),
        email: "bench@agency.example".to_owned(),
        name: "Bench".to_owned(),
        roles: vec!["investigator".to_owned()],
        language: None,
        password_hash: String::new(),
        created_ms: wall_ms(),
        disabled_ms: None,
    };
    people.add(&account).await?;
    let mut visitors = Vec::new();
    for _ in 0..SESSIONS {
        let token: Token = fresh_token();
        people
            .open_session(&NewSession {
                token_hash: token_hash(&token),
                of: SessionOf::Person(account.id),
                created_ms: wall_ms(),
                expires_ms: wall_ms() + 3_600_000,
            })
            .await?;
        visitors.push(Visitor {
            session: Some(token),
            ..Visitor::default()
        });
    }
    Ok(visitors)
}
