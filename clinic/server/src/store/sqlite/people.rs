//! Set-up, staff accounts and sessions, and who a caller is.

use handrail_wire::account::{Argon2Params, LoginParams, NewStaff};
use handrail_wire::id::{Digest, PartyId, SubjectId};
use handrail_wire::problem::Code;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::config::SESSION_MS;
use crate::secret::{party_of, same};
use crate::store::writer::Fault;
use crate::store::{Account, Credential, Phone, Principal, Staff};

/// What new clients choose (clinic/console); made-up answers look like it while there is no account.
const USUAL_PARAMS: Argon2Params = Argon2Params {
    memory_kib: 64 * 1024,
    passes: 3,
    lanes: 1,
};

/// A session that ended this long ago is forgotten: its cookie is then unknown, not expired.
const FORGET_MS: i64 = 24 * 60 * 60 * 1000;

pub fn secret(conn: &Connection) -> rusqlite::Result<[u8; 32]> {
    conn.query_row("SELECT secret FROM server", [], |row| row.get(0))
}

pub fn principal(conn: &Connection, credential: Credential) -> Result<Option<Principal>, Fault> {
    Ok(match credential {
        Credential::Phone(token) => conn
            .prepare_cached(
                "SELECT d.party, d.subject, d.revoked_at IS NOT NULL, c.at
                 FROM devices d LEFT JOIN closed_accounts c ON c.subject = d.subject
                 WHERE d.token_digest = ?1",
            )?
            .query_row([token.0], |row| {
                Ok(Principal::Phone(Phone {
                    party: PartyId(row.get(0)?),
                    subject: SubjectId(row.get(1)?),
                    revoked: row.get(2)?,
                    closes_at: row.get(3)?,
                }))
            })
            .optional()?,
        Credential::Session(session) => conn
            .prepare_cached(
                "SELECT s.party, t.admin, s.opened_at, s.used_at
                 FROM sessions s JOIN staff t ON t.party = s.party WHERE s.digest = ?1",
            )?
            .query_row([session.0], |row| {
                Ok(Principal::Staff(Staff {
                    party: PartyId(row.get(0)?),
                    session,
                    admin: row.get(1)?,
                    opened_at: row.get(2)?,
                    used_at: row.get(3)?,
                }))
            })
            .optional()?,
    })
}

/// The caller is still who it was when its request came in. That an account closed in between is met by
/// the next request: closing is said ahead.
pub fn still(conn: &Connection, who: &Principal) -> Result<(), Fault> {
    match who {
        Principal::Phone(phone) => {
            let revoked: Option<bool> = conn
                .prepare_cached("SELECT revoked_at IS NOT NULL FROM devices WHERE party = ?1")?
                .query_row([phone.party.0], |row| row.get(0))
                .optional()?;
            match revoked {
                Some(false) => Ok(()),
                Some(true) => Err(Code::DeviceRevoked.into()),
                None => Err(Code::NotAuthenticated.into()),
            }
        }
        Principal::Staff(staff) => {
            let there = conn
                .prepare_cached("SELECT 1 FROM sessions WHERE digest = ?1")?
                .exists([staff.session.0])?;
            if there {
                Ok(())
            } else {
                Err(Code::NotAuthenticated.into())
            }
        }
    }
}

/// The caller is still an administrator; returns who.
pub fn still_admin(conn: &Connection, who: &Principal) -> Result<PartyId, Fault> {
    still(conn, who)?;
    let Principal::Staff(staff) = who else {
        return Err(Code::NotAllowed.into());
    };
    let admin: bool = conn
        .prepare_cached("SELECT admin FROM staff WHERE party = ?1")?
        .query_row([staff.party.0], |row| row.get(0))?;
    if admin {
        Ok(staff.party)
    } else {
        Err(Code::NotAllowed.into())
    }
}

/// Notes last uses; never puts one back.
pub fn touch(conn: &Connection, uses: &[(Credential, i64)]) -> Result<(), Fault> {
    let mut phone = conn.prepare_cached(
        "UPDATE devices SET seen_at = ?2 WHERE token_digest = ?1 AND seen_at < ?2",
    )?;
    let mut session =
        conn.prepare_cached("UPDATE sessions SET used_at = ?2 WHERE digest = ?1 AND used_at < ?2")?;
    for (credential, at) in uses {
        match credential {
            Credential::Phone(token) => phone.execute(params![token.0, minute(*at)])?,
            Credential::Session(digest) => session.execute(params![digest.0, at])?,
        };
    }
    Ok(())
}

/// To the minute: when exactly a phone spoke is nobody's business.
pub fn minute(at: i64) -> i64 {
    at - at.rem_euclid(60_000)
}

pub fn is_set_up(conn: &Connection) -> Result<bool, Fault> {
    Ok(
        conn.query_row("SELECT set_up_at IS NOT NULL FROM server", [], |row| {
            row.get(0)
        })?,
    )
}

pub fn offer_setup_code(conn: &Connection, code: &Digest, replace: bool) -> Result<bool, Fault> {
    let kept = conn.execute(
        "UPDATE server SET setup_code = ?1
         WHERE set_up_at IS NULL AND (setup_code IS NULL OR ?2)",
        params![code.0, replace],
    )?;
    Ok(kept == 1)
}

