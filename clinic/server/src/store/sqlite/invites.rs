//! Invites: kept, listed, taken back, redeemed, confirmed.
//!
//! Who does not have the proof learns an invite's state and nothing else. Five wrong proofs revoke
//! it. Redemption binds it to one phone's keys; that phone may repeat it until it confirms.

use handrail_wire::id::{InviteId, SubjectId};
use handrail_wire::invite::{InviteState, InviteStatus, NewInvite, RedeemResponse};
use handrail_wire::limits;
use handrail_wire::problem::Code;
use rusqlite::{Connection, OptionalExtension, params};

use super::mailboxes;
use super::people::minute;
use crate::secret::same;
use crate::store::writer::Fault;
use crate::store::{Principal, Redemption};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The list goes back so far.
const LISTED_MS: i64 = 30 * DAY_MS;
/// So many fit into one answer.
const LISTED: i64 = 50_000;
/// A browser's clock may be ahead of ours by this much.
const CLOCK_MS: i64 = 5 * 60 * 1000;
/// The phone that redeemed in time may repeat it for this long after.
const REPEAT_MS: i64 = limits::INVITE_LINK_MS;

struct Invite {
    subject: SubjectId,
    proof_digest: [u8; 32],
    bundle: Option<Vec<u8>>,
    expires_at: i64,
    tries: u32,
    revoked: bool,
    redeemed_at: Option<i64>,
    redeemed_by: Option<[u8; 16]>,
    used: bool,
}

impl Invite {
    fn state(&self, now: i64) -> InviteState {
        state(
            self.revoked,
            self.used,
            self.redeemed_at,
            self.expires_at,
            now,
        )
    }
}

fn state(
    revoked: bool,
    used: bool,
    redeemed_at: Option<i64>,
    expires_at: i64,
    now: i64,
) -> InviteState {
    match redeemed_at {
        _ if used => InviteState::Used,
        _ if revoked => InviteState::Revoked,
        Some(at) if now < at.saturating_add(REPEAT_MS) => InviteState::Redeemed,
        None if now < expires_at => InviteState::Open,
        _ => InviteState::Expired,
    }
}

pub fn add(conn: &Connection, invite: &NewInvite, now: i64) -> Result<(), Fault> {
    let latest = now + limits::INVITE_LINK_MS + CLOCK_MS;
    if invite.expires_at <= now || invite.expires_at > latest {
        return Err(Code::InviteInvalid.into());
    }
    // A grant of somebody else, or one taken away, has no place in an invite.
    let strange =
        |grant: &&handrail_wire::account::Grant| grant.subject != invite.subject || grant.withdrawn;
    if invite.grants.0.iter().any(|grant| strange(&grant)) {
        return Err(Code::InviteInvalid.into());
    }
    let added = conn.execute(
        "INSERT INTO invites (invite, subject, proof_digest, bundle, made_at, expires_at, tries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT (invite) DO NOTHING",
        params![
            invite.invite.0,
            invite.subject.0,
            invite.proof_digest.0,
            invite.bundle.0,
            now,
            invite.expires_at
        ],
    )?;
    // A console whose answer got lost asks again: the same invite changes nothing.
    if added == 0 && !is_known(conn, invite)? {
        return Err(Code::InviteInvalid.into());
    }
    for grant in &invite.grants.0 {
        mailboxes::grant(conn, grant)?;
    }
    // Bundles that nobody can fetch any more.
    conn.execute(
        "UPDATE invites SET bundle = NULL WHERE bundle IS NOT NULL AND CASE
             WHEN redeemed_at IS NULL THEN expires_at <= ?1 ELSE redeemed_at <= ?2 END",
        params![now, now - REPEAT_MS],
    )?;
    Ok(())
}

/// An invite of this name is there, and it is this one.
fn is_known(conn: &Connection, invite: &NewInvite) -> Result<bool, Fault> {
    let same = conn.query_row(
        "SELECT count(*) FROM invites
         WHERE invite = ?1 AND subject = ?2 AND proof_digest = ?3 AND expires_at = ?4",
        params![
            invite.invite.0,
            invite.subject.0,
            invite.proof_digest.0,
            invite.expires_at
        ],
        |row| row.get::<_, i64>(0),
    )?;
    Ok(same > 0)
}

