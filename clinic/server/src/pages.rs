//! What a browser shows: the console's files, the page behind an invite link, and health.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use handrail_wire::problem::Code;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::app::App;
use crate::problem::Refusal;
use crate::secret::{base64, sha256};

/// `GET /v1/health`.
pub async fn health(State(app): State<App>) -> Result<&'static str, Refusal> {
    app.store.health().await?;
    Ok("ok")
}

const ENROL_STYLE: &str = include_str!("enrol.css");
const ENROL_BODY: &str = include_str!("enrol.html");

static ENROL_PAGE: LazyLock<String> = LazyLock::new(|| ENROL_BODY.replace("STYLE", ENROL_STYLE));
static ENROL_POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = sha256(&[ENROL_STYLE.as_bytes()]);
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        base64(&digest.0)
    )
});

/// `GET /e`: says what to do with an invite link. It has no script, so the rest of the link, which a
/// browser does not send, cannot be read here.
pub async fn enrol() -> Response {
    let mut response = ENROL_PAGE.as_str().into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    if let Ok(policy) = HeaderValue::from_str(&ENROL_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Everything else: a file of the console, or nothing.
pub async fn console(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    let Some(folder) = &app.console else {
        return Refusal::from(Code::NotFound).into_response();
    };
    if path == "/v1" || path.starts_with("/v1/") {
        return Refusal::from(Code::NotFound).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Refusal::from(Code::MethodNotAllowed).into_response();
    }
    // The build puts a digest into the name of everything below /assets/.
    let named_by_content = path.starts_with("/assets/");
    let files = ServeDir::new(folder).precompressed_gzip();
    let Ok(served) = files.oneshot(request).await;
    let mut response = served.map(Body::new);
    match response.status() {
        StatusCode::OK | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT => {
            let caching = if named_by_content {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            };
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
            response
        }
        status if status.is_redirection() => response,
        StatusCode::INTERNAL_SERVER_ERROR => Refusal::from(Code::Internal).into_response(),
        _ => Refusal::from(Code::NotFound).into_response(),
    }
}
