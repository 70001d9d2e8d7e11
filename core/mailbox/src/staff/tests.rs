use super::*;
use crate::crypto::with_portable;
use crate::testing::Clinic;

const SALT16: [u8; 16] = [0x5a; 16];

fn keys(passphrase: &str, account: &AccountSecret) -> LoginKeys {
    derive_login(passphrase, account, &SALT16, FLOOR).expect("the floor is allowed")
}

#[test]
fn the_right_three_open_and_any_other_does_not() {
    let clinic = Clinic::new();
    let account = AccountSecret::make();
    let passphrase = "drei Äpfel im Korb";
    let secret = StaffSecret {
        clinic_root: clinic.root.public(),
        root: Some(RootKey::from_bytes(&clinic.root.to_bytes())),
        identity: clinic.ida,
    };
    let wrapped = keys(passphrase, &account).wrap("ida", &secret);
    let typed = AccountSecret::parse(&account.print().to_lowercase()).ok();
    let again = keys(passphrase, &typed.expect("printed"));
    let opened = again.unwrap("ida", &wrapped).expect("the right three");
    assert_eq!(opened.identity.party(), secret.identity.party());
    assert_eq!(opened.clinic_root, secret.clinic_root);
    let root = opened.root.expect("an administrator");
    assert_eq!(root.public(), secret.clinic_root);
    assert!(with_portable(|| again.unwrap("ida", &wrapped).is_ok()));

    let wrong = [
        (keys("drei Äpfel im korb", &account), "ida"),
        (keys(passphrase, &AccountSecret::make()), "ida"),
        (keys(passphrase, &account), "bo"),
    ];
    for (keys, login) in wrong {
        let error = keys.unwrap(login, &wrapped).err();
        assert_eq!(error, Some(WrapError::NotAuthentic));
    }
    let again = keys(passphrase, &account);
    for at in [1, 13, 40, wrapped.len() - 1] {
        let mut altered = wrapped.clone();
        altered[at] ^= 1;
        let error = again.unwrap("ida", &altered).err();
        assert_eq!(error, Some(WrapError::NotAuthentic));
    }
    let mut newer = wrapped;
    newer[0] = 9;
    let error = again.unwrap("ida", &newer).err();
    assert_eq!(error, Some(WrapError::UnknownVersion));
}

#[test]
fn parameters_outside_floor_and_ceiling_are_refused() {
    let account = AccountSecret::make();
    let set = |memory_kib, passes, lanes| Argon2Params {
        memory_kib,
        passes,
        lanes,
    };
    let weak = WrapError::WeakParameters;
    let heavy = WrapError::HeavyParameters;
    let cases = [
        (set(19_455, 2, 1), weak),
        (set(19_456, 1, 1), weak),
        (set(19_456, 2, 0), weak),
        (set(0, 0, 0), weak),
        (set(1_048_577, 2, 1), heavy),
        (set(19_456, 17, 1), heavy),
        (set(19_456, 2, 5), heavy),
        (set(u32::MAX, u32::MAX, u32::MAX), heavy),
    ];
    for (params, error) in cases {
        let derived = derive_login("x", &account, &SALT16, params);
        assert_eq!(derived.err(), Some(error), "{params:?}");
    }
}

#[test]
fn proof_and_wrapping_key_are_unrelated_and_depend_on_all_inputs() {
    let account = AccountSecret::from_bytes(&[1; 16]);
    let one = keys("a", &account);
    assert_ne!(one.proof, one.wrap);
    let other_salt = derive_login("a", &account, &[0; 16], FLOOR).ok();
    let others = [
        keys("b", &account),
        keys("a", &AccountSecret::from_bytes(&[2; 16])),
        other_salt.expect("allowed"),
    ];
    for other in others {
        assert_ne!(one.proof, other.proof);
        assert_ne!(one.wrap, other.wrap);
        assert_ne!(one.proof_digest(), other.proof_digest());
    }
}

#[test]
fn an_account_carries_what_the_server_needs_and_no_more() {
    let clinic = Clinic::new();
    let account = AccountSecret::make();
    let secret = StaffSecret {
        clinic_root: clinic.root.public(),
        root: None,
        identity: clinic.bo,
    };
    let new = make_account("bo", "warm tea", &account, &secret).expect("default parameters");
    assert!(!new.admin);
    assert_eq!(
        (new.params, new.identity),
        (DEFAULT, secret.identity.identity())
    );
    assert!(new.wrapped.0.len() < handrail_wire::limits::WRAPPED);
    let keys = derive_login("warm tea", &account, &new.salt, new.params).ok();
    let keys = keys.expect("default parameters");
    assert_eq!(keys.proof_digest(), new.proof_digest);
    let opened = keys.unwrap("bo", &new.wrapped.0).expect("ours");
    assert!(opened.root.is_none());
    assert_eq!(*opened.identity.to_bytes(), *secret.identity.to_bytes());
}

#[test]
fn a_root_key_of_another_clinic_is_not_taken() {
    let clinic = Clinic::new();
    let keys = keys("a", &AccountSecret::make());
    let secret = StaffSecret {
        clinic_root: clinic.root.public(),
        root: Some(RootKey::make()),
        identity: clinic.bo,
    };
    let wrapped = keys.wrap("bo", &secret);
    let error = keys.unwrap("bo", &wrapped).err();
    assert_eq!(error, Some(WrapError::NotAuthentic));
}
