//! The one map from a refusal to its answer: RFC 9457 problem details.
//!
//! Refuses to carry text of its own: a code, and seconds to wait when waiting helps.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use handrail_wire::path;
use handrail_wire::problem::{Code, Problem};

/// The server says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// Seconds to wait, when waiting helps.
    pub retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal that passes with time.
    pub fn later(code: Code, seconds: u64) -> Self {
        Self {
            code,
            retry_after: Some(seconds),
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        match code {
            Code::Busy | Code::Stopping => Self::later(code, 2),
            _ => Self {
                code,
                retry_after: None,
            },
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut problem = Problem::new(self.code);
        problem.retry_after = self.retry_after;
        let body = serde_json::to_vec(&problem).expect("strings and numbers become JSON");
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(path::PROBLEM),
        );
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // The log reads the code from here.
        response.extensions_mut().insert(self.code);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_keeps_its_status_and_waiting_is_said() {
        for code in Code::ALL {
            let response = Refusal::from(*code).into_response();
            assert_eq!(response.status().as_u16(), code.status());
            assert_eq!(response.headers()[header::CONTENT_TYPE], path::PROBLEM);
        }
        let response = Refusal::later(Code::TooManyTries, 7).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
    }
}
