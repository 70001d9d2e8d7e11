//! The conversation with the server: what to ask next, what the answer means.

use handrail_wire::id::MailboxId;
use handrail_wire::invite::Invites;
use handrail_wire::limits;
use handrail_wire::sync::{MailboxRequest, SyncRequest, SyncResponse, VERSION};
use handrail_wire::{decode, encode, path};

use crate::clinician::Clinician;
use crate::outgoing::{Absorbed, Outgoing, Problem};
use crate::replica::Room;

/// What was asked and not answered yet.
pub(crate) enum InFlight {
    /// The first of the queued requests.
    Request,
    /// A synchronisation of these mailboxes.
    Sync(Vec<MailboxRequest>),
}

impl Clinician {
    /// Asks for a synchronisation and the state of invites.
    pub fn refresh(&mut self) {
        self.wants_sync = true;
        let invites = Outgoing::get(path::INVITES);
        if !self.requests.contains(&invites) {
            self.requests.push_back(invites);
        }
    }

    /// What ends the session at the server. Drop this clinician afterwards: the keys go with it.
    pub fn logout(&self) -> Outgoing {
        Outgoing::post_empty(path::LOGOUT)
    }

    /// What to ask of the server now; `None` when there is nothing. Asking again without an answer
    /// (a lost network) repeats the question: everything is idempotent.
    pub fn ask(&mut self) -> Option<Outgoing> {
        if let Some(request) = self.requests.front() {
            self.in_flight = Some(InFlight::Request);
            return Some(request.clone());
        }
        if !self.wants_sync {
            self.in_flight = None;
            return None;
        }
        let mut room = Room::new();
        // The clinic's own mailboxes first: they name the others.
        let own = [self.own.library, self.own.team, self.own.roster];
        if self.unasked.is_empty() {
            let rest = self.replicas.keys().filter(|id| !own.contains(id));
            self.unasked = rest.copied().collect();
        }
        let rest = self.unasked.iter().copied();
        let order: Vec<MailboxId> = own
            .into_iter()
            .chain(rest)
            .take(limits::MAILBOXES)
            .collect();
        let mailboxes: Vec<_> = order
            .iter()
            .filter_map(|mailbox| self.replicas.get(mailbox))
            .map(|replica| replica.request(&mut room))
            .collect();
        let body = encode(&SyncRequest {
            version: VERSION,
            mailboxes: mailboxes.clone().into(),
        });
        self.in_flight = Some(InFlight::Sync(mailboxes));
        Some(Outgoing {
            method: "POST",
            path: path::SYNC,
            body: Some(body),
        })
    }

    /// Takes the answer to [`Clinician::ask`].
    ///
    /// A refusal of a queued request drops that request and is told once; a refused synchronisation
    /// keeps everything. An answer that cannot be read changes nothing.
    pub fn absorb(&mut self, status: u16, body: &[u8], now: i64) -> Result<Absorbed, Problem> {
        let refused = Problem::of_answer(status, body).map(|problem| problem.code);
        let passing = matches!(status, 401 | 408 | 429 | 500..);
        match self.in_flight.take() {
            None => Err(Problem::new("nothing-asked")),
            Some(InFlight::Request) => {
                if let (Some(code), true) = (&refused, passing) {
                    return Err(Problem::new(code.clone()));
                }
                let request = self.requests.pop_front();
                let mut changed = true;
                if refused.is_none()
                    && request.is_some_and(|request| {
                        request.path == path::INVITES && request.method == "GET"
                    })
                {
                    let list: Invites =
                        decode(body).map_err(|error| Problem::new(error.to_string()))?;
                    changed = self.invites != list.invites.0;
                    self.invites = list.invites.0;
                }
                Ok(Absorbed { changed, refused })
            }
            Some(InFlight::Sync(requests)) => {
                if let Some(code) = refused {
                    return Err(Problem::new(code));
                }
                self.absorb_sync(&requests, body, now)
            }
        }
    }

