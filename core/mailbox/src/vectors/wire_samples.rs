//! One sample of each wire message, with every field set to something that can be told apart.

use handrail_wire::account::{
    Argon2Params, CloseAccount, Device, Devices, Grant, LoginParams, LoginRequest, LoginResponse,
    LoginStart, NewMailboxes, NewStaff, Notice, NoticeResponse, RemoveStaff, RevokeDevice,
    SetupRequest, SetupState,
};
use handrail_wire::id::{
    Digest, EntryId, GenerationId, Identity, InviteId, MailboxId, PartyId, Signature, SubjectId,
};
use handrail_wire::invite::{
    InviteState, InviteStatus, Invites, NewInvite, RedeemRequest, RedeemResponse, RevokeInvite,
};
use handrail_wire::sync::{
    Body, KeyBox, Logged, MailboxRequest, MailboxResponse, Offer, Outcome, Probe, SyncRequest,
    SyncResponse, VERSION, Verdict,
};

const MAILBOX: MailboxId = MailboxId([0x11; 16]);
const SUBJECT: SubjectId = SubjectId([0x22; 16]);
const PARTY: PartyId = PartyId([0x33; 16]);
const IDENTITY: Identity = Identity([0x44; 64]);
const INVITE: InviteId = InviteId([0x55; 16]);
const AT: i64 = 1_788_000_000_000;

fn offer(number: u8) -> Offer {
    Offer {
        id: EntryId([number; 16]),
        sealed: vec![1, number, 0xff].into(),
    }
}

pub(super) fn key_box() -> KeyBox {
    KeyBox {
        epoch: 0x0102_0304,
        recipient: PARTY,
        signer: PartyId([0x34; 16]),
        sealed: vec![0xb0; 80].into(),
        signature: Signature([0x66; 64]),
    }
}

pub(super) fn sync_request() -> SyncRequest {
    let mailbox = MailboxRequest {
        mailbox: MAILBOX,
        generation: Some(GenerationId([0x77; 16])),
        seq: 300,
        head: Digest([0x88; 32]),
        probes: vec![Probe {
            seq: 256,
            head: Digest([0x89; 32]),
        }]
        .into(),
        entries: vec![offer(1), offer(2)].into(),
        boxes_seen: 70_000,
        boxes: vec![key_box()].into(),
    };
    SyncRequest {
        version: VERSION,
        mailboxes: vec![mailbox].into(),
    }
}

pub(super) fn first_contact() -> SyncRequest {
    let mailbox = MailboxRequest {
        mailbox: MAILBOX,
        generation: None,
        seq: 0,
        head: Digest([0; 32]),
        probes: Vec::new().into(),
        entries: Vec::new().into(),
        boxes_seen: 0,
        boxes: Vec::new().into(),
    };
    SyncRequest {
        version: VERSION,
        mailboxes: vec![mailbox].into(),
    }
}

pub(super) fn sync_response() -> SyncResponse {
    let outcomes = [
        Outcome::Stored(302),
        Outcome::Conflict,
        Outcome::TooLarge,
        Outcome::ReadOnly,
        Outcome::NotYet,
        Outcome::Erased,
    ];
    let verdicts = outcomes
        .into_iter()
        .zip(1..)
        .map(|(outcome, number)| Verdict {
            id: EntryId([number; 16]),
            outcome,
        });
    let bodies = [
        Body::Sealed(vec![1, 2, 3].into()),
        Body::Yours,
        Body::Erased(Digest([0x8a; 32])),
    ];
    let entries = bodies.into_iter().zip(10..).map(|(body, number)| Logged {
        id: EntryId([number; 16]),
        at: AT,
        body,
    });
    let mailbox = MailboxResponse {
        mailbox: MAILBOX,
        problem: None,
        generation: GenerationId([0x77; 16]),
        seq: 1_000_000,
        head: Digest([0x8b; 32]),
        common: None,
        from: 300,
        entries: entries.collect::<Vec<_>>().into(),
        more: true,
        verdicts: verdicts.collect::<Vec<_>>().into(),
        boxes: vec![key_box()].into(),
        boxes_seen: 70_001,
        appended: None,
    };
    SyncResponse {
        version: VERSION,
        now: AT,
        mailboxes: vec![mailbox].into(),
    }
}

pub(super) fn parted() -> SyncResponse {
    let mut response = sync_response();
    let mailbox = &mut response.mailboxes.0[0];
    mailbox.problem = Some("mailbox-unknown".into());
    mailbox.common = Some(0);
    mailbox.entries.0.clear();
    mailbox.verdicts.0.clear();
    mailbox.boxes.0.clear();
    mailbox.more = false;
    response.now = -1;
    response
}

