use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hms_app::agency::SharedAgency;
use hms_app::views::DemoView;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Failed, told_to_stop, watch};
use crate::api::{self, Api, ApiAuth};
use crate::config::{EdgeSettings, Serve};
use crate::edge::{self, Hosts, Limits, Tls};
use crate::files::Cabinet;
use crate::identity::{self, Doorkeeper, KnownTokens, Oidc, ServerKey};
use crate::node::{self, Opened};
use crate::orchestrator::{Orchestrator, Workforce};
use crate::portal::{self, Assets, Desk};
use crate::store::{People, RunQuery};
use crate::trail::{self, CHECKPOINTS_FILE, Outside};
use crate::workers::email_svc::EmailSvc;
use crate::{demo, workers};

/// How long open requests may take to end after SIGTERM.
const DRAIN: Duration = Duration::from_secs(3);

/// Serves until told to stop.
pub(super) async fn run(args: Serve) -> Result<(), Failed> {
    if args.demo {
        only_this_machine("--portal-addr", args.portal_addr)?;
        only_this_machine("--api-addr", args.api_addr)?;
    }
    let hosts = args.edge.allowed_hosts.clone();
    let hosts = hosts.or_else(|| args.demo.then(Hosts::local));
    let tls = tls(&args.edge)?;
    let portal_port = bind("--portal-addr", args.portal_addr).await?;
    let api_port = bind("--api-addr", args.api_addr).await?;
    let opened = node::open_with(&args.place(), args.personal_key.as_ref()).await?;
    let key = ServerKey::of_folder(&args.data_dir)?;
    if !opened.store.belongs_to(&key.print()).await? {
        return Err(Failed(format!(
            "{} is not the key this database began with – copy server.key from the data folder of a \
             node that is at work, so that reports get the same numbers at every node",
            args.data_dir.join("server.key").display()
        )));
    }
    let people = opened.store.people();
    let cast = if args.demo {
        Some(cast(&args, &opened, people.as_ref()).await?)
    } else {
        None
    };

    let outside = match &args.audit_checkpoints {
        Some(path) => Outside::open(path)
            .await
            .map_err(|error| Failed(format!("--audit-checkpoints {}: {error}", path.display())))?,
        // Nobody asked for this one, so nobody waits for it.
        None => Outside::at(args.data_dir.join(CHECKPOINTS_FILE)),
    };
    if let Err(error) = opened.store.make_room().await {
        tracing::warn!(%error, "no room could be made ahead in the database's log");
    }
    let (orchestrator, store, _lock) = opened.start();
    let stop = CancellationToken::new();
    let tracker = TaskTracker::new();
    // It seals once more after everything else is done.
    let last_word = CancellationToken::new();
    let sealing = tokio::spawn(trail::keep_sealing(
        orchestrator.clone(),
        store.trail(),
        key.seal(),
        outside,
        last_word.clone(),
    ));
    let archive = args
        .archive
        .start(&orchestrator, &store, &tracker, &stop)
        .map_err(Failed)?;
    let workforce = Workforce::open(store.workforce(), &stop);
    if let Some(folder) = &args.workflows {
        watch::watch(folder, orchestrator.clone(), stop.clone())?;
    }
    let running = workers::start(&args, &orchestrator, &workforce, store.outbox(), &stop)?;

    let cabinet = Cabinet::new(store.files());
    tracker.spawn(cabinet.clone().sweep(stop.clone()));
    tracker.spawn(orchestrator.clone().keep_erasing(stop.clone()));
    let doorkeeper = Arc::new(Doorkeeper::new(people, key).with_times(args.session_times()));
    let scheme = if tls.is_some() { "https" } else { "http" };
    let portal_url = url(scheme, &portal_port)?;
    let people_open = args.mail.portal_url.as_deref().unwrap_or(&portal_url);
    let provider = match args.oidc.settings(people_open)? {
        Some(settings) => Some(Arc::new(Oidc::new(settings)?)),
        None => None,
    };
    let desk = Desk::new(
        orchestrator.for_people(),
        doorkeeper.clone(),
        workforce.clone(),
        cabinet.clone(),
        args.data_dir.clone(),
        cast.clone(),
    )
    .with_provider(provider)
    .with_archive(archive);
    let desk = Arc::new(desk);
    let mail = EmailSvc::new(&args.mail, &portal_url, &args.data_dir)?;
    tracker.spawn(workers::mail_links(
        doorkeeper,
        mail,
        desk.posted(),
        stop.clone(),
    ));
    let agency: SharedAgency = desk.clone();
    let mut pages = portal::site(agency, Assets::find())
        .merge(portal::live(desk.clone(), stop.clone(), tracker.clone()))
        .merge(portal::files(desk.clone()))
        .merge(portal::csv(desk));
    let over_tls = |url: &String| url.starts_with("https://");
    if tls.is_some() || args.mail.portal_url.as_ref().is_some_and(over_tls) {
        pages = pages.layer(axum::middleware::from_fn(portal::host_cookies));
    }
    let auth = if args.demo {
        ApiAuth::open_to(hosts.clone().unwrap_or_else(Hosts::local))
    } else {
        ApiAuth::from_env(KnownTokens::new(store.tokens()))?
    };
    let api = api::router(Api::new(
        orchestrator.clone(),
        workforce.clone(),
        cabinet,
        auth,
        stop.clone(),
    ));

    let mut serving = JoinSet::new();
    let api_url = url(scheme, &api_port)?;
    let pages = match hosts {
        Some(hosts) => edge::only_as(pages, hosts),
        None => pages,
    };
    // People hold a connection each while a page is open; other systems keep few and use them much.
    for (port, router, eighths) in [(portal_port, pages, 5), (api_port, api, 2)] {
        let per_address = args.edge.connections_per_address;
        let limits = Limits::USUAL
            .within_open_files(eighths)
            .per_address(per_address.and_then(|max| max.try_into().ok()));
        let router = edge::around(router, args.edge.proxies());
        let exempt = args.edge.many_behind();
        let (tls, stop) = (tls.clone(), stop.clone());
        serving.spawn(edge::serve(port, router, tls, limits, exempt, stop));
    }
    serving.spawn(reload(tls, orchestrator.clone(), stop.clone()));
    announce(&args, &portal_url, &api_url, cast.as_ref());

    let broke = tokio::select! {
        told = told_to_stop() => told.map(|()| false)?,
        () = orchestrator.ended() => true,
    };
    tracing::info!("stopping: taking nothing more, finishing what has begun");
    stop.cancel();
    tracker.close();
    let drained = async {
        while serving.join_next().await.is_some() {}
        running.finished().await;
        tracker.wait().await;
    };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut");
        serving.shutdown().await;
    }
    workforce.close().await;
    orchestrator.stop().await;
    last_word.cancel();
    if tokio::time::timeout(DRAIN, sealing).await.is_err() {
        tracing::warn!("the audit trail was not sealed at the end; the next start does it");
    }
    store.close().await;
    if broke {
        return Err(Failed(
            "the engine ended unexpectedly – start hms again; what was accepted is kept".to_owned(),
        ));
    }
    Ok(())
}