pub fn list(conn: &Connection, now: i64) -> Result<Vec<InviteStatus>, Fault> {
    let mut select = conn.prepare_cached(
        "SELECT invite, subject, revoked_at IS NOT NULL, used_at IS NOT NULL, redeemed_at, made_at,
             expires_at FROM invites WHERE made_at > ?1 ORDER BY made_at DESC, invite LIMIT ?2",
    )?;
    let rows = select.query_map([now - LISTED_MS, LISTED], |row| {
        let expires_at = row.get(6)?;
        Ok(InviteStatus {
            invite: InviteId(row.get(0)?),
            subject: SubjectId(row.get(1)?),
            state: state(row.get(2)?, row.get(3)?, row.get(4)?, expires_at, now),
            made_at: row.get(5)?,
            expires_at,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn find(conn: &Connection, invite: &InviteId) -> Result<Option<Invite>, Fault> {
    Ok(conn
        .prepare_cached(
            "SELECT subject, proof_digest, bundle, expires_at, tries, revoked_at IS NOT NULL,
                 redeemed_at, redeemed_by, used_at IS NOT NULL FROM invites WHERE invite = ?1",
        )?
        .query_row([invite.0], |row| {
            Ok(Invite {
                subject: SubjectId(row.get(0)?),
                proof_digest: row.get(1)?,
                bundle: row.get(2)?,
                expires_at: row.get(3)?,
                tries: row.get(4)?,
                revoked: row.get(5)?,
                redeemed_at: row.get(6)?,
                redeemed_by: row.get(7)?,
                used: row.get(8)?,
            })
        })
        .optional()?)
}

pub fn revoke(conn: &Connection, invite: &InviteId, now: i64) -> Result<(), Fault> {
    let found = find(conn, invite)?.ok_or(Code::InviteUnknown)?;
    if found.used {
        return Err(Code::InviteUsed.into());
    }
    end(conn, invite, now)
}

fn end(conn: &Connection, invite: &InviteId, now: i64) -> Result<(), Fault> {
    conn.execute(
        "UPDATE invites SET revoked_at = ?2, bundle = NULL WHERE invite = ?1 AND revoked_at IS NULL",
        params![invite.0, now],
    )?;
    Ok(())
}

/// Binds an invite to a phone. The inner refusal is one whose count of tries must be kept.
pub fn redeem(
    conn: &Connection,
    ask: &Redemption,
    now: i64,
) -> Result<Result<RedeemResponse, Code>, Fault> {
    let invite = find(conn, &ask.invite)?.ok_or(Code::InviteUnknown)?;
    let bound = match invite.state(now) {
        InviteState::Used => return Err(Code::InviteUsed.into()),
        InviteState::Revoked => return Err(Code::InviteRevoked.into()),
        InviteState::Expired => return Err(Code::InviteExpired.into()),
        InviteState::Redeemed if invite.redeemed_by != Some(ask.party.0) => {
            return Err(Code::InviteUsed.into());
        }
        InviteState::Redeemed => true,
        InviteState::Open => false,
    };
    // Public keys are no secret: only who has the private half may go on trying proofs.
    if bound && !ask.signature_fits {
        return Err(Code::SignatureInvalid.into());
    }
    if !same(&invite.proof_digest, &ask.proof_digest.0) {
        conn.execute(
            "UPDATE invites SET tries = tries + 1 WHERE invite = ?1",
            [ask.invite.0],
        )?;
        if invite.tries + 1 >= limits::INVITE_TRIES {
            end(conn, &ask.invite, now)?;
        }
        return Ok(Err(Code::InviteWrongCode));
    }
    if !ask.signature_fits {
        return Err(Code::SignatureInvalid.into());
    }
    let bundle = invite.bundle.ok_or(Code::InviteExpired)?;
    if bound {
        let known = conn
            .prepare_cached(
                "SELECT 1 FROM devices WHERE party = ?1 AND token_digest = ?2 AND invite = ?3",
            )?
            .exists(params![ask.party.0, ask.token_digest.0, ask.invite.0])?;
        if !known {
            return Err(Code::InviteUsed.into());
        }
    } else {
        enrol(conn, ask, &invite.subject, now)?;
        conn.execute(
            "UPDATE invites SET redeemed_at = ?2, redeemed_by = ?3 WHERE invite = ?1",
            params![ask.invite.0, now, ask.party.0],
        )?;
    }
    Ok(Ok(RedeemResponse {
        bundle: bundle.into(),
    }))
}

/// Makes the phone known, or gives one that is known its new token.
fn enrol(conn: &Connection, ask: &Redemption, subject: &SubjectId, now: i64) -> Result<(), Fault> {
    let known: Option<([u8; 16], bool)> = conn
        .prepare_cached("SELECT subject, revoked_at IS NOT NULL FROM devices WHERE party = ?1")?
        .query_row([ask.party.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let token_taken = conn
        .prepare_cached("SELECT 1 FROM devices WHERE token_digest = ?1 AND party <> ?2")?
        .exists(params![ask.token_digest.0, ask.party.0])?;
    if token_taken {
        return Err(Code::NotAllowed.into());
    }
    match known {
        // Keys that were cut off stay cut off: a phone comes back with new ones.
        Some((_, true)) => Err(Code::DeviceRevoked.into()),
        Some((other, _)) if other != subject.0 => Err(Code::NotAllowed.into()),
        Some(_) => {
            conn.execute(
                "UPDATE devices SET token_digest = ?2, invite = ?3, seen_at = ?4 WHERE party = ?1",
                params![ask.party.0, ask.token_digest.0, ask.invite.0, minute(now)],
            )?;
            Ok(())
        }
        None => {
            conn.execute(
                "INSERT INTO devices (party, subject, identity, token_digest, invite, enrolled_at,
                     seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    ask.party.0,
                    subject.0,
                    ask.identity.0,
                    ask.token_digest.0,
                    ask.invite.0,
                    now,
                    minute(now)
                ],
            )?;
            Ok(())
        }
    }
}

pub fn confirm(conn: &Connection, who: &Principal, now: i64) -> Result<(), Fault> {
    let Principal::Phone(phone) = who else {
        return Err(Code::NotAllowed.into());
    };
    conn.execute(
        "UPDATE invites SET used_at = ?2, bundle = NULL
         WHERE redeemed_by = ?1 AND used_at IS NULL AND revoked_at IS NULL",
        params![phone.party.0, now],
    )?;
    Ok(())
}
