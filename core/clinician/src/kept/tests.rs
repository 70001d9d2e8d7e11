use handrail_care::library::Clinic;
use handrail_mailbox::directory::{Directory, Role, RootKey};
use handrail_mailbox::identity::{Recipient, StaffIdentity};

use super::*;
use crate::act::Act;

struct Person {
    me: StaffIdentity,
    root: RootKey,
}

impl Person {
    fn new() -> Self {
        Self {
            me: StaffIdentity::make(),
            root: RootKey::make(),
        }
    }

    /// As after login: keys and nothing else.
    fn enters(&self) -> Clinician {
        let mut directory = Directory::new(self.root.public());
        let certificate = self.root.certify(&self.me.identity(), Role::Administrator);
        directory.admit(&certificate).expect("by the root");
        let me = StaffIdentity::from_bytes(&self.me.to_bytes());
        let root = RootKey::from_bytes(&self.root.to_bytes());
        Clinician::new(me, Some(root), directory, "UTC")
    }
}

fn describe(clinician: &mut Clinician, name: &str) {
    let clinic = Clinic {
        name: name.to_owned(),
        time_zone: "UTC".to_owned(),
        phone: String::new(),
        hours: String::new(),
    };
    let act = Act::DescribeClinic { clinic };
    clinician.act(act, "https://a.example", 1).expect("written");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn what_is_kept_opens_nothing_and_goes_on_with_its_own_person_only() {
    let person = Person::new();
    let mut clinician = person.enters();
    let own = clinician.own;
    let me = Recipient::of_identity(&person.me.identity());
    for mailbox in [own.team, own.library, own.roster] {
        clinician.new_epoch(mailbox, &[me]);
    }
    describe(&mut clinician, "Riverbend IOP");
    clinician.grant(id_of(own.team), own.library, true);
    let kept = clinician.keep();
    for replica in clinician.replicas.values() {
        let secret = replica.keyring.secret(1).expect("an epoch");
        assert!(!contains(&kept, &*secret.to_bytes()));
        assert!(contains(&kept, &replica.mailbox().0), "what would be found");
    }
    assert!(!contains(&kept, &person.me.to_bytes()[..32]));
    assert!(!contains(&kept, b"Riverbend"));

    let mut again = person.enters();
    assert!(again.go_on(&kept));
    assert_eq!(again.status().pending, clinician.status().pending);
    assert_eq!(again.requests, clinician.requests);
    let clinic = again.library().clinic().expect("what waits shows");
    assert_eq!(clinic.name, "Riverbend IOP");
    // And can be written on, under the same keys.
    describe(&mut again, "Riverbend");
    assert_eq!(again.status().pending, clinician.status().pending + 1);

    let mut other = Person::new().enters();
    assert!(!other.go_on(&kept));
    let colleague = Person {
        me: StaffIdentity::make(),
        root: RootKey::from_bytes(&person.root.to_bytes()),
    };
    let mut colleague = colleague.enters();
    assert!(!colleague.go_on(&kept));
    assert!(!colleague.go_on(&kept[..kept.len() - 1]));
    assert!(!colleague.go_on(b""));
    let nothing = (other.status().pending, colleague.status().pending);
    assert_eq!(nothing, (0, 0));
}
