//! `wrap.json`: staff wrapping, printed secrets, the recovery sheet and the local seal.

use handrail_wire::account::Argon2Params;
use serde::{Deserialize, Serialize};

use super::{accepted, bytes, fixed, hex, refused, same};
use crate::directory::RootKey;
use crate::identity::StaffIdentity;
use crate::local::{self, LocalKey};
use crate::recovery::RecoveryKey;
use crate::staff::{AccountSecret, StaffSecret, derive_login};

#[derive(Serialize, Deserialize)]
pub(super) struct File {
    format: String,
    note: String,
    staff: Vec<Staff>,
    parameters_refused: Vec<Weak>,
    printed: Vec<Printed>,
    recovery: Vec<Sheet>,
    local: Vec<Local>,
}

#[derive(Serialize, Deserialize)]
struct Staff {
    login: String,
    passphrase: String,
    account_secret: String,
    salt: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    proof: String,
    proof_digest: String,
    seeds: String,
    clinic_root: String,
    root_seed: Option<String>,
    plain: String,
    nonce: String,
    wrapped: String,
}

#[derive(Serialize, Deserialize)]
struct Weak {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    error: String,
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the file")]
struct Printed {
    /// `account` or `recovery`.
    kind: String,
    secret: String,
    printed: String,
    /// Typed in another way, the same secret.
    typed: String,
}

#[derive(Serialize, Deserialize)]
struct Sheet {
    secret: String,
    public: String,
    party: String,
    root_seed: String,
    nonce: String,
    wrapped_root: String,
}

#[derive(Serialize, Deserialize)]
struct Local {
    key: String,
    label: String,
    plain: String,
    nonce: String,
    sealed: String,
}

pub(super) fn check(file: &File) -> Result<usize, String> {
    for case in &file.staff {
        check_staff(case)?;
    }
    for case in &file.parameters_refused {
        let params = Argon2Params {
            memory_kib: case.memory_kib,
            passes: case.passes,
            lanes: case.lanes,
        };
        let account = AccountSecret::from_bytes(&[0; 16]);
        let derived = derive_login("", &account, &[0; 16], params);
        refused("parameters", &case.error, derived)?;
    }
    for case in &file.printed {
        check_printed(case)?;
    }
    for case in &file.recovery {
        check_sheet(case)?;
    }
    for case in &file.local {
        let label = &case.label;
        let plain = bytes(&case.plain)?;
        let aad = [b"handrail/local/v1", label.as_bytes()].concat();
        let sealed = local::wrap(&fixed(&case.key)?, &aad, &plain, &fixed(&case.nonce)?);
        same(label, "sealed bytes", &case.sealed, hex(&sealed))?;
        let key = LocalKey::from_bytes(&fixed(&case.key)?);
        let opened = accepted(label, local::open_local(&key, label, &sealed))?;
        same(label, "opened bytes", &case.plain, hex(&*opened))?;
    }
    Ok(file.staff.len()
        + file.parameters_refused.len()
        + file.printed.len()
        + file.recovery.len()
        + file.local.len())
}

fn check_staff(case: &Staff) -> Result<(), String> {
    let name = &case.login;
    let params = Argon2Params {
        memory_kib: case.memory_kib,
        passes: case.passes,
        lanes: case.lanes,
    };
    let account = AccountSecret::from_bytes(&fixed(&case.account_secret)?);
    let keys = derive_login(&case.passphrase, &account, &fixed(&case.salt)?, params);
    let keys = accepted(name, keys)?;
    same(name, "proof", &case.proof, hex(keys.proof()))?;
    same(
        name,
        "proof digest",
        &case.proof_digest,
        hex(keys.proof_digest().0),
    )?;
    let root = match &case.root_seed {
        Some(seed) => Some(RootKey::from_bytes(&fixed(seed)?)),
        None => None,
    };
    let secret = StaffSecret {
        identity: StaffIdentity::from_bytes(&fixed(&case.seeds)?),
        clinic_root: fixed(&case.clinic_root)?,
        root,
    };
    same(name, "plain", &case.plain, hex(&*secret.encode()))?;
    let wrapped = keys.wrap_with(name, &secret, &fixed(&case.nonce)?);
    same(name, "wrapped", &case.wrapped, hex(&wrapped))?;
    let opened = accepted(name, keys.unwrap(name, &wrapped))?;
    same(name, "unwrapped", &case.plain, hex(&*opened.encode()))
}

fn check_printed(case: &Printed) -> Result<(), String> {
    let kind = case.kind.as_str();
    let (printed, typed) = match kind {
        "account" => {
            let secret = AccountSecret::from_bytes(&fixed(&case.secret)?);
            let typed = accepted(kind, AccountSecret::parse(&case.typed))?;
            (secret.print(), typed.print())
        }
        "recovery" => {
            let secret = RecoveryKey::from_bytes(&fixed(&case.secret)?);
            let typed = accepted(kind, RecoveryKey::parse(&case.typed))?;
            (secret.print(), typed.print())
        }
        other => return Err(format!("no printed secret named {other}")),
    };
    same(kind, "printed", &case.printed, &*printed)?;
    same(kind, "typed", &case.printed, &*typed)
}

fn check_sheet(case: &Sheet) -> Result<(), String> {
    const NAME: &str = "recovery";
    let sheet = RecoveryKey::from_bytes(&fixed(&case.secret)?);
    let recipient = sheet.derive_box_key().recipient();
    same(NAME, "public key", &case.public, hex(recipient.public))?;
    same(NAME, "party", &case.party, hex(recipient.party.0))?;
    let root = RootKey::from_bytes(&fixed(&case.root_seed)?);
    let wrapped = sheet.wrap_root_with(&root, &fixed(&case.nonce)?);
    same(NAME, "wrapped root", &case.wrapped_root, hex(&wrapped))?;
    let opened = accepted(NAME, sheet.unwrap_root(&root.public(), &wrapped))?;
    same(NAME, "root", &case.root_seed, hex(*opened.to_bytes()))
}

#[cfg(test)]
pub(super) fn generate() -> File {
    use super::tests::made;
    use crate::staff::{DEFAULT, FLOOR};
    let root = RootKey::from_bytes(&made("root"));
    let staff = |login: &str, passphrase: &str, params: Argon2Params, admin: bool| {
        let account: [u8; 16] = made(&format!("{login} account"));
        let salt: [u8; 16] = made(&format!("{login} salt"));
        let nonce: [u8; 12] = made(&format!("{login} nonce"));
        let seeds: [u8; 64] = made(login);
        let keys = derive_login(
            passphrase,
            &AccountSecret::from_bytes(&account),
            &salt,
            params,
        );
        let keys = keys.expect("not below the floor");
        let secret = StaffSecret {
            identity: StaffIdentity::from_bytes(&seeds),
            clinic_root: root.public(),
            root: admin.then(|| RootKey::from_bytes(&root.to_bytes())),
        };
        Staff {
            login: login.into(),
            passphrase: passphrase.into(),
            account_secret: hex(account),
            salt: hex(salt),
            memory_kib: params.memory_kib,
            passes: params.passes,
            lanes: params.lanes,
            proof: hex(keys.proof()),
            proof_digest: hex(keys.proof_digest().0),
            seeds: hex(seeds),
            clinic_root: hex(root.public()),
            root_seed: admin.then(|| hex(*root.to_bytes())),
            plain: hex(&*secret.encode()),
            nonce: hex(nonce),
            wrapped: hex(keys.wrap_with(login, &secret, &nonce)),
        }
    };
    let weak = |memory_kib, passes, lanes, error: &str| Weak {
        memory_kib,
        passes,
        lanes,
        error: error.into(),
    };
    let account: [u8; 16] = made("printed account");
    let sheet: [u8; 32] = made("sheet");
    let recovery = RecoveryKey::from_bytes(&sheet);
    let printed = |kind: &str, secret: &[u8], text: &str| Printed {
        kind: kind.into(),
        secret: hex(secret),
        printed: text.into(),
        typed: text.to_lowercase().replace('-', " ").replace('0', "o"),
    };
    let sheet_nonce: [u8; 12] = made("sheet nonce");
    let recipient = recovery.derive_box_key().recipient();
    let local_key: [u8; 32] = made("local");
    let local_nonce: [u8; 12] = made("local nonce");
    File {
        format: "wrap".into(),
        note: "docs/formats.md, Staff, Printed secrets, Recovery sheet and Local seal.".into(),
        staff: vec![
            staff("ida", "drei Äpfel im Korb", FLOOR, true),
            staff("bo.l", "warm tea, no sugar", DEFAULT, false),
        ],
        parameters_refused: vec![
            weak(19_455, 2, 1, "weak-parameters"),
            weak(19_456, 1, 1, "weak-parameters"),
            weak(19_456, 2, 0, "weak-parameters"),
            weak(1_048_577, 2, 1, "heavy-parameters"),
        ],
        printed: vec![
            printed(
                "account",
                &account,
                &AccountSecret::from_bytes(&account).print(),
            ),
            printed("recovery", &sheet, &recovery.print()),
        ],
        recovery: vec![Sheet {
            secret: hex(sheet),
            public: hex(recipient.public),
            party: hex(recipient.party.0),
            root_seed: hex(*root.to_bytes()),
            nonce: hex(sheet_nonce),
            wrapped_root: hex(recovery.wrap_root_with(&root, &sheet_nonce)),
        }],
        local: vec![Local {
            key: hex(local_key),
            label: "draft".into(),
            plain: hex(b"half an answer"),
            nonce: hex(local_nonce),
            sealed: hex(local::wrap(
                &local_key,
                b"handrail/local/v1draft",
                b"half an answer",
                &local_nonce,
            )),
        }],
    }
}
