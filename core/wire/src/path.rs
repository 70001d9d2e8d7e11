//! Paths of the server, all below its origin.

/// POST: [`crate::sync::SyncRequest`] to [`crate::sync::SyncResponse`]. Phone token or staff session.
pub const SYNC: &str = "/v1/sync";
/// GET: server-sent events without content, one `change` for each commit. Staff session.
pub const WATCH: &str = "/v1/watch";
/// GET: 200 and `ok` when the store answers. Nobody.
pub const HEALTH: &str = "/v1/health";
/// GET: [`crate::account::SetupState`]; POST: [`crate::account::SetupRequest`] to [`crate::account::LoginResponse`]. Set-up code.
pub const SETUP: &str = "/v1/setup";
/// POST: [`crate::account::LoginStart`] to [`crate::account::LoginParams`]. Nobody.
pub const LOGIN_START: &str = "/v1/login/start";
/// POST: [`crate::account::LoginRequest`] to [`crate::account::LoginResponse`]. Nobody.
pub const LOGIN: &str = "/v1/login";
/// POST, empty: ends the staff session.
pub const LOGOUT: &str = "/v1/logout";
/// POST: [`crate::account::NewStaff`]. Staff session of an administrator.
pub const STAFF: &str = "/v1/staff";
/// POST: [`crate::account::RemoveStaff`]: the account is closed, its sessions end. Administrator.
pub const STAFF_REMOVE: &str = "/v1/staff/remove";
/// POST: [`crate::account::NewMailboxes`]. Staff session.
pub const MAILBOXES: &str = "/v1/mailboxes";
/// POST: [`crate::account::Grant`]. Staff session.
pub const GRANTS: &str = "/v1/grants";
/// GET: [`crate::account::Devices`]. Staff session.
pub const DEVICES: &str = "/v1/devices";
/// POST: [`crate::account::RevokeDevice`]. Staff session.
pub const DEVICES_REVOKE: &str = "/v1/devices/revoke";
/// POST: [`crate::account::CloseAccount`]. Staff session.
pub const ACCOUNTS_CLOSE: &str = "/v1/accounts/close";
/// GET: [`crate::account::NoticeResponse`], the one thing a revoked phone may still fetch. Phone token.
pub const NOTICE: &str = "/v1/device/notice";
/// GET: [`crate::invite::Invites`]; POST: [`crate::invite::NewInvite`]. Staff session.
pub const INVITES: &str = "/v1/invites";
/// POST: [`crate::invite::RevokeInvite`]. Staff session.
pub const INVITES_REVOKE: &str = "/v1/invites/revoke";
/// POST: [`crate::invite::RedeemRequest`] to [`crate::invite::RedeemResponse`]. Nobody.
pub const REDEEM: &str = "/v1/redeem";
/// POST, empty: the phone has saved its keys; the bundle is deleted. Phone token.
pub const REDEEM_CONFIRM: &str = "/v1/redeem/confirm";
/// GET: the page behind an invite link. It has no script. Nobody.
pub const ENROL_PAGE: &str = "/e";
/// Name of the staff session cookie.
pub const COOKIE: &str = "handrail_session";
/// Media type of every message.
pub const CBOR: &str = "application/cbor";
/// Media type of every refusal.
pub const PROBLEM: &str = "application/problem+json";