pub(super) fn appended() -> SyncResponse {
    let mut response = sync_response();
    let mailbox = &mut response.mailboxes.0[0];
    mailbox.entries.0.clear();
    mailbox.verdicts.0.clear();
    mailbox.boxes.0.clear();
    mailbox.more = false;
    mailbox.appended = Some(AT);
    response
}

pub(super) fn new_staff() -> NewStaff {
    NewStaff {
        login: "ida".into(),
        identity: IDENTITY,
        salt: [0x99; 16],
        params: Argon2Params {
            memory_kib: 65_536,
            passes: 3,
            lanes: 1,
        },
        proof_digest: Digest([0xaa; 32]),
        wrapped: vec![0xab; 29].into(),
        admin: true,
    }
}

pub(super) fn setup_state() -> SetupState {
    SetupState { done: true }
}

pub(super) fn setup_request() -> SetupRequest {
    SetupRequest {
        code: "QX7K-22".into(),
        staff: new_staff(),
        mailboxes: vec![MAILBOX, MailboxId([0x12; 16])].into(),
    }
}

pub(super) fn login_start() -> LoginStart {
    LoginStart {
        login: "bo.l".into(),
    }
}

pub(super) fn login_params() -> LoginParams {
    LoginParams {
        salt: [0x99; 16],
        params: new_staff().params,
    }
}

pub(super) fn login_request() -> LoginRequest {
    LoginRequest {
        login: "bo.l".into(),
        proof: [0xac; 32],
    }
}

pub(super) fn login_response() -> LoginResponse {
    LoginResponse {
        party: PARTY,
        wrapped: vec![0xab; 29].into(),
        idle_ms: 900_000,
    }
}

pub(super) fn remove_staff() -> RemoveStaff {
    RemoveStaff { party: PARTY }
}

pub(super) fn new_mailboxes() -> NewMailboxes {
    NewMailboxes {
        mailboxes: vec![MAILBOX].into(),
    }
}

pub(super) fn grant() -> Grant {
    Grant {
        subject: SUBJECT,
        mailbox: MAILBOX,
        append: true,
        withdrawn: false,
    }
}

pub(super) fn devices() -> Devices {
    let device = |revoked_at| Device {
        party: PARTY,
        subject: SUBJECT,
        identity: IDENTITY,
        enrolled_at: AT,
        seen_at: AT + 60_000,
        revoked_at,
    };
    Devices {
        devices: vec![device(None), device(Some(AT + 120_000))].into(),
    }
}

pub(super) fn revoke_device() -> RevokeDevice {
    RevokeDevice {
        party: PARTY,
        notice: Some(Notice {
            mailbox: MAILBOX,
            entry: offer(7),
        }),
    }
}

pub(super) fn close_account() -> CloseAccount {
    CloseAccount {
        subject: SUBJECT,
        at: Some(AT + 86_400_000),
    }
}

pub(super) fn notice_response() -> NoticeResponse {
    NoticeResponse { notice: None }
}

pub(super) fn new_invite() -> NewInvite {
    NewInvite {
        invite: INVITE,
        subject: SUBJECT,
        proof_digest: Digest([0xad; 32]),
        bundle: vec![0xae; 29].into(),
        expires_at: AT,
        grants: vec![grant()].into(),
    }
}

pub(super) fn invites() -> Invites {
    let states = [
        InviteState::Open,
        InviteState::Redeemed,
        InviteState::Used,
        InviteState::Expired,
        InviteState::Revoked,
    ];
    let invites = states.map(|state| InviteStatus {
        invite: INVITE,
        subject: SUBJECT,
        state,
        made_at: AT,
        expires_at: AT + 600_000,
    });
    Invites {
        invites: invites.to_vec().into(),
    }
}

pub(super) fn revoke_invite() -> RevokeInvite {
    RevokeInvite { invite: INVITE }
}

pub(super) fn redeem_request() -> RedeemRequest {
    RedeemRequest {
        invite: INVITE,
        proof: [0xac; 32],
        identity: IDENTITY,
        token_digest: Digest([0xaf; 32]),
        signature: Signature([0x66; 64]),
    }
}

pub(super) fn redeem_response() -> RedeemResponse {
    RedeemResponse {
        bundle: vec![0xae; 29].into(),
    }
}
