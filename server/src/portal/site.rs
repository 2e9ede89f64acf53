//! The pages of the portal: rendered on a GET, acted on by a plain form post, asked for by scripts
//! through server functions.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use hms_app::App;
use hms_app::agency::{Refused, SharedAgency, Visitor};
use hms_app::functions::{Unconfirmed, status_code, visitor_of};
use leptos::prelude::provide_context;
use leptos_axum::{
    generate_route_list, handle_server_fns_with_context, render_app_async_with_context,
};

use super::access;
use super::assets::Assets;
use super::guard;
use super::plain;
use super::posts;
use super::room::Room;
use super::shell::shell;

/// When to try again what could not be done now, in seconds.
const NOT_NOW_SECONDS: u32 = 5;

/// What rendering a page needs.
#[derive(Clone)]
pub(super) struct Site {
    /// The server as the pages see it.
    pub(super) agency: SharedAgency,
    /// The memory for forms that are being sent.
    pub(super) room: Room,
    assets: Arc<Assets>,
}

/// The router of the portal's pages, server functions and assets.
pub fn site(agency: SharedAgency, assets: Assets) -> Router {
    let site = Site {
        agency,
        room: Room::default(),
        assets: Arc::new(assets.clone()),
    };
    let mut pages = Router::new();
    for path in self::pages() {
        pages = pages.route(path, get(page));
    }
    pages
        .route("/report", post(posts::report::turn))
        .route("/report/receipt.txt", post(posts::report::receipt))
        .route("/status", post(posts::find::open))
        .route("/status/{number}/add", post(posts::add::send))
        .route("/sign-in", post(posts::session::sign_in))
        .route("/sign-out", post(posts::session::sign_out))
        .route("/account", post(posts::account::act))
        .route("/sign-in/provider", get(posts::provider::to))
        .route("/sign-in/provider/back", get(posts::provider::back))
        .route("/sign-in/stay", post(posts::session::stay))
        .route("/password", post(posts::password::forgot))
        .route("/password/set", post(posts::password::set))
        .route("/admin/people", post(posts::people::invite))
        .route("/admin/people/{id}", post(posts::people::act))
        .route("/inbox/{task}/clock", post(posts::clock::set))
        .route("/admin/runs/{id}", post(posts::run::act))
        .route("/admin/runs/{id}/erase", post(posts::erase::step))
        .route("/admin/workflows/{id}", post(posts::workflow::migrate))
        .route("/api/{*function}", functions())
        .route_layer(from_fn_with_state(site.room.clone(), plain::hold))
        // These may have files, and read themselves what comes.
        .route("/report/{slug}", post(posts::service::send))
        .route("/inbox/{task}", post(posts::task::act))
        .fallback(page)
        .layer(from_fn(access::gate))
        .layer(from_fn(guard::language))
        .layer(from_fn(guard::own_forms_only))
        .layer(from_fn(guard::private))
        .with_state(site)
        .merge(assets.routes())
}

/// The addresses of the pages, as the router knows them. Asked for once in a process: while leptos makes the
/// list it loads no resource anywhere, and a page being rendered at that moment would never end.
pub fn pages() -> &'static [String] {
    static PATHS: OnceLock<Vec<String>> = OnceLock::new();
    PATHS.get_or_init(|| {
        let listings = generate_route_list(App);
        let paths = listings.iter().map(|listing| listing.path().to_owned());
        paths.collect()
    })
}

/// A page as its address says.
async fn page(State(site): State<Site>, request: Request) -> Response {
    if request.method() != axum::http::Method::GET && request.method() != axum::http::Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    site.render(request, || {}).await
}

fn functions() -> MethodRouter<Site> {
    post(async |State(site): State<Site>, request: Request| {
        let agency = site.agency.clone();
        handle_server_fns_with_context(move || provide_context(agency.clone()), request).await
    })
}

impl Site {
    async fn render(
        &self,
        request: Request,
        provide: impl Fn() + Clone + Send + Sync + 'static,
    ) -> Response {
        let agency = self.agency.clone();
        let assets = self.assets.clone();
        let rendered = render_app_async_with_context(
            move || {
                provide_context(agency.clone());
                provide();
            },
            move || shell(&assets),
        );
        rendered(request).await
    }

    /// The page at a form's address, with what the post left in its context and the status of why it
    /// was refused.
    pub(super) async fn again<T: Clone + Send + Sync + 'static>(
        &self,
        parts: Parts,
        left: T,
        refused: Option<&Refused>,
    ) -> Response {
        let visitor = visitor_of(&parts.headers);
        self.again_as(parts, visitor, left, refused).await
    }

    /// The same for a visitor whom the post itself made known.
    pub(super) async fn again_as<T: Clone + Send + Sync + 'static>(
        &self,
        parts: Parts,
        visitor: Visitor,
        left: T,
        refused: Option<&Refused>,
    ) -> Response {
        let unconfirmed = (refused == Some(&Refused::NotKnown)).then(|| parts.clone());
        let request = Request::from_parts(parts, Body::empty());
        let mut response = self
            .render(request, move || {
                provide_context(visitor.clone());
                provide_context(left.clone());
            })
            .await;
        // The store that went away is away still, and what the page says of that is not what became of the post.
        if let Some(parts) = unconfirmed
            && response.status().is_server_error()
        {
            let request = Request::from_parts(parts, Body::empty());
            response = self.render(request, || provide_context(Unconfirmed)).await;
        }
        if let Some(refused) = refused
            && response.status().is_success()
        {
            *response.status_mut() = status_code(refused);
        }
        let wait = match refused {
            Some(Refused::TooMany(seconds)) => Some(*seconds),
            Some(Refused::NotNow | Refused::NotKnown) => Some(NOT_NOW_SECONDS),
            _ => None,
        };
        if let Some(seconds) = wait {
            response
                .headers_mut()
                .insert(axum::http::header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
