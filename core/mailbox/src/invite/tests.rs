use super::*;
use crate::crypto::with_portable;
use crate::directory::Role;
use crate::testing::{CARE, Clinic, FAMILY, keyring};
use handrail_wire::id::SubjectId;
use proptest::prelude::*;

fn bundle(clinic: &Clinic) -> Bundle {
    Bundle {
        clinic_root: clinic.root.public(),
        clinic_name: "Riverbend IOP".into(),
        origin: "https://riverbend.example:8443".into(),
        subject: SubjectId([5; 16]),
        role: BundleRole::Patient,
        mailboxes: [(CARE, "care", 3), (FAMILY, "family", 1)]
            .map(|(mailbox, class, epochs)| BundleMailbox {
                class: class.into(),
                keys: keyring(mailbox, epochs),
            })
            .into(),
        certificates: vec![
            clinic
                .root
                .certify(&clinic.ida.identity(), Role::Administrator),
        ],
        extra: b"more".to_vec(),
    }
}

fn made(clinic: &Clinic) -> (MadeInvite, Link) {
    let made = make_invite(&bundle(clinic), 1_000, Vec::new()).expect("a small bundle");
    let link = parse_link(&made.link).expect("our own link");
    (made, link)
}

#[test]
fn a_phone_gets_exactly_what_was_bundled() {
    let clinic = Clinic::new();
    let (made, link) = made(&clinic);
    assert_eq!(link.origin(), "https://riverbend.example:8443");
    assert_eq!(*link.to_text(), *made.link);
    assert!(made.link.starts_with("https://riverbend.example:8443/e#A"));

    let (device, token) = (DeviceIdentity::make(), AccessToken::make());
    let request = redeem_request(&link, &made.code, &device, &token).expect("six digits");
    assert!(verify_redeem(&request));
    assert_eq!(request.invite, made.new.invite);
    assert_eq!(
        Digest(crypto::sha256(&[&request.proof])),
        made.new.proof_digest
    );
    // After a crash the same phone asks the same again.
    let again = redeem_request(&link, &made.code, &device, &token).expect("six digits");
    assert_eq!(request, again);

    let spaced = format!(" {}-{} ", &made.code[..3], &made.code[3..]);
    let sealed = &made.new.bundle.0;
    for opened in [
        open_bundle(&link, &spaced, sealed),
        with_portable(|| open_bundle(&link, &spaced, sealed)),
    ] {
        let opened = opened.expect("the right link and code");
        assert_eq!(*opened.encode(), *bundle(&clinic).encode());
        assert_eq!(opened.mailboxes[0].keys.epochs().count(), 3);
        assert_eq!(opened.clinic_root, clinic.root.public());
    }
}

#[test]
fn every_failure_has_its_own_answer() {
    let clinic = Clinic::new();
    let (made, link) = made(&clinic);
    let sealed = &made.new.bundle.0;
    let (device, token) = (DeviceIdentity::make(), AccessToken::make());

    // From the server, by its codes.
    let answers = [
        ("invite-wrong-code", Some(InviteError::WrongCode)),
        ("invite-used", Some(InviteError::Used)),
        ("invite-expired", Some(InviteError::Expired)),
        ("invite-revoked", Some(InviteError::Revoked)),
        ("signature-invalid", Some(InviteError::Tampered)),
        ("invite-unknown", Some(InviteError::WrongClinic)),
        ("busy", None),
        ("", None),
    ];
    for (code, answer) in answers {
        assert_eq!(InviteError::from_code(code), answer, "{code}");
        assert!(code.is_empty() || handrail_wire::problem::Code::parse(code).is_some());
    }

    // Before the server is asked: no six digits, no try lost.
    for code in ["", "12345", "1234567", "12345a", "１２３４５６"] {
        let refused = redeem_request(&link, code, &device, &token);
        assert_eq!(refused, Err(InviteError::WrongCode), "{code}");
    }

    // A wrong code gives another proof and does not open the bundle.
    let wrong = if &*made.code == "000000" {
        "000001"
    } else {
        "000000"
    };
    let request = redeem_request(&link, wrong, &device, &token).expect("six digits");
    assert_ne!(
        Digest(crypto::sha256(&[&request.proof])),
        made.new.proof_digest
    );
    let refused = open_bundle(&link, wrong, sealed).err();
    assert_eq!(refused, Some(InviteError::Tampered));

    // Altered, cut, or another invite's bundle.
    let other = self::made(&clinic).0.new.bundle.0;
    let mut flipped = sealed.clone();
    flipped[40] ^= 1;
    for bytes in [&flipped, &sealed[..sealed.len() - 1], &other, &[]] {
        let refused = open_bundle(&link, &made.code, bytes).err();
        assert_eq!(refused, Some(InviteError::Tampered));
    }

    // A bundle with another root than the link's fingerprint: made by someone who has link and code.
    let code = Code::parse(&made.code).expect("six digits");
    let swapped = make_with(
        &link,
        &code,
        &bundle(&Clinic::new()),
        0,
        Vec::new(),
        &[0; 12],
    );
    let swapped = swapped.expect("small").new.bundle.0;
    let refused = open_bundle(&link, &made.code, &swapped).err();
    assert_eq!(refused, Some(InviteError::WrongClinic));
}

