//! The router, what its handlers share, and what every answer carries: headers, a log line, a bound
//! on time.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use handrail_wire::path::Route;
use handrail_wire::problem::Code;
use tokio::sync::{Semaphore, watch};

use crate::auth::Uses;
use crate::config::{Bounds, Clock, Config};
use crate::problem::Refusal;
use crate::store::Store;
use crate::throttle::Throttle;
use crate::{devices, invites, login, mailboxes, pages, staff, sync, watch as watching};

/// What handlers share.
pub type App = Arc<Shared>;

/// What handlers share.
pub struct Shared {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Clock,
    /// A session ends after so long without a request.
    pub idle: Duration,
    /// Browsers reach us by TLS.
    pub secure: bool,
    /// We end TLS ourselves.
    pub own_tls: bool,
    /// The last address of `X-Forwarded-For` is the caller's.
    pub behind_proxy: bool,
    /// Bounds.
    pub bounds: Bounds,
    /// Last uses not yet written.
    pub uses: Uses,
    /// Login failures.
    pub throttle: Throttle,
    /// Room for request bodies, in KiB.
    pub body_memory: Arc<Semaphore>,
    /// Room for watch streams.
    pub watchers: Arc<Semaphore>,
    /// Becomes true when the server stops.
    pub stopping: watch::Receiver<bool>,
    /// The console's files.
    pub console: Option<PathBuf>,
    requests: AtomicU64,
}

impl Shared {
    /// What handlers share, for one store.
    pub fn new(config: &Config, store: Arc<dyn Store>, stopping: watch::Receiver<bool>) -> App {
        Arc::new(Self {
            store,
            clock: config.clock.clone(),
            idle: config.idle,
            secure: config.tls.is_some() || config.behind_proxy,
            own_tls: config.tls.is_some(),
            behind_proxy: config.behind_proxy,
            uses: Uses::default(),
            throttle: Throttle::default(),
            body_memory: Arc::new(Semaphore::new(config.bounds.body_memory / 1024)),
            watchers: Arc::new(Semaphore::new(config.bounds.watchers)),
            stopping,
            console: config.console.clone(),
            bounds: config.bounds.clone(),
            requests: AtomicU64::new(u64::from_ne_bytes(crate::secret::random())),
        })
    }

    /// Writes last uses down.
    pub async fn write_uses(&self) {
        let uses = self.uses.all();
        if !uses.is_empty() && self.store.touch(uses.clone()).await.is_ok() {
            self.uses.written(&uses);
        }
    }
}

/// The address of a connection's other end, put into each request by the listener.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// All paths: every endpoint of the protocol, and the console's files.
pub fn app(state: App) -> Router {
    let routes = Route::ALL.iter();
    routes
        .fold(Router::new(), |router, route| {
            router.route(route.path(), handler(*route))
        })
        .fallback(pages::console)
        .method_not_allowed_fallback(|| async { Refusal::from(Code::MethodNotAllowed) })
        .layer(from_fn_with_state(Arc::clone(&state), around))
        .with_state(state)
}

/// Who answers an endpoint.
fn handler(route: Route) -> MethodRouter<App> {
    match route {
        Route::Sync => post(sync::sync),
        Route::Watch => get(watching::watch),
        Route::Health => get(pages::health),
        Route::SetupState => get(staff::setup_state),
        Route::SetUp => post(staff::set_up),
        Route::LoginStart => post(login::start),
        Route::Login => post(login::login),
        Route::Logout => post(login::logout),
        Route::StaffAdd => post(staff::add),
        Route::StaffRemove => post(staff::remove),
        Route::MailboxesMake => post(mailboxes::make),
        Route::Grant => post(mailboxes::grant),
        Route::Devices => get(devices::list),
        Route::DeviceRevoke => post(devices::revoke),
        Route::AccountClose => post(devices::close_account),
        Route::Notice => get(devices::notice),
        Route::Invites => get(invites::list),
        Route::InviteAdd => post(invites::add),
        Route::InviteRevoke => post(invites::revoke),
        Route::Redeem => post(invites::redeem),
        Route::RedeemConfirm => post(invites::confirm),
        Route::EnrolPage => get(pages::enrol),
    }
}

/// A method that a log may name.
fn known_method(method: &Method) -> bool {
    [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::PATCH,
    ]
    .contains(method)
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Around every request: a bound on time, headers, one log line.
async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = format!("{:016x}", app.requests.fetch_add(1, Ordering::Relaxed));
    let method = request.method().clone();
    let at = request.uri().path();
    // Any other path could hold what somebody typed.
    let mut known = Route::ALL.iter().map(|route| route.path());
    let route = known.find(|known| *known == at);
    let api = at.starts_with("/v1/");
    let received = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());

    let most = app.bounds.body_time + app.bounds.work_time;
    let mut response = if *app.stopping.borrow() {
        Refusal::from(Code::Stopping).into_response()
    } else {
        match tokio::time::timeout(most, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Refusal::from(Code::Busy).into_response(),
        }
    };
    protect(&app, &mut response, api);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    tracing::info!(
        id,
        method = if known_method(&method) {
            method.as_str()
        } else {
            "other"
        },
        route = route.unwrap_or("other"),
        status = response.status().as_u16(),
        code = response
            .extensions()
            .get::<Code>()
            .map(|code| code.as_str()),
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        received,
        sent = axum::body::HttpBody::size_hint(response.body()).exact(),
        "request"
    );
    response
}

/// What the console may do in a browser.
const CONSOLE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    connect-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; worker-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What a browser may do with an answer that is no page: nothing.
const API_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), \
    gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), \
    screen-wake-lock=(), xr-spatial-tracking=()";

/// Security headers on everything; a handler's own policy stays.
fn protect(app: &App, response: &mut Response, api: bool) {
    let policy = if api { API_POLICY } else { CONSOLE_POLICY };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(HeaderName::from_static("permissions-policy"), PERMISSIONS);
    if app.own_tls {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if api || response.status().is_client_error() || response.status().is_server_error() {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
