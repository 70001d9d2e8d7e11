//! Invites: six ways to fail, one way in, and the way back after a crash.

use handrail_wire::id::{InviteId, MailboxId, Signature, SubjectId};
use handrail_wire::invite::{
    InviteState, Invites, NewInvite, RedeemRequest, RedeemResponse, RevokeInvite,
};
use handrail_wire::limits::{INVITE_LINK_MS, INVITE_TRIES};
use handrail_wire::path;
use handrail_wire::problem::Code;

use crate::harness::*;

struct Invited {
    clinic: Clinic,
    invite: NewInvite,
    proof: [u8; 32],
    phone: Phone,
}

impl Invited {
    fn new() -> Self {
        let clinic = Clinic::start();
        let subject = SubjectId(fresh());
        let grants = [grant(subject, clinic.library, true)];
        let (invite, proof) = clinic.invite(subject, &grants);
        clinic
            .send(&Ask::post(path::INVITES, &invite).by(&clinic.admin))
            .done();
        Self {
            clinic,
            invite,
            proof,
            phone: Phone::new(subject),
        }
    }

    fn ask(&self) -> RedeemRequest {
        self.phone.redeem(self.invite.invite, self.proof)
    }

    fn redeem(&self, ask: &RedeemRequest) -> Reply {
        self.clinic.send(&Ask::post(path::REDEEM, ask))
    }

    fn refuses(&self, ask: &RedeemRequest, code: Code) {
        self.clinic
            .server
            .refuses(&Ask::post(path::REDEEM, ask), code);
    }

    /// A wrong code is refused, and counted.
    fn wrong(&self) {
        let wrong = self.phone.redeem(self.invite.invite, [1; 32]);
        assert_eq!(self.redeem(&wrong).code(), Some(Code::InviteWrongCode));
    }

    fn state(&self) -> InviteState {
        // The session may have expired in tests that put the clock forward.
        let admin = Staff {
            cookie: self.clinic.log_in(&self.clinic.admin),
            ..self.clinic.admin.clone()
        };
        let reply = self.clinic.send(&Ask::get(path::INVITES).by(&admin));
        let invites = reply.message::<Invites>().invites.0;
        let own =
            |status: &&handrail_wire::invite::InviteStatus| status.invite == self.invite.invite;
        invites.iter().find(own).expect("listed").state
    }

    fn revoke(&self) -> Ask {
        let revoke = RevokeInvite {
            invite: self.invite.invite,
        };
        Ask::post(path::INVITES_REVOKE, &revoke).by(&self.clinic.admin)
    }

    fn bundle_is_kept(&self) -> bool {
        database(&self.clinic.server.data)
            .query_row(
                "SELECT bundle IS NOT NULL FROM invites WHERE invite = ?1",
                [self.invite.invite.0],
                |row| row.get(0),
            )
            .expect("a row")
    }
}

#[test]
fn a_phone_comes_in_and_can_repeat_until_it_confirms() {
    let it = Invited::new();
    assert_eq!(it.state(), InviteState::Open);
    let sync = sync_ask(vec![nothing(it.clinic.library)]).by(&it.phone);
    it.clinic.server.refuses(&sync, Code::NotAuthenticated);

    let answer: RedeemResponse = it.redeem(&it.ask()).message();
    assert_eq!(answer.bundle, it.invite.bundle);
    assert_eq!(it.state(), InviteState::Redeemed);
    assert_eq!(it.clinic.send(&sync).status, 200, "the token works");
    let before = it.clinic.server.dump();
    let again: RedeemResponse = it.redeem(&it.ask()).message();
    assert_eq!(again, answer);
    // Even past the end of the invite's time: this phone was in time.
    it.clinic.server.later(2 * HOUR);
    let again: RedeemResponse = it.redeem(&it.ask()).message();
    assert_eq!(again, answer);
    assert_eq!(it.clinic.server.dump(), before);

    let confirm = Ask::bytes(path::REDEEM_CONFIRM, Vec::new()).by(&it.phone);
    it.clinic.send(&confirm).done();
    assert_eq!(it.state(), InviteState::Used);
    assert!(!it.bundle_is_kept());
    it.refuses(&it.ask(), Code::InviteUsed);
    it.clinic.send(&confirm).done();
    assert_eq!(it.clinic.send(&sync).status, 200);
}

