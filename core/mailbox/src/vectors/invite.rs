//! `invite.json`: links, codes, redemptions and bundles.

use handrail_wire::id::{MailboxId, SubjectId};
use serde::{Deserialize, Serialize};

use super::{accepted, bytes, fixed, hex, refused, same};
use crate::directory::Certificate;
use crate::identity::DeviceIdentity;
use crate::invite::{
    AccessToken, Bundle, BundleMailbox, BundleRole, Code, MadeInvite, make_with, open_bundle,
    parse_link, redeem_request, verify_redeem,
};
use crate::keyring::{EpochSecret, Keyring};

#[derive(Serialize, Deserialize)]
pub(super) struct File {
    format: String,
    note: String,
    invites: Vec<Invite>,
    links_refused: Vec<String>,
    origins_refused: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the file")]
struct Invite {
    name: String,
    link: String,
    origin: String,
    invite: String,
    code: String,
    bundle: Given,
    /// The bundle as CBOR, before sealing.
    bundle_plain: String,
    nonce: String,
    bundle_sealed: String,
    proof_digest: String,
    device_seeds: String,
    token: String,
    bearer: String,
    redeem: Redeem,
}

#[derive(Serialize, Deserialize)]
struct Given {
    clinic_root: String,
    clinic_name: String,
    origin: String,
    subject: String,
    /// `patient` or `family`.
    role: String,
    mailboxes: Vec<Mailbox>,
    certificates: Vec<String>,
    extra: String,
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the file")]
struct Mailbox {
    mailbox: String,
    class: String,
    epochs: Vec<(u32, String)>,
}

#[derive(Serialize, Deserialize)]
struct Redeem {
    proof: String,
    identity: String,
    token_digest: String,
    signature: String,
}

impl Given {
    fn bundle(&self) -> Result<Bundle, String> {
        let mut mailboxes = Vec::new();
        for one in &self.mailboxes {
            let mut keys = Keyring::new(MailboxId(fixed(&one.mailbox)?));
            for (epoch, secret) in &one.epochs {
                let secret = EpochSecret::from_bytes(&fixed(secret)?);
                accepted("bundle", keys.insert(*epoch, secret))?;
            }
            let class = one.class.clone();
            mailboxes.push(BundleMailbox { class, keys });
        }
        let mut certificates = Vec::new();
        for one in &self.certificates {
            certificates.push(accepted("bundle", Certificate::from_bytes(&bytes(one)?))?);
        }
        Ok(Bundle {
            clinic_root: fixed(&self.clinic_root)?,
            clinic_name: self.clinic_name.clone(),
            origin: self.origin.clone(),
            subject: SubjectId(fixed(&self.subject)?),
            role: match self.role.as_str() {
                "patient" => BundleRole::Patient,
                "family" => BundleRole::Family,
                other => return Err(format!("no role named {other}")),
            },
            mailboxes,
            certificates,
            extra: bytes(&self.extra)?,
        })
    }
}

pub(super) fn check(file: &File) -> Result<usize, String> {
    for case in &file.invites {
        check_invite(case)?;
    }
    for link in &file.links_refused {
        refused(link, "invite-link-malformed", parse_link(link))?;
    }
    for origin in &file.origins_refused {
        let link = file.invites.first().ok_or("no invites")?;
        let moved = link.link.replace(&link.origin, origin);
        refused(origin, "invite-link-malformed", parse_link(&moved))?;
    }
    Ok(file.invites.len() + file.links_refused.len() + file.origins_refused.len())
}

fn check_invite(case: &Invite) -> Result<(), String> {
    let name = &case.name;
    let link = accepted(name, parse_link(&case.link))?;
    same(name, "origin", &case.origin, link.origin())?;
    same(name, "invite", &case.invite, hex(link.invite().0))?;
    same(name, "link", &case.link, &*link.to_text())?;
    let bundle = case.bundle.bundle()?;
    same(name, "bundle", &case.bundle_plain, hex(&*bundle.encode()))?;
    let code = accepted(name, Code::parse(&case.code))?;
    let nonce = fixed(&case.nonce)?;
    let made = make_with(&link, &code, &bundle, 0, Vec::new(), &nonce);
    let MadeInvite { new, .. } = accepted(name, made)?;
    same(
        name,
        "sealed bundle",
        &case.bundle_sealed,
        hex(&new.bundle.0),
    )?;
    same(
        name,
        "proof digest",
        &case.proof_digest,
        hex(new.proof_digest.0),
    )?;

    let device = DeviceIdentity::from_bytes(&fixed(&case.device_seeds)?);
    let token = AccessToken::from_bytes(&fixed(&case.token)?);
    same(name, "bearer", &case.bearer, &*token.bearer())?;
    let request = accepted(name, redeem_request(&link, &case.code, &device, &token))?;
    same(name, "proof", &case.redeem.proof, hex(request.proof))?;
    same(
        name,
        "identity",
        &case.redeem.identity,
        hex(request.identity.0),
    )?;
    let digest = hex(request.token_digest.0);
    same(name, "token digest", &case.redeem.token_digest, digest)?;
    same(
        name,
        "signature",
        &case.redeem.signature,
        hex(request.signature.0),
    )?;
    if !verify_redeem(&request) {
        return Err(format!("{name}: the redemption does not verify"));
    }
    let opened = open_bundle(&link, &case.code, &bytes(&case.bundle_sealed)?);
    let opened = accepted(name, opened)?;
    same(
        name,
        "opened bundle",
        &case.bundle_plain,
        hex(&*opened.encode()),
    )
}

#[cfg(test)]
pub(super) fn generate() -> File {
    use super::tests::made;
    use crate::directory::{Role, RootKey, derive_fingerprint};
    use crate::identity::StaffIdentity;
    use data_encoding::BASE64URL_NOPAD;
    let root = RootKey::from_bytes(&made("root"));
    let admin = StaffIdentity::from_bytes(&made("administrator"));
    let certificate = root.certify(&admin.identity(), Role::Administrator);
    let invite = |name: &str, origin: &str, role: &str, code: &str, epochs: u32| {
        let label = |what: &str| format!("{name} {what}");
        let fragment = [
            &[1][..],
            &made::<16>(&label("invite")),
            &made::<32>(&label("secret")),
            &derive_fingerprint(&root.public()),
        ];
        let text = format!("{origin}/e#{}", BASE64URL_NOPAD.encode(&fragment.concat()));
        let link = parse_link(&text).expect("well formed");
        let secrets = (1..=epochs).map(|epoch| {
            let secret: [u8; 32] = made(&label(&format!("epoch {epoch}")));
            (epoch, hex(secret))
        });
        let given = Given {
            clinic_root: hex(root.public()),
            clinic_name: "Riverbend IOP".into(),
            origin: origin.into(),
            subject: hex(made::<16>(&label("subject"))),
            role: role.into(),
            mailboxes: vec![Mailbox {
                mailbox: hex(made::<16>(&label("mailbox"))),
                class: "care".into(),
                epochs: secrets.collect(),
            }],
            certificates: vec![hex(certificate.to_bytes())],
            extra: hex(b"{}"),
        };
        let bundle = given.bundle().expect("well formed");
        let nonce: [u8; 12] = made(&label("nonce"));
        let digits = Code::parse(code).expect("six digits");
        let new = make_with(&link, &digits, &bundle, 0, Vec::new(), &nonce)
            .expect("small")
            .new;
        let seeds: [u8; 64] = made(&label("device"));
        let token: [u8; 32] = made(&label("token"));
        let access = AccessToken::from_bytes(&token);
        let device = DeviceIdentity::from_bytes(&seeds);
        let request = redeem_request(&link, code, &device, &access).expect("six digits");
        Invite {
            name: name.into(),
            link: text.clone(),
            origin: origin.into(),
            invite: hex(link.invite().0),
            code: code.into(),
            bundle_plain: hex(&*bundle.encode()),
            bundle: given,
            nonce: hex(nonce),
            bundle_sealed: hex(&new.bundle.0),
            proof_digest: hex(new.proof_digest.0),
            device_seeds: hex(seeds),
            token: hex(token),
            bearer: access.bearer().to_string(),
            redeem: Redeem {
                proof: hex(request.proof),
                identity: hex(request.identity.0),
                token_digest: hex(request.token_digest.0),
                signature: hex(request.signature.0),
            },
        }
    };
    File {
        format: "invite".into(),
        note: "docs/formats.md, Invite. origins_refused replace the origin of the first link."
            .into(),
        invites: vec![
            invite(
                "patient",
                "https://riverbend.example",
                "patient",
                "004217",
                2,
            ),
            invite("family", "http://127.0.0.1:8080", "family", "999999", 1),
        ],
        links_refused: [
            "",
            "https://riverbend.example/e",
            "https://riverbend.example/e#AQ",
        ]
        .map(Into::into)
        .into(),
        origins_refused: [
            "http://riverbend.example",
            "http://localhost.riverbend.example",
            "https://ida@riverbend.example",
            "https://riverbend.example:0",
            "ftp://localhost",
        ]
        .map(Into::into)
        .into(),
    }
}
