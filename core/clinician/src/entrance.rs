//! Ways in: setting up a clinic, joining as a colleague, logging in. Each makes its keys here, asks
//! the server, and ends in a [`Clinician`].

use handrail_care::entry::Body;
use handrail_care::library::{Clinic, Role as CareRole, Staff};
use handrail_care::team::Recovery;
use handrail_mailbox::directory::{Directory, Role, RootKey};
use handrail_mailbox::identity::{Recipient, StaffIdentity};
use handrail_mailbox::keyring::EpochSecret;
use handrail_mailbox::recovery::RecoveryKey;
use handrail_mailbox::staff::{self, AccountSecret, LoginKeys, StaffSecret};
use handrail_wire::account::{
    LoginParams, LoginRequest, LoginResponse, LoginStart, NewStaff, SetupRequest,
};
use handrail_wire::id::Identity;
use handrail_wire::{decode, path};
use serde::Deserialize;

use crate::act::ActError;
use crate::clinician::{ClinicMailboxes, Clinician};
use crate::fold::base64;
use crate::outgoing::{Outgoing, Problem};

/// What the set-up page asks.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "web", derive(serde::Serialize, tsify::Tsify))]
pub struct SetupForm {
    /// The clinic.
    pub clinic: Clinic,
    /// The first administrator's name.
    pub name: String,
    /// Their title.
    pub title: String,
    /// Login name: a-z, 0-9, dot, hyphen, underscore.
    pub login: String,
    /// Passphrase, at least 12 characters.
    pub passphrase: String,
}

/// A passphrase shorter than this is refused.
const PASSPHRASE_MIN: usize = 12;

fn check_login(login: &str, passphrase: &str) -> Result<(), Problem> {
    let named = !login.is_empty()
        && login.len() <= handrail_wire::limits::LOGIN
        && login
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'));
    if !named {
        return Err(Problem::new("login-invalid"));
    }
    if passphrase.chars().count() < PASSPHRASE_MIN {
        return Err(Problem::new("passphrase-too-short"));
    }
    Ok(())
}

/// Setting up a clinic. The server is asked only after the recovery sheet was typed back.
pub struct Setup {
    form: SetupForm,
    zone: String,
    root: RootKey,
    recovery: RecoveryKey,
    account: AccountSecret,
    me: StaffIdentity,
    confirmed: bool,
}

impl Setup {
    /// Makes all keys. `zone` is the device's.
    pub fn new(form: SetupForm, zone: &str) -> Result<Self, Problem> {
        check_login(&form.login, &form.passphrase)?;
        if form.name.trim().is_empty() || form.clinic.name.trim().is_empty() {
            return Err(Problem::new("name-missing"));
        }
        handrail_care::calendar::check_zone(&form.clinic.time_zone)
            .map_err(|error| Problem::new(error.to_string()))?;
        Ok(Self {
            form,
            zone: zone.to_owned(),
            root: RootKey::make(),
            recovery: RecoveryKey::make(),
            account: AccountSecret::make(),
            me: StaffIdentity::make(),
            confirmed: false,
        })
    }

    /// To be printed and locked away: opens everything, also when every passphrase is lost.
    pub fn recovery_sheet(&self) -> String {
        self.recovery.print().to_string()
    }

    /// To be kept in this browser and on a card.
    pub fn account_secret(&self) -> String {
        self.account.print().to_string()
    }

    /// The sheet, typed back. Set-up goes on only when it fits.
    pub fn confirm_recovery(&mut self, typed: &str) -> bool {
        self.confirmed =
            RecoveryKey::parse(typed).is_ok_and(|typed| *typed.print() == *self.recovery.print());
        self.confirmed
    }

    /// Asks the server to make the clinic, with the code that it printed for its operator. Slow: it
    /// derives the passphrase key.
    pub fn request(&self, code: &str) -> Result<Outgoing, Problem> {
        if !self.confirmed {
            return Err(Problem::new("recovery-not-confirmed"));
        }
        let secret = StaffSecret {
            identity: StaffIdentity::from_bytes(&self.me.to_bytes()),
            clinic_root: self.root.public(),
            root: Some(RootKey::from_bytes(&self.root.to_bytes())),
        };
        let staff = staff::make_account(
            &self.form.login,
            &self.form.passphrase,
            &self.account,
            &secret,
        )
        .map_err(|error| Problem::new(error.to_string()))?;
        let own = ClinicMailboxes::of(&self.root.public());
        Ok(Outgoing::post(
            path::SETUP,
            &SetupRequest {
                code: code.trim().into(),
                staff,
                mailboxes: vec![own.library, own.roster, own.team].into(),
            },
        ))
    }