    fn absorb_sync(
        &mut self,
        requests: &[MailboxRequest],
        body: &[u8],
        now: i64,
    ) -> Result<Absorbed, Problem> {
        let mut answer: SyncResponse =
            decode(body).map_err(|error| Problem::new(error.to_string()))?;
        answer.spell_out(requests);
        if answer.version != VERSION || answer.mailboxes.0.len() != requests.len() {
            return Err(Problem::new("unexpected-answer"));
        }
        let (mut again, mut brought, mut refused) = (false, false, None);
        let mut restarted = Vec::new();
        for (request, response) in requests.iter().zip(&answer.mailboxes.0) {
            let Some(replica) = self.replicas.get_mut(&request.mailbox) else {
                continue;
            };
            match replica.absorb(request, response) {
                Ok(news) => {
                    self.faults.remove(&request.mailbox);
                    again |= news.again;
                    brought |= news.news;
                    if news.restarted {
                        self.restored = true;
                        restarted.push(request.mailbox);
                    }
                    refused = news.trouble.map(str::to_owned).or(refused);
                }
                Err(fault) => {
                    self.faults.insert(request.mailbox, fault);
                }
            }
        }
        for mailbox in &restarted {
            self.forget(*mailbox);
            brought = true;
        }
        let pending = self
            .replicas
            .values()
            .any(|replica| replica.pending() > 0 && !self.faults.contains_key(&replica.mailbox()));
        // A clinic with more mailboxes than one request takes is asked about in turns.
        let own = [self.own.library, self.own.team, self.own.roster];
        let asked = requests
            .iter()
            .filter(|request| !own.contains(&request.mailbox));
        let asked = asked.count().min(self.unasked.len());
        self.unasked.drain(..asked);
        self.wants_sync = again || pending || !self.unasked.is_empty();
        let changed = brought && self.fold();
        self.news |= changed;
        if !self.wants_sync && std::mem::take(&mut self.news) {
            // What patients decided and only staff's keys can do, by whoever is there. Without the team's key
            // it waits for the next news.
            let _ = self.look_after_families(now);
        }
        if !self.wants_sync {
            self.synced_at = Some(now);
        }
        Ok(Absorbed {
            changed: changed || refused.is_some(),
            refused,
        })
    }
}

#[cfg(test)]
mod tests {
    use handrail_care::entry::Class;
    use handrail_mailbox::chain::first_head;
    use handrail_mailbox::directory::{Directory, RootKey};
    use handrail_mailbox::identity::StaffIdentity;
    use handrail_wire::id::GenerationId;
    use handrail_wire::sync::MailboxResponse;

    use super::*;
    use crate::replica::Replica;

    fn clinician(mailboxes: u16) -> Clinician {
        let directory = Directory::new(RootKey::make().public());
        let mut clinician = Clinician::new(StaffIdentity::make(), None, directory, "UTC");
        for number in 0..mailboxes {
            let mut id = [0; 16];
            id[..2].copy_from_slice(&number.to_be_bytes());
            let id = MailboxId(id);
            clinician.replicas.insert(id, Replica::new(id, Class::Care));
        }
        clinician
    }

    /// An answer of a server whose mailboxes are all empty, but for those it does not know.
    fn answer(request: &[u8], unknown: Option<MailboxId>) -> Vec<u8> {
        let request: SyncRequest = decode(request).expect("our own request");
        let mailboxes = request.mailboxes.0.iter().map(|asked| MailboxResponse {
            mailbox: asked.mailbox,
            problem: (unknown == Some(asked.mailbox)).then(|| "mailbox-unknown".to_owned()),
            generation: GenerationId([1; 16]),
            seq: 0,
            head: first_head(asked.mailbox),
            common: None,
            from: 0,
            entries: Vec::new().into(),
            more: false,
            verdicts: Vec::new().into(),
            boxes: Vec::new().into(),
            boxes_seen: 0,
            appended: None,
        });
        encode(&SyncResponse {
            version: VERSION,
            now: 1,
            mailboxes: mailboxes.collect::<Vec<_>>().into(),
        })
    }

    #[test]
    fn a_large_clinic_is_asked_about_in_turns() {
        let mut clinician = clinician(2500);
        let mut asked = std::collections::BTreeSet::new();
        let mut turns = 0;
        while let Some(outgoing) = clinician.ask() {
            let repeated = clinician.ask();
            assert_eq!(
                repeated.as_ref(),
                Some(&outgoing),
                "no answer, the same question"
            );
            let body = outgoing.body.expect("a request");
            let request: SyncRequest = decode(&body).expect("ours");
            asked.extend(request.mailboxes.0.iter().map(|one| one.mailbox));
            clinician
                .absorb(200, &answer(&body, None), 1)
                .expect("an answer");
            turns += 1;
            assert!(turns < 10, "it comes to an end");
        }
        assert_eq!((asked.len(), turns), (2503, 3));
    }

    #[test]
    fn a_mailbox_that_the_server_does_not_know_is_a_fault_and_not_a_loop() {
        let mut clinician = clinician(1);
        let unknown = MailboxId([0; 16]);
        let mut turns = 0;
        while let Some(outgoing) = clinician.ask() {
            let body = outgoing.body.expect("a request");
            let _ = clinician.absorb(200, &answer(&body, Some(unknown)), 1);
            turns += 1;
            assert!(turns < 10, "it comes to an end");
        }
        assert_eq!(clinician.status().faults, ["mailbox-unknown"]);
    }
}
