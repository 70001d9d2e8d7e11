//! Entries as each voice of the table writes them: sealed and signed, truly or not.

use handrail_care::entry::{Class, Entry, VERSION};
use handrail_care::id::Id;
use handrail_mailbox::keyring::EpochSecret;
use handrail_story::now;
use handrail_story::raw::Actor;
use handrail_story::raw::seal::{Claim, Place, random, seal, sign};
use handrail_wire::id::EntryId;

use crate::kinds::Sample;
use crate::world::World;

/// One entry by one voice.
pub struct Try {
    pub row: String,
    pub mailbox: &'static str,
    pub class: Class,
    pub entry: Entry,
    pub sealed: Vec<u8>,
    /// Where and when it was stored.
    pub place: (u64, i64),
}

/// Writes them.
pub struct Writer<'w> {
    pub world: &'w World,
    pub samples: Vec<Sample>,
}

impl Writer<'_> {
    /// Sixty-odd entries, as a row of the table of voices says.
    pub fn write(&self, row: &str) -> Vec<Try> {
        let words: Vec<_> = row.split(' ').collect();
        let [actor, voice, mailbox] = words[..] else {
            panic!("{row}: actor, voice, mailbox");
        };
        let (actor, to) = (self.world.actor(actor), self.world.find(mailbox));
        // A key that they hold; one that somebody gave them; one that they made up.
        let given = &self.world.actor("administrator").rings[&to.id];
        let made_up;
        let epoch;
        let secret = match actor.rings.get(&to.id) {
            Some(ring) => {
                epoch = ring.current().expect("a key").epoch();
                ring.secret(epoch).expect("its own")
            }
            None if voice == "self" => {
                epoch = given.current().expect("a key").epoch();
                given.secret(epoch).expect("its own")
            }
            None => {
                assert_eq!(
                    voice, "own",
                    "{row}: without a key there is nothing to vary"
                );
                made_up = EpochSecret::make();
                epoch = 1;
                &made_up
            }
        };
        let tries = self.samples.iter().map(|sample| {
            let id = EntryId(random());
            let place = Place {
                secret,
                epoch,
                mailbox: to.id,
                entry: id,
            };
            let (by, claim) = self.voice(actor, voice);
            let entry = Entry {
                v: VERSION,
                id: Id(id.0),
                at: now(),
                zone: "UTC".into(),
                by,
                seen: None,
                kind: sample.kind.as_str().into(),
                body: serde_json::from_str(sample.body.get()).expect("a body"),
            };
            let bytes = entry.to_bytes();
            Try {
                row: row.to_owned(),
                mailbox: to.name,
                class: to.class,
                sealed: seal(&place, claim(&place, &bytes), &bytes),
                entry,
                place: (0, 0),
            }
        });
        tries.collect()
    }

    /// Whom the entry names, and what is claimed inside the seal.
    fn voice<'a>(
        &'a self,
        actor: &'a Actor,
        voice: &str,
    ) -> (Id, impl Fn(&Place<'_>, &[u8]) -> Claim + 'a + use<'a>) {
        // Somebody other than the actor.
        let imke = self.world.actor("clinician");
        let colleague = if actor.party == imke.party {
            self.world.actor("administrator")
        } else {
            imke
        };
        let is_staff = actor.account.is_some();
        let (by, signer, claimed) = match voice {
            "own" if is_staff => (actor.id(), Some(actor), actor),
            "own" | "unsigned" => (actor.id(), None, actor),
            "as-clinician" => (imke.id(), None, actor),
            "as-patient" => (self.world.actor("patient").id(), None, actor),
            "forged" => (colleague.id(), Some(actor), colleague),
            "moved" => (colleague.id(), Some(colleague), colleague),
            "self" => (actor.id(), Some(actor), actor),
            "other" => (colleague.id(), Some(actor), actor),
            other => panic!("{other}: no such voice"),
        };
        let is_moved = voice == "moved";
        let claim = move |place: &Place<'_>, bytes: &[u8]| {
            let Some(signer) = signer else {
                return Claim::Unsigned;
            };
            let signed_for = Place {
                entry: if is_moved {
                    EntryId(random())
                } else {
                    place.entry
                },
                ..*place
            };
            Claim::Signed(claimed.party, sign(&signer.sign_seed(), &signed_for, bytes))
        };
        (by, claim)
    }
}
