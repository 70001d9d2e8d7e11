//! Invites: the link as pasted, the code as typed, and the bundle as somebody could seal it who knows both.
//!
//! Input: one byte. Even: the rest is text, a link on the first line and a code on the second. Odd: the
//! rest is the plain text of a bundle.

use std::sync::LazyLock;

use handrail_mailbox::invite::{
    AccessToken, InviteError, Link, make_invite, open_bundle, parse_link, parse_origin,
    redeem_request, verify_redeem,
};
use handrail_mailbox::{Bundle, DeviceIdentity};
use handrail_wire::limits;

use crate::input::{Choices, text};
use crate::outside;
use crate::world::clinic;

const CODE: &str = "004217";
const SECRET: [u8; 32] = [0x5e; 32];
const INVITE: [u8; 16] = [0x17; 16];

/// The link of every bundle.
static LINK: LazyLock<Link> = LazyLock::new(|| {
    let fingerprint = handrail_mailbox::directory::derive_fingerprint(&clinic().root.public());
    let bytes = [&[1][..], &INVITE, &SECRET, &fingerprint].concat();
    let fragment = data_encoding::BASE64URL_NOPAD.encode(&bytes);
    parse_link(&format!("https://riverbend.example/e#{fragment}")).expect("a link")
});
static DEVICE: LazyLock<DeviceIdentity> = LazyLock::new(|| DeviceIdentity::from_bytes(&[0xd1; 64]));

/// See the module.
pub fn invite(input: &[u8]) {
    match input.split_first() {
        Some((mode, rest)) if mode % 2 == 1 => bundle(rest),
        Some((_, rest)) => {
            if let Some(text) = text(rest) {
                let (first, code) = text.split_once('\n').unwrap_or((text, CODE));
                link(first, code);
            }
        }
        None => {}
    }
}

fn link(pasted: &str, code: &str) {
    if let Some(origin) = parse_origin(pasted) {
        check_origin(&origin);
    }
    let Ok(link) = parse_link(pasted) else {
        return;
    };
    check_origin(link.origin());
    let shown = link.to_text();
    let again = parse_link(&shown).expect("a link that was read is read again");
    assert_eq!(*again.to_text(), *shown);
    assert_eq!(again.invite(), link.invite());
    assert_eq!(again.origin(), link.origin());

    let token = AccessToken::from_bytes(&[0x70; 32]);
    let kept: String = code
        .chars()
        .filter(|sign| !matches!(sign, ' ' | '-'))
        .collect();
    let six = kept.len() == 6 && kept.bytes().all(|sign| sign.is_ascii_digit());
    match redeem_request(&link, code, &DEVICE, &token) {
        Ok(request) => {
            assert!(six, "six digits are a code, nothing else");
            assert!(verify_redeem(&request));
            let mut choices = Choices::of(pasted.as_bytes());
            let (place, bit) = (choices.below(32), choices.below(8));
            for field in 0..4 {
                let mut changed = request.clone();
                let byte = match field {
                    0 => &mut changed.invite.0[place % 16],
                    1 => &mut changed.proof[place],
                    2 => &mut changed.token_digest.0[place],
                    _ => &mut changed.identity.0[32 + place],
                };
                *byte ^= 1 << bit;
                assert!(!verify_redeem(&changed), "a changed redemption is believed");
            }
        }
        Err(error) => {
            assert_eq!(error, InviteError::WrongCode);
            assert!(!six);
        }
    }
}

/// Https, or loopback; nothing but a host and a port; written in one way.
fn check_origin(origin: &str) {
    assert_eq!(parse_origin(origin).as_deref(), Some(origin));
    let (scheme, rest) = origin.split_once("://").expect("an origin has a scheme");
    let host = rest
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()))
        .map_or(rest, |(host, _)| host);
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    assert!(
        scheme == "https" || (scheme == "http" && loopback),
        "neither https nor this machine"
    );
    let plain = |sign: char| sign.is_ascii_alphanumeric() || ".-:[]".contains(sign);
    assert!(rest.chars().all(plain), "more than a host and a port");
    assert!(!rest.bytes().any(|sign| sign.is_ascii_uppercase()));
}

/// A holder of link and code can seal any plain text.
fn bundle(plain: &[u8]) {
    let ikm = [&SECRET[..], CODE.as_bytes()].concat();
    let key = outside::hkdf(b"handrail/invite/v1", &ikm, b"bundle");
    let aad = [&b"handrail/bundle/v1"[..], &INVITE].concat();
    let sealed = outside::wrapped(&key, &aad, plain);
    let bundle = match open_bundle(&LINK, CODE, &sealed) {
        Ok(bundle) => bundle,
        Err(InviteError::Tampered | InviteError::WrongClinic) => return,
        Err(other) => panic!("{other} is no word about a bundle"),
    };
    assert_eq!(bundle.clinic_root, clinic().root.public());
    // Made again by the product, it opens to the same.
    let Ok(made) = make_invite(&bundle, 1_795_269_600_000, Vec::new()) else {
        let holds = plain.len() + 29 > limits::BUNDLE || parse_origin(&bundle.origin).is_none();
        assert!(holds, "a bundle that was opened can be made");
        return;
    };
    let link = parse_link(&made.link).expect("a link that was made");
    let again = open_bundle(&link, &made.code, &made.new.bundle.0).expect("our own bundle");
    same(&bundle, &again);
    let other = if *made.code == CODE { "000000" } else { CODE };
    assert_eq!(
        open_bundle(&link, other, &made.new.bundle.0).err(),
        Some(InviteError::Tampered)
    );
}

fn same(one: &Bundle, other: &Bundle) {
    assert_eq!(one.clinic_root, other.clinic_root);
    assert_eq!(one.clinic_name, other.clinic_name);
    assert_eq!(one.origin, other.origin);
    assert_eq!((one.subject, one.role), (other.subject, other.role));
    assert_eq!(one.certificates, other.certificates);
    assert_eq!(one.extra, other.extra);
    assert_eq!(one.mailboxes.len(), other.mailboxes.len());
    for (one, other) in one.mailboxes.iter().zip(&other.mailboxes) {
        assert_eq!(one.class, other.class);
        assert_eq!(*one.keys.to_bytes(), *other.keys.to_bytes());
    }
}
