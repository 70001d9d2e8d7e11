//! Somebody with a credential and keys, enrolled or logged in by hand.

use std::collections::BTreeMap;

use handrail_care::id::Id;
use handrail_mailbox::identity::{DeviceIdentity, StaffIdentity};
use handrail_mailbox::invite::{AccessToken, open_bundle, parse_link, redeem_request};
use handrail_mailbox::keybox::open_box_unproven;
use handrail_mailbox::keyring::Keyring;
use handrail_mailbox::staff::{AccountSecret, derive_login};
use handrail_mailbox::{BoxKey, RootKey};
use handrail_wire::account::{LoginParams, LoginRequest, LoginResponse, LoginStart};
use handrail_wire::id::{MailboxId, PartyId};
use handrail_wire::invite::RedeemResponse;
use handrail_wire::path;
use handrail_wire::sync::KeyBox;

use super::{Shows, post, send};

/// A staff account: what logs in again.
#[derive(Clone)]
pub struct Account {
    login: String,
    proof: [u8; 32],
}

impl Account {
    /// The request that opens a session.
    pub fn request(&self) -> LoginRequest {
        LoginRequest {
            login: self.login.as_str().into(),
            proof: self.proof,
        }
    }

    /// A new session.
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub fn log_in(&self, port: u16) -> Shows {
        let answer = post(port, path::LOGIN, &Shows::Nothing, &self.request());
        assert_eq!(answer.status, 200, "{:?}", answer.code());
        Shows::Cookie(answer.cookie(path::COOKIE).expect("a session"))
    }
}

/// Somebody who knocks at the server and writes entries.
pub struct Actor {
    /// What they show.
    pub shows: Shows,
    /// The name of their public keys.
    pub party: PartyId,
    /// Their seeds: Ed25519, then X25519.
    pub seeds: [u8; 64],
    /// The keys they hold.
    pub rings: BTreeMap<MailboxId, Keyring>,
    /// Staff only: what logs in again.
    pub account: Option<Account>,
    /// The administrator only: the clinic's root key.
    pub root: Option<RootKey>,
}

impl Actor {
    /// Somebody without a credential; keys of their own they have all the same.
    pub fn nobody() -> Self {
        let me = StaffIdentity::make();
        Self {
            shows: Shows::Nothing,
            party: me.party(),
            seeds: *me.to_bytes(),
            rings: BTreeMap::new(),
            account: None,
            root: None,
        }
    }

    /// A phone, enrolled by link and code.
    ///
    /// # Panics
    ///
    /// When the server refuses, or the bundle is not the clinic's.
    pub fn phone(port: u16, link: &str, code: &str) -> Self {
        let link = parse_link(link).expect("a link");
        let (device, token) = (DeviceIdentity::make(), AccessToken::make());
        let redeem = redeem_request(&link, code, &device, &token).expect("a code");
        let answer = post(port, path::REDEEM, &Shows::Nothing, &redeem);
        let sealed: RedeemResponse = answer.message();
        let Ok(bundle) = open_bundle(&link, code, &sealed.bundle.0) else {
            panic!("the clinic's own bundle");
        };
        let shows = Shows::Token(token.bearer().to_string());
        let saved = send(port, "POST", path::REDEEM_CONFIRM, &shows, Some(&[]));
        assert_eq!(saved.status, 204, "{:?}", saved.code());
        let rings = bundle.mailboxes.into_iter();
        Self {
            shows,
            party: device.party(),
            seeds: *device.to_bytes(),
            rings: rings.map(|one| (one.keys.mailbox(), one.keys)).collect(),
            account: None,
            root: None,
        }
    }

    /// A member of staff, logged in by passphrase and account secret. Holds no mailbox's keys yet:
    /// [`Actor::take_boxes`].
    ///
    /// # Panics
    ///
    /// When the server refuses, or what it hands out does not unwrap.
    pub fn staff(port: u16, login: &str, passphrase: &str, secret: &str) -> Self {
        let start = LoginStart {
            login: login.into(),
        };
        let params: LoginParams = post(port, path::LOGIN_START, &Shows::Nothing, &start).message();
        let account = AccountSecret::parse(secret).expect("an account secret");
        let keys = derive_login(passphrase, &account, &params.salt, params.params);
        let keys = keys.expect("the parameters of our own clients");
        let account = Account {
            login: login.to_owned(),
            proof: *keys.proof(),
        };
        let answer = post(port, path::LOGIN, &Shows::Nothing, &account.request());
        let cookie = answer.cookie(path::COOKIE).expect("a session");
        let wrapped: LoginResponse = answer.message();
        let Ok(secret) = keys.unwrap(login, &wrapped.wrapped.0) else {
            panic!("what this account wrapped");
        };
        Self {
            shows: Shows::Cookie(cookie),
            party: secret.identity.party(),
            seeds: *secret.identity.to_bytes(),
            rings: BTreeMap::new(),
            account: Some(account),
            root: secret.root,
        }
    }

    /// Opens what of these key boxes is for this person, or for the team whose keys they hold already.
    pub fn take_boxes(&mut self, team: MailboxId, mailbox: MailboxId, boxes: &[KeyBox]) {
        let me = StaffIdentity::from_bytes(&self.seeds);
        let team_keys: Vec<BoxKey> = self.rings.get(&team).map_or_else(Vec::new, |ring| {
            ring.epochs()
                .filter_map(|epoch| ring.derive_team_key(epoch))
                .collect()
        });
        let mut ring = Keyring::new(mailbox);
        for key_box in boxes {
            for key in team_keys.iter().chain([me.box_key()]) {
                if let Ok(secret) = open_box_unproven(mailbox, key, key_box) {
                    // The same secret again, from another colleague.
                    let _ = ring.insert(key_box.epoch, secret);
                }
            }
        }
        if ring.current().is_some() {
            self.rings.insert(mailbox, ring);
        }
    }

    /// The seed of their signatures.
    pub fn sign_seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        seed.copy_from_slice(&self.seeds[..32]);
        seed
    }

    /// As care names them.
    pub fn id(&self) -> Id {
        Id(self.party.0)
    }
}