#[test]
fn a_redemption_is_bound_to_all_its_parts() {
    let (made, link) = made(&Clinic::new());
    let request = redeem_request(
        &link,
        &made.code,
        &DeviceIdentity::make(),
        &AccessToken::make(),
    )
    .expect("six digits");
    let changes: [fn(&mut RedeemRequest); 5] = [
        |request| request.invite.0[0] ^= 1,
        |request| request.proof[0] ^= 1,
        |request| request.identity = DeviceIdentity::make().identity(),
        |request| request.identity.0[63] ^= 1,
        |request| request.token_digest.0[0] ^= 1,
    ];
    for change in changes {
        let mut altered = request.clone();
        change(&mut altered);
        assert!(!verify_redeem(&altered));
    }
}

#[test]
fn origins_are_https_or_loopback_and_nothing_else() {
    let good = [
        ("https://clinic.example", "https://clinic.example"),
        ("HTTPS://Clinic.Example:8443", "https://clinic.example:8443"),
        ("https://[2001:db8::1]:443", "https://[2001:db8::1]:443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://[::1]", "http://[::1]"),
    ];
    for (text, origin) in good {
        assert_eq!(parse_origin(text).as_deref(), Some(origin), "{text}");
    }
    let bad = [
        "",
        "clinic.example",
        "http://clinic.example",
        "http://127.0.0.2",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "https://user@clinic.example",
        "https://clinic.example/",
        "https://clinic.example?x",
        "https://",
        "https://:443",
        "https://clinic.example:",
        "https://clinic.example:0",
        "https://clinic.example:65536",
        "https://clinic.example:+80",
        "https://clinic example",
        "https://clinic.example:80:80",
        "https://[::1",
        "https://[zz]",
        "https://[::1]x",
        "ftp://localhost",
        "javascript://localhost",
    ];
    for text in bad {
        assert_eq!(parse_origin(text), None, "{text}");
    }
    let mut plain = bundle(&Clinic::new());
    plain.origin = "http://clinic.example".into();
    let refused = make_invite(&plain, 0, Vec::new()).err();
    assert_eq!(refused, Some(MakeInviteError::BadOrigin));
}

#[test]
fn links_of_another_form_are_malformed() {
    let (made, _) = made(&Clinic::new());
    let http = made.link.replace("https:", "http:");
    let path = made.link.replace("/e#", "/f#");
    let padded = format!("{}=", *made.link);
    let mut fragment = BASE64URL_NOPAD
        .decode(made.link.split('#').nth(1).expect("a fragment").as_bytes())
        .expect("ours");
    fragment[0] = 2;
    let newer = format!(
        "https://riverbend.example/e#{}",
        BASE64URL_NOPAD.encode(&fragment)
    );
    let cut = &made.link[..made.link.len() - 4];
    for text in ["", "hello", &http, &path, &padded, &newer, cut] {
        assert_eq!(
            parse_link(text).err(),
            Some(InviteError::LinkMalformed),
            "{text}"
        );
    }
    assert!(parse_link(&format!("  {}\n", *made.link)).is_ok());
}

#[test]
fn a_bundle_beyond_its_bounds_is_not_made() {
    let clinic = Clinic::new();
    let mut long = bundle(&clinic);
    long.clinic_name = "x".repeat(257);
    let mut big = bundle(&clinic);
    big.extra = vec![0; limits::BUNDLE];
    for bundle in [long, big] {
        let refused = make_invite(&bundle, 0, Vec::new()).err();
        assert_eq!(refused, Some(MakeInviteError::BundleTooLarge));
    }
}

#[test]
fn codes_are_six_digits() {
    for _ in 0..200 {
        let code = Code::make().to_text();
        assert_eq!(code.len(), 6);
        assert!(Code::parse(&code).is_ok());
    }
}

proptest! {
    #[test]
    fn any_text_is_a_link_or_a_typed_error(text in ".{0,120}") {
        prop_assert!(parse_link(&text).is_err());
        let _ = parse_origin(&text);
    }

    #[test]
    fn any_bytes_are_no_bundle(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Bundle::decode(&bytes).is_none());
    }
}