pub fn set_up(conn: &Connection, code: &Digest, staff: &NewStaff, now: i64) -> Result<(), Fault> {
    let right: Option<[u8; 32]> =
        conn.query_row("SELECT setup_code FROM server", [], |row| row.get(0))?;
    if is_set_up(conn)? {
        return Err(Code::SetupDone.into());
    }
    if !right.is_some_and(|right| same(&right, &code.0)) {
        return Err(Code::SetupCodeWrong.into());
    }
    insert_staff(conn, staff, true, now)?;
    conn.execute("UPDATE server SET setup_code = NULL, set_up_at = ?1", [now])?;
    Ok(())
}

pub fn login_params(
    conn: &Connection,
    login: &str,
) -> Result<(Option<LoginParams>, Argon2Params), Fault> {
    let own = conn
        .prepare_cached("SELECT memory_kib, passes, lanes, salt FROM staff WHERE login = ?1")?
        .query_row([login], |row| {
            Ok(LoginParams {
                salt: row.get(3)?,
                params: params_of(row)?,
            })
        })
        .optional()?;
    let usual = conn
        .prepare_cached(
            "SELECT memory_kib, passes, lanes FROM staff
             GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1 DESC, 2 DESC, 3 DESC LIMIT 1",
        )?
        .query_row([], params_of)
        .optional()?;
    Ok((own, usual.unwrap_or(USUAL_PARAMS)))
}

fn params_of(row: &Row) -> rusqlite::Result<Argon2Params> {
    Ok(Argon2Params {
        memory_kib: row.get(0)?,
        passes: row.get(1)?,
        lanes: row.get(2)?,
    })
}

pub fn account(conn: &Connection, login: &str) -> Result<Option<Account>, Fault> {
    Ok(conn
        .prepare_cached("SELECT party, proof_digest, wrapped FROM staff WHERE login = ?1")?
        .query_row([login], |row| {
            Ok(Account {
                party: PartyId(row.get(0)?),
                proof_digest: Digest(row.get(1)?),
                wrapped: row.get(2)?,
            })
        })
        .optional()?)
}

pub fn open_session(
    conn: &Connection,
    party: &PartyId,
    session: &Digest,
    now: i64,
) -> Result<(), Fault> {
    conn.prepare_cached("DELETE FROM sessions WHERE opened_at < ?1")?
        .execute([now - SESSION_MS - FORGET_MS])?;
    // The account may have been closed since its proof was checked.
    let opened = conn
        .prepare_cached(
            "INSERT INTO sessions (digest, party, opened_at, used_at)
             SELECT ?1, party, ?3, ?3 FROM staff WHERE party = ?2",
        )?
        .execute(params![session.0, party.0, now])?;
    if opened == 1 {
        Ok(())
    } else {
        Err(Code::LoginFailed.into())
    }
}

pub fn end_session(conn: &Connection, session: &Digest) -> Result<(), Fault> {
    conn.prepare_cached("DELETE FROM sessions WHERE digest = ?1")?
        .execute([session.0])?;
    Ok(())
}

pub fn add_staff(conn: &Connection, staff: &NewStaff, now: i64) -> Result<(), Fault> {
    let party = party_of(&staff.identity);
    let (taken, own): (bool, bool) = conn.query_row(
        "SELECT count(*) > 0, coalesce(sum(party = ?2 AND login = ?1 AND salt = ?3
                AND memory_kib = ?4 AND passes = ?5 AND lanes = ?6 AND proof_digest = ?7
                AND wrapped = ?8 AND admin = ?9), 0)
         FROM staff WHERE login = ?1 OR party = ?2",
        params![
            staff.login.0,
            party.0,
            staff.salt,
            staff.params.memory_kib,
            staff.params.passes,
            staff.params.lanes,
            staff.proof_digest.0,
            staff.wrapped.0,
            staff.admin
        ],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match (taken, own) {
        (false, _) => insert_staff(conn, staff, staff.admin, now),
        // The answer to the first request was lost; this is the same one again.
        (true, true) => Ok(()),
        (true, false) => Err(Code::LoginTaken.into()),
    }
}

fn insert_staff(conn: &Connection, staff: &NewStaff, admin: bool, now: i64) -> Result<(), Fault> {
    conn.execute(
        "INSERT INTO staff (party, login, identity, salt, memory_kib, passes, lanes, proof_digest,
             wrapped, admin, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            party_of(&staff.identity).0,
            staff.login.0,
            staff.identity.0,
            staff.salt,
            staff.params.memory_kib,
            staff.params.passes,
            staff.params.lanes,
            staff.proof_digest.0,
            staff.wrapped.0,
            admin,
            now
        ],
    )?;
    Ok(())
}

pub fn remove_staff(conn: &Connection, own: &PartyId, party: &PartyId) -> Result<(), Fault> {
    // So that a clinic always has an administrator.
    if own == party {
        return Err(Code::NotAllowed.into());
    }
    match conn.execute("DELETE FROM staff WHERE party = ?1", [party.0])? {
        0 => Err(Code::StaffUnknown.into()),
        _ => Ok(()),
    }
}