/// The demonstration's people, and its history when nothing was filed yet.
async fn cast(args: &Serve, opened: &Opened, people: &dyn People) -> Result<DemoView, Failed> {
    // Of several nodes on one new database one makes the people and the history, and the others wait.
    let _founding = opened.store.founding().await?;
    let demo = identity::demo::people(people, &args.data_dir, opened.roles()).await?;
    let any = RunQuery {
        limit: 1,
        ..RunQuery::default()
    };
    if !args.no_sample_history && opened.store.shelf().runs(&any).await?.is_empty() {
        say("Making a month of sample history …");
        let cast = demo::Cast {
            investigator: identity::demo::who(people, "investigator").await?,
            supervisor: identity::demo::who(people, "supervisor").await?,
            label: workers::fraud_labeler::label,
        };
        demo::make(opened, &cast).await?;
    }
    Ok(demo)
}

fn only_this_machine(flag: &str, address: SocketAddr) -> Result<(), Failed> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(Failed(format!(
        "{flag} {address}: --demo is open to whoever reaches it, so it serves this machine only – \
         use 127.0.0.1, or leave out --demo"
    )))
}

async fn bind(flag: &str, address: SocketAddr) -> Result<TcpListener, Failed> {
    TcpListener::bind(address).await.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => "is in use by another program".to_owned(),
            _ => format!("cannot be served: {error}"),
        };
        Failed(format!(
            "{address} {why} – choose another with {flag} ADDR:PORT"
        ))
    })
}

fn url(scheme: &str, port: &TcpListener) -> Result<String, Failed> {
    Ok(format!("{scheme}://{}", port.local_addr()?))
}

fn tls(settings: &EdgeSettings) -> Result<Option<Tls>, Failed> {
    match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => Ok(Some(Tls::of_files(certificate, key)?)),
        _ => Ok(None),
    }
}

/// Reads the certificate and the keys of personal data again at each SIGHUP. What cannot be used is told, and the
/// former stays.
async fn reload(tls: Option<Tls>, orchestrator: Orchestrator, stop: CancellationToken) {
    let mut told = match signal(SignalKind::hangup()) {
        Ok(told) => told,
        Err(error) => {
            tracing::error!(%error, "certificate and keys will not be read again on SIGHUP");
            return;
        }
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = told.recv() => {}
        }
        orchestrator.registry().read_keys_again();
        match tls.as_ref().map(Tls::reload) {
            Some(Ok(())) => tracing::info!("the certificate was read again"),
            Some(Err(error)) => tracing::error!(%error, "the former certificate stays"),
            None => {}
        }
    }
}

/// Where to click and who to sign in as. Programs read the `portal:`, `api:` and `sign in:` lines.
fn announce(args: &Serve, portal: &str, api: &str, demo: Option<&DemoView>) {
    let mut text = String::new();
    if let Some(demo) = demo {
        text += &format!(
            "\n  Report fraud      {portal}/report\n  Investigator      {portal}/inbox\n  \
             SLA report        {portal}/admin\n\n"
        );
        for person in &demo.people {
            text += &format!(
                "sign in: {} {} {}\n",
                person.email, person.password, person.role
            );
        }
        text += "\n";
    }
    if args.clock_rate != 1.0 {
        text += &format!(
            "Workflow time runs {} times as fast as the wall clock.\n",
            args.clock_rate
        );
    }
    text += &format!("portal: {portal}\napi: {api}");
    say(&text);
}

#[expect(clippy::print_stdout, reason = "a command speaks to who started it")]
fn say(text: &str) {
    println!("{text}");
}