/// A console whose answer got lost was told that the invite is not valid, though it was kept.
#[test]
fn an_invite_that_is_offered_again_is_the_same_invite() {
    let it = Invited::new();
    let again = Ask::post(path::INVITES, &it.invite).by(&it.clinic.admin);
    let before = it.clinic.server.dump();
    it.clinic.send(&again).done();
    assert_eq!(it.clinic.server.dump(), before);
    assert_eq!(it.redeem(&it.ask()).status, 200);
    let confirm = Ask::bytes(path::REDEEM_CONFIRM, Vec::new()).by(&it.phone);
    it.clinic.send(&confirm).done();
    it.clinic.send(&again).done();
    assert_eq!(it.state(), InviteState::Used);
    assert!(!it.bundle_is_kept(), "once used, it stays used");
}

#[test]
fn another_phone_finds_it_used() {
    let it = Invited::new();
    assert_eq!(it.redeem(&it.ask()).status, 200);
    let other = Phone::new(it.phone.subject);
    it.refuses(&other.redeem(it.invite.invite, it.proof), Code::InviteUsed);
    it.refuses(&other.redeem(it.invite.invite, [1; 32]), Code::InviteUsed);
    // The same keys with another token are not the phone that crashed.
    let other_token = it.phone.renewed();
    it.refuses(
        &other_token.redeem(it.invite.invite, it.proof),
        Code::InviteUsed,
    );
    // Public keys alone do not give another guess.
    let mut pretender = it.phone.redeem(it.invite.invite, [1; 32]);
    pretender.signature = Signature([0; 64]);
    for _ in 0..=INVITE_TRIES {
        it.refuses(&pretender, Code::SignatureInvalid);
    }
    assert_eq!(it.redeem(&it.ask()).status, 200);
}

#[test]
fn wrong_codes_are_counted_and_the_fifth_revokes() {
    let it = Invited::new();
    for _ in 1..INVITE_TRIES {
        it.wrong();
    }
    assert_eq!(it.state(), InviteState::Open);
    it.wrong();
    assert_eq!(it.state(), InviteState::Revoked);
    assert!(!it.bundle_is_kept());
    it.refuses(&it.ask(), Code::InviteRevoked);
}

#[test]
fn four_wrong_codes_leave_the_right_one_good() {
    let it = Invited::new();
    for _ in 1..INVITE_TRIES {
        it.wrong();
    }
    assert_eq!(it.redeem(&it.ask()).status, 200);
}

#[test]
fn expired_revoked_unknown_and_forged_are_told_apart() {
    let it = Invited::new();
    let mut forged = it.ask();
    forged.signature.0[3] ^= 1;
    it.refuses(&forged, Code::SignatureInvalid);
    let mut swapped = it.ask();
    swapped.token_digest = sha256(b"another token");
    it.refuses(&swapped, Code::SignatureInvalid);
    let elsewhere = it.phone.redeem(InviteId(fresh()), it.proof);
    it.refuses(&elsewhere, Code::InviteUnknown);

    it.clinic.server.later(HOUR + MINUTE);
    it.refuses(&it.ask(), Code::InviteExpired);
    let wrong = it.phone.redeem(it.invite.invite, [1; 32]);
    it.refuses(&wrong, Code::InviteExpired);
    assert_eq!(it.state(), InviteState::Expired);

    let it = Invited::new();
    it.clinic.send(&it.revoke()).done();
    assert_eq!(it.state(), InviteState::Revoked);
    assert!(!it.bundle_is_kept());
    it.refuses(&it.ask(), Code::InviteRevoked);
    it.clinic.send(&it.revoke()).done();
}

#[test]
fn staff_cannot_take_back_what_is_used_or_was_never_made() {
    let it = Invited::new();
    assert_eq!(it.redeem(&it.ask()).status, 200);
    let confirm = Ask::bytes(path::REDEEM_CONFIRM, Vec::new()).by(&it.phone);
    it.clinic.send(&confirm).done();
    it.clinic.server.refuses(&it.revoke(), Code::InviteUsed);
    let unknown = RevokeInvite {
        invite: InviteId(fresh()),
    };
    let unknown = Ask::post(path::INVITES_REVOKE, &unknown).by(&it.clinic.admin);
    it.clinic.server.refuses(&unknown, Code::InviteUnknown);
}

