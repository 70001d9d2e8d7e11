//! Enrolment: from an invite link and six digits to a phone with keys.
//!
//! Owns the order that makes it safe to crash anywhere: the phone's own keys are on the disk before the
//! server hears of them, the keys of the invite are on the disk before the server may forget them, and
//! the same phone may ask again in between. Refuses to disturb an existing enrolment with an invite that
//! does not work.

use handrail_care::entry::{Body, Class};
use handrail_care::patient::Device;
use handrail_mailbox::identity::DeviceIdentity;
use handrail_mailbox::invite::{
    self, AccessToken, Bundle, InviteError, Link, open_bundle, parse_link, redeem_request,
};
use handrail_mailbox::keyring::{EpochSecret, Keyring};
use handrail_mailbox::local::{LocalKey, seal_local};
use handrail_wire::account::Notice;
use handrail_wire::invite::RedeemResponse;
use handrail_wire::{limits, path};

use crate::error::CompanionError;
use crate::inner::Inner;
use crate::phone::fold::Folder;
use crate::phone::{Enrolling, EnrolmentRecord, Phone, keyring_label};
use crate::store::{Store, Writer};
use crate::sync::{Ask, Trouble};
use crate::view::Standing;

const NAME_BYTES: usize = 100;
const PLATFORMS: [&str; 3] = ["android", "ios", "desktop"];

/// What a phone says about itself.
struct Myself<'a> {
    device: &'a DeviceIdentity,
    token: &'a AccessToken,
    name: &'a str,
    platform: &'a str,
}

/// Redeems an invite and makes this phone the one it is for.
pub(crate) fn enrol(
    inner: &Inner,
    link: &str,
    code: &str,
    name: &str,
    platform: &str,
) -> Result<Standing, CompanionError> {
    let link = parse_link(link)?;
    let name = name.trim();
    if name.is_empty() || name.len() > NAME_BYTES || !PLATFORMS.contains(&platform) {
        return Err(CompanionError::not_valid("device-name-out-of-range"));
    }
    check_code(&link, code)?;
    inner.make_ready()?;
    let mut turn = inner.lane.take();
    let invite = link.invite().to_string();
    let (device, token) =
        inner.with(|phone, _| Enrolling::begin(&mut phone.store, &phone.key, &invite))?;
    let request = redeem_request(&link, code, &device, &token)?;
    let ask = |path, bearer, body| Ask {
        origin: link.origin().to_owned(),
        path,
        bearer,
        post: Some(body),
    };
    let answer = turn.exchange(ask(path::REDEEM, None, handrail_wire::encode(&request)));
    let answer = answer.map_err(|trouble| refusal(&trouble))?;
    let answer = handrail_wire::decode::<RedeemResponse>(&answer);
    let answer = answer.map_err(|_| InviteError::Tampered)?;
    let bundle = open_bundle(&link, code, &answer.bundle.0)?;
    if invite::parse_origin(&bundle.origin).as_deref() != Some(link.origin()) {
        return Err(InviteError::Tampered.into());
    }
    let myself = Myself {
        device: &device,
        token: &token,
        name,
        platform,
    };
    install(inner, &bundle, &myself)?;
    inner.with(|phone, _| {
        inner.help.learn(phone);
        Ok(())
    })?;
    // When this does not get through, the first sync says it again; so it does when the disk does not
    // note that it did. The phone is enrolled either way.
    if turn
        .exchange(ask(path::REDEEM_CONFIRM, Some(token.bearer()), Vec::new()))
        .is_ok()
    {
        let _ = inner.with(Phone::confirmed);
    }
    Ok(inner.standing())
}

/// Six digits, before anything is asked or made.
fn check_code(link: &Link, code: &str) -> Result<(), CompanionError> {
    redeem_request(link, code, &DeviceIdentity::make(), &AccessToken::make())?;
    Ok(())
}

fn refusal(trouble: &Trouble) -> CompanionError {
    match trouble {
        Trouble::Offline => CompanionError::Offline,
        Trouble::LoginWanted => CompanionError::LoginWanted,
        Trouble::Busy(wait) => CompanionError::Busy {
            retry_after_ms: wait.map_or(5000, |wait| {
                u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
            }),
        },
        Trouble::Cancelled => CompanionError::Cancelled,
        Trouble::Refused(code) => match InviteError::from_code(code.as_str()) {
            Some(reason) => reason.into(),
            None => CompanionError::ServerTrouble {
                code: code.as_str().to_owned(),
            },
        },
        Trouble::Odd(code) => CompanionError::ServerTrouble {
            code: (*code).to_owned(),
        },
    }
}

/// Writes what the invite gave, and the phone's own first entry, durably.
fn install(inner: &Inner, bundle: &Bundle, myself: &Myself<'_>) -> Result<(), CompanionError> {
    let another = inner.with(|phone, _| {
        let enrolment = phone.enrolment.as_ref();
        Ok(enrolment.is_some_and(|enrolment| !enrolment.record.same_person(bundle)))
    })?;
    if another {
        inner.replace_store(|store, key| write(store, key, bundle, myself, &[]))?;
        return inner.with(introduce_now_or_later);
    }
    inner.with(|phone, now| {
        let known: Vec<_> = phone
            .mailboxes
            .iter()
            .map(|mailbox| &mailbox.keyring)
            .collect();
        write(&mut phone.store, &phone.key, bundle, myself, &known)?;
        phone.reload(now)?;
        introduce_now_or_later(phone, now)
    })
}