    /// Takes the answer: the clinic exists, its first entries and key boxes wait to be sent.
    pub fn finish(self, status: u16, body: &[u8], now: i64) -> Result<Clinician, Problem> {
        if let Some(problem) = Problem::of_answer(status, body) {
            return Err(problem);
        }
        decode::<LoginResponse>(body).map_err(|error| Problem::new(error.to_string()))?;
        let certificate = self.root.certify(&self.me.identity(), Role::Administrator);
        let mut directory = Directory::new(self.root.public());
        directory
            .admit(&certificate)
            .expect("the root key just signed it");
        let recovery_public = self.recovery.derive_box_key().recipient().public;
        let recovery = Recovery {
            public: base64(&recovery_public),
            root: base64(&self.recovery.wrap_root(&self.root)),
        };
        let mine = Staff {
            id: handrail_care::id::Id(self.me.party().0),
            name: self.form.name.trim().to_owned(),
            title: self.form.title.trim().to_owned(),
            role: CareRole::Administrator,
            certificate: base64(&certificate.to_bytes()),
        };
        let mut clinician = Clinician::new(self.me, Some(self.root), directory, &self.zone);
        let own = clinician.own;
        let me = Recipient::of_identity(&clinician.me.identity());
        let sheet = Recipient::of_recovery(recovery_public);
        for (mailbox, recipients) in [
            (own.team, vec![me, sheet]),
            (own.library, vec![me]),
            (own.roster, vec![me]),
        ] {
            clinician.new_epoch(mailbox, &recipients);
        }
        let written = [
            (own.library, Body::Staff(mine)),
            (own.library, Body::Clinic(self.form.clinic)),
            (own.team, Body::Recovery(recovery)),
        ];
        for (mailbox, body) in written {
            clinician
                .write(mailbox, &body, now)
                .map_err(|error| Problem::new(error.to_string()))?;
        }
        if let Some(pack) = handrail_care::help::shipped("US") {
            let _ = clinician.write(own.library, &Body::CrisisContacts(pack), now);
        }
        Ok(clinician)
    }
}

/// A colleague making their keys, to be admitted by an administrator.
pub struct Joining {
    me: StaffIdentity,
    account: AccountSecret,
    account_request: NewStaff,
    name: String,
    title: String,
}

/// What the administrator needs to admit a colleague. Holds no private key.
pub struct Applicant {
    pub(crate) identity: Identity,
    pub(crate) account: NewStaff,
    pub(crate) name: String,
    pub(crate) title: String,
}

impl Joining {
    /// Makes keys for a colleague of the clinic with this root public key. Slow.
    pub fn new(
        name: &str,
        title: &str,
        login: &str,
        passphrase: &str,
        clinic_root: [u8; 32],
    ) -> Result<Self, Problem> {
        check_login(login, passphrase)?;
        let secret = StaffSecret {
            identity: StaffIdentity::make(),
            clinic_root,
            root: None,
        };
        let account = AccountSecret::make();
        let account_request = staff::make_account(login, passphrase, &account, &secret)
            .map_err(|error| Problem::new(error.to_string()))?;
        Ok(Self {
            me: secret.identity,
            account,
            account_request,
            name: name.to_owned(),
            title: title.to_owned(),
        })
    }

    /// To be kept in the colleague's browser and on a card.
    pub fn account_secret(&self) -> String {
        self.account.print().to_string()
    }

    /// Digest of the colleague's public keys.
    pub fn party(&self) -> handrail_wire::id::PartyId {
        self.me.party()
    }

    /// For the administrator.
    pub fn applicant(&self) -> Applicant {
        Applicant {
            identity: self.me.identity(),
            account: self.account_request.clone(),
            name: self.name.clone(),
            title: self.title.clone(),
        }
    }
}

impl Clinician {
    /// Admits a colleague: account, certificate, keys of the clinic's mailboxes. Administrators only.
    pub fn admit(
        &mut self,
        applicant: &Applicant,
        role: CareRole,
        now: i64,
    ) -> Result<(), ActError> {
        let root = self.root_key.as_ref().ok_or(ActError::AdministratorOnly)?;
        let sealed_role = match role {
            CareRole::Clinician => Role::Clinician,
            CareRole::FrontDesk => Role::FrontDesk,
            // An administrator needs the root key, which only travels by the recovery sheet.
            CareRole::Administrator => return Err(ActError::OutOfRange),
        };
        let certificate = root.certify(&applicant.identity, sealed_role);
        self.directory
            .admit(&certificate)
            .map_err(|_| ActError::NotFound)?;
        let staff = Staff {
            id: handrail_care::id::Id(certificate.party().0),
            name: applicant.name.clone(),
            title: applicant.title.clone(),
            role,
            certificate: base64(&certificate.to_bytes()),
        };
        self.requests
            .push_back(Outgoing::post(path::STAFF, &applicant.account));
        self.write(self.own.library, &Body::Staff(staff), now)?;
        let recipient = Recipient::of_identity(&applicant.identity);
        let mut mailboxes = vec![self.own.library, self.own.roster];
        if role == CareRole::Clinician {
            mailboxes.push(self.own.team);
        }
        for mailbox in mailboxes {
            self.box_all_epochs(mailbox, &recipient);
        }
        Ok(())
    }
}