#[test]
fn invites_that_cannot_be_are_refused() {
    let it = Invited::new();
    let clinic = &it.clinic;
    let subject = it.phone.subject;
    let (good, _) = clinic.invite(subject, &[]);
    let now = clinic.server.now();
    let with = |change: &dyn Fn(&mut NewInvite)| {
        let mut invite = good.clone();
        change(&mut invite);
        Ask::post(path::INVITES, &invite).by(&clinic.admin)
    };
    let foreign = grant(SubjectId(fresh()), clinic.library, true);
    let mut withdrawn = grant(subject, clinic.library, true);
    withdrawn.withdrawn = true;
    let nowhere = grant(subject, MailboxId(fresh()), true);
    let cases = [
        (with(&|i| i.invite = it.invite.invite), Code::InviteInvalid),
        (with(&|i| i.expires_at = now - 1), Code::InviteInvalid),
        (
            with(&|i| i.expires_at = now + INVITE_LINK_MS + HOUR),
            Code::InviteInvalid,
        ),
        (with(&|i| i.expires_at = i64::MAX), Code::InviteInvalid),
        (
            with(&|i| i.grants = vec![foreign].into()),
            Code::InviteInvalid,
        ),
        (
            with(&|i| i.grants = vec![withdrawn].into()),
            Code::InviteInvalid,
        ),
        (
            with(&|i| i.grants = vec![nowhere].into()),
            Code::MailboxUnknown,
        ),
    ];
    for (ask, code) in cases {
        clinic.server.refuses(&ask, code);
    }
    clinic.send(&with(&|_| ())).done();
}

#[test]
fn a_failed_invite_does_not_disturb_a_phone_and_a_new_one_brings_it_back() {
    let it = Invited::new();
    assert_eq!(it.redeem(&it.ask()).status, 200);
    let confirm = Ask::bytes(path::REDEEM_CONFIRM, Vec::new()).by(&it.phone);
    it.clinic.send(&confirm).done();
    let again = |subject| {
        let (invite, proof) = it.clinic.invite(subject, &[]);
        it.clinic
            .send(&Ask::post(path::INVITES, &invite).by(&it.clinic.admin))
            .done();
        (invite, proof)
    };
    // A new invite, and a wrong code.
    let (invite, proof) = again(it.phone.subject);
    assert_eq!(
        it.redeem(&it.phone.redeem(invite.invite, [1; 32])).code(),
        Some(Code::InviteWrongCode)
    );
    let sync = sync_ask(vec![nothing(it.clinic.library)]);
    assert_eq!(it.clinic.send(&sync.clone().by(&it.phone)).status, 200);
    // The right one gives the same keys a new token; the old token is void.
    let renewed = it.phone.renewed();
    assert_eq!(it.redeem(&renewed.redeem(invite.invite, proof)).status, 200);
    assert_eq!(it.clinic.send(&sync.clone().by(&renewed)).status, 200);
    it.clinic
        .server
        .refuses(&sync.clone().by(&it.phone), Code::NotAuthenticated);

    // Somebody else's invite is not for keys that are known already.
    let (invite, proof) = again(SubjectId(fresh()));
    it.refuses(&renewed.redeem(invite.invite, proof), Code::NotAllowed);
    // Nor can a phone take over another one's token.
    let (invite, proof) = again(it.phone.subject);
    let mut thief = Phone::new(it.phone.subject);
    thief.token = renewed.token;
    it.refuses(&thief.redeem(invite.invite, proof), Code::NotAllowed);

    // Keys that were cut off stay cut off.
    let revoke = handrail_wire::account::RevokeDevice {
        party: renewed.party(),
        notice: None,
    };
    it.clinic
        .send(&Ask::post(path::DEVICES_REVOKE, &revoke).by(&it.clinic.admin))
        .done();
    it.refuses(&renewed.redeem(invite.invite, proof), Code::DeviceRevoked);
    let new_keys = Phone::new(it.phone.subject);
    assert_eq!(
        it.redeem(&new_keys.redeem(invite.invite, proof)).status,
        200
    );
}