/// The keys are saved and the invite is spent: a disk that fails from here on makes nobody ask for another.
/// The first sync introduces the phone.
fn introduce_now_or_later(phone: &mut Phone, now: i64) -> Result<(), CompanionError> {
    match phone.introduce(now) {
        Err(CompanionError::NotSaved { .. }) => Ok(()),
        done => done,
    }
}

/// The enrolment with all its mailboxes, in one transaction.
fn write(
    store: &mut Store,
    key: &LocalKey,
    bundle: &Bundle,
    myself: &Myself<'_>,
    known: &[&Keyring],
) -> Result<(), CompanionError> {
    let record = EnrolmentRecord::new(
        bundle,
        myself.device,
        myself.token,
        myself.name,
        myself.platform,
    );
    let mut rings = Vec::new();
    for mailbox in &bundle.mailboxes {
        let class = Class::parse(&mailbox.class);
        let class =
            class.filter(|class| matches!(class, Class::Care | Class::Family | Class::Library));
        // A class of a newer console is nothing to this app.
        let Some(class) = class else { continue };
        let ring = merged(&mailbox.keys, known)?;
        let sealed = seal_local(key, &keyring_label(ring.mailbox()), &ring.to_bytes());
        rings.push((ring.mailbox(), class, sealed));
    }
    let home = if record.family {
        Class::Family
    } else {
        Class::Care
    };
    if !rings.iter().any(|(_, class, _)| *class == home) {
        return Err(InviteError::Tampered.into());
    }
    store.write(|w: &Writer<'_>| {
        for (mailbox, class, sealed) in &rings {
            w.add_mailbox(*mailbox, class.as_str(), sealed)?;
        }
        record.store(w, key)?;
        Enrolling::end(w)?;
        Ok(())
    })
}

/// The epochs of an invite together with those that this phone has already.
fn merged(fresh: &Keyring, known: &[&Keyring]) -> Result<Keyring, CompanionError> {
    let old = known.iter().find(|ring| ring.mailbox() == fresh.mailbox());
    let mut ring = Keyring::new(fresh.mailbox());
    for source in old.copied().into_iter().chain([fresh]) {
        for epoch in source.epochs() {
            let secret = source.secret(epoch).expect("a listed epoch");
            let copy = EpochSecret::from_bytes(&secret.to_bytes());
            ring.insert(epoch, copy)
                .map_err(|_| InviteError::Tampered)?;
        }
    }
    Ok(ring)
}

impl Phone {
    /// Says which keys are this phone's, so that staff seals new epochs to them; nothing when it has
    /// been said. Asked again before each sync: a crash may have come between the keys and this.
    pub fn introduce(&mut self, now: i64) -> Result<(), CompanionError> {
        let home = self.home()?;
        let enrolment = self.enrolled()?;
        let chart = &self.mailboxes[home].chart;
        if chart
            .devices()
            .any(|device| device.value.device == self.trust.me)
        {
            return Ok(());
        }
        let device = Body::Device(Device {
            device: self.trust.me,
            identity: data_encoding::BASE64URL_NOPAD.encode(&enrolment.device.identity().0),
            name: enrolment.record.name.clone(),
            platform: enrolment.record.platform.clone(),
        });
        self.save(home, now, vec![device], |_, _| Ok(())).map(drop)
    }

    /// The server knows that the keys are saved.
    pub fn confirmed(&mut self, _now: i64) -> Result<(), CompanionError> {
        let Some(enrolment) = &mut self.enrolment else {
            return Ok(());
        };
        enrolment.record.confirmed = true;
        let (record, key) = (&enrolment.record, &self.key);
        self.store
            .write(|w| Ok::<_, CompanionError>(record.store(w, key)?))
    }

    /// Does this notice, handed out by a server that refuses this phone, really come from staff and name
    /// this phone?
    pub fn believes(&mut self, notice: Notice) -> bool {
        let found = self.mailboxes.iter_mut().find(|mailbox| {
            mailbox.log.mailbox == notice.mailbox && mailbox.class != Class::Library
        });
        let Some(mailbox) = found else { return false };
        if notice.entry.sealed.0.len() > limits::ENTRY {
            return false;
        }
        // Folded into a chart of its own: the log has its own way in.
        let mut chart = handrail_care::chart::Chart::default();
        let mut folder = Folder {
            class: mailbox.class,
            keyring: &mailbox.keyring,
            trust: &mut self.trust,
            chart: &mut chart,
            library: &mut self.library,
            erased: &mut std::collections::BTreeSet::new(),
        };
        let place = handrail_care::chart::Place::UNSENT;
        let read = folder.fold(notice.entry.id, notice.entry.sealed.0, place);
        read.is_ok() && chart.is_lost(self.trust.me)
    }
}