/// Logging in.
pub struct Login {
    login: String,
    keys: Option<LoginKeys>,
}

impl Login {
    /// Of a login name.
    pub fn new(login: &str) -> Self {
        Self {
            login: login.trim().to_lowercase(),
            keys: None,
        }
    }

    /// Asks how the passphrase is to be derived.
    pub fn start(&self) -> Outgoing {
        Outgoing::post(
            path::LOGIN_START,
            &LoginStart {
                login: self.login.as_str().into(),
            },
        )
    }

    /// Takes the answer and asks to be let in. Slow: it derives the passphrase key. Refuses weak
    /// parameters from the server.
    pub fn proof(
        &mut self,
        status: u16,
        body: &[u8],
        passphrase: &str,
        account_secret: &str,
    ) -> Result<Outgoing, Problem> {
        if let Some(problem) = Problem::of_answer(status, body) {
            return Err(problem);
        }
        let params: LoginParams = decode(body).map_err(|error| Problem::new(error.to_string()))?;
        let account = AccountSecret::parse(account_secret)
            .map_err(|_| Problem::new("account-secret-malformed"))?;
        let keys = staff::derive_login(passphrase, &account, &params.salt, params.params)
            .map_err(|error| Problem::new(error.to_string()))?;
        let request = LoginRequest {
            login: self.login.as_str().into(),
            proof: *keys.proof(),
        };
        self.keys = Some(keys);
        Ok(Outgoing::post(path::LOGIN, &request))
    }

    /// Takes the answer: keys are unwrapped, everything else comes with the first synchronisation.
    pub fn finish(self, status: u16, body: &[u8], zone: &str) -> Result<Clinician, Problem> {
        if let Some(problem) = Problem::of_answer(status, body) {
            return Err(problem);
        }
        let answer: LoginResponse =
            decode(body).map_err(|error| Problem::new(error.to_string()))?;
        let keys = self.keys.ok_or_else(|| Problem::new("nothing-asked"))?;
        let secret = keys
            .unwrap(&self.login, &answer.wrapped.0)
            .map_err(|error| Problem::new(error.to_string()))?;
        let mut directory = Directory::new(secret.clinic_root);
        if let Some(root) = &secret.root {
            // An administrator vouches for themselves.
            let certificate = root.certify(&secret.identity.identity(), Role::Administrator);
            let _ = directory.admit(&certificate);
        }
        let mut clinician = Clinician::new(secret.identity, secret.root, directory, zone);
        clinician.refresh();
        Ok(clinician)
    }
}

impl Clinician {
    /// A new epoch of a mailbox for these recipients.
    pub(crate) fn new_epoch(
        &mut self,
        mailbox: handrail_wire::id::MailboxId,
        recipients: &[Recipient],
    ) -> u32 {
        let Some(replica) = self.replicas.get(&mailbox) else {
            return 0;
        };
        let epoch = replica.keyring.epochs().max().unwrap_or(0) + 1;
        self.begin_epoch(mailbox, epoch, EpochSecret::make(), recipients);
        epoch
    }

    /// Begins an epoch with this secret, one more than the highest, and boxes it.
    pub(crate) fn begin_epoch(
        &mut self,
        mailbox: handrail_wire::id::MailboxId,
        epoch: u32,
        secret: EpochSecret,
        recipients: &[Recipient],
    ) {
        let Some(replica) = self.replicas.get_mut(&mailbox) else {
            return;
        };
        replica
            .keyring
            .insert(epoch, secret)
            .expect("one more than the highest epoch is new");
        for recipient in recipients {
            self.box_epoch(mailbox, epoch, recipient);
        }
        self.wants_sync = true;
    }

    /// One epoch of a mailbox for a recipient.
    pub(crate) fn box_epoch(
        &mut self,
        mailbox: handrail_wire::id::MailboxId,
        epoch: u32,
        recipient: &Recipient,
    ) {
        let Some(replica) = self.replicas.get_mut(&mailbox) else {
            return;
        };
        let Some(secret) = replica.keyring.secret(epoch) else {
            return;
        };
        // A phone that named keys that are no keys gets none.
        if let Ok(key_box) =
            handrail_mailbox::keybox::make_box(mailbox, epoch, secret, recipient, &self.me)
        {
            replica.offer_box(key_box);
        }
        self.wants_sync = true;
    }

    /// Every epoch of a mailbox for one more recipient.
    pub(crate) fn box_all_epochs(
        &mut self,
        mailbox: handrail_wire::id::MailboxId,
        recipient: &Recipient,
    ) {
        let Some(replica) = self.replicas.get(&mailbox) else {
            return;
        };
        let epochs: Vec<_> = replica.keyring.epochs().collect();
        for epoch in epochs {
            self.box_epoch(mailbox, epoch, recipient);
        }
    }
}
