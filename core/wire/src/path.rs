//! Paths of the server, all below its origin, and the list of its endpoints.

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

/// How an endpoint is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Changes nothing.
    Get,
    /// Carries a message, or says that something is to happen.
    Post,
}

impl Method {
    /// As it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

macro_rules! routes {
    ($($(#[$doc:meta])* $variant:ident = $method:ident $path:ident;)*) => {
        /// Every endpoint. The server builds its router from this list, and the table of who may do what
        /// (`tests/story/tests/access`) has a row for each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Route { $($(#[$doc])* $variant,)* }

        impl Route {
            /// All of them.
            pub const ALL: &'static [Route] = &[$(Route::$variant,)*];

            /// Its method.
            pub fn method(self) -> Method {
                match self { $(Self::$variant => Method::$method,)* }
            }

            /// Its path.
            pub fn path(self) -> &'static str {
                match self { $(Self::$variant => $path,)* }
            }
        }
    };
}

routes! {
    /// One round of synchronisation.
    Sync = Post SYNC;
    /// "Something has changed".
    Watch = Get WATCH;
    /// The store answers.
    Health = Get HEALTH;
    /// Whether the clinic is set up.
    SetupState = Get SETUP;
    /// Sets it up.
    SetUp = Post SETUP;
    /// How a passphrase is to be derived.
    LoginStart = Post LOGIN_START;
    /// Opens a session.
    Login = Post LOGIN;
    /// Ends it.
    Logout = Post LOGOUT;
    /// Makes a staff account.
    StaffAdd = Post STAFF;
    /// Closes one.
    StaffRemove = Post STAFF_REMOVE;
    /// Makes mailboxes.
    MailboxesMake = Post MAILBOXES;
    /// Says who may use one.
    Grant = Post GRANTS;
    /// Lists phones.
    Devices = Get DEVICES;
    /// Stops a phone's sync.
    DeviceRevoke = Post DEVICES_REVOKE;
    /// Closes a patient's or family member's account.
    AccountClose = Post ACCOUNTS_CLOSE;
    /// What a phone that was cut off may still fetch.
    Notice = Get NOTICE;
    /// Lists invites.
    Invites = Get INVITES;
    /// Makes one.
    InviteAdd = Post INVITES;
    /// Takes one back.
    InviteRevoke = Post INVITES_REVOKE;
    /// Uses one.
    Redeem = Post REDEEM;
    /// Says that its keys are saved.
    RedeemConfirm = Post REDEEM_CONFIRM;
    /// The page behind an invite link.
    EnrolPage = Get ENROL_PAGE;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_endpoint_stands_in_the_list_twice() {
        let all = Route::ALL.iter();
        let asked: BTreeSet<_> = all.map(|route| (route.method(), route.path())).collect();
        assert_eq!(asked.len(), Route::ALL.len());
    }
}
