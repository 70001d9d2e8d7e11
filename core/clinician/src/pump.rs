//! The conversation with the server: what to ask next, what the answer means.

use handrail_wire::account::NewMailboxes;
use handrail_wire::id::MailboxId;
use handrail_wire::invite::Invites;
use handrail_wire::limits;
use handrail_wire::problem::Code;
use handrail_wire::sync::{MailboxRequest, SyncRequest, SyncResponse, VERSION};
use handrail_wire::{decode, encode, path};

use crate::clinician::{Clinician, id_of};
use crate::outgoing::{Absorbed, Outgoing, Problem, UNEXPECTED_ANSWER};
use crate::replica::Room;

/// How our server answers what needs no message.
const DONE: u16 = 204;

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
    /// keeps everything. An answer that cannot be read, or is not our server's, changes nothing.
    pub fn absorb(&mut self, status: u16, body: &[u8], now: i64) -> Result<Absorbed, Problem> {
        let refused = Problem::of_answer(status, body).map(|problem| problem.code);
        match self.in_flight.take() {
            None => Err(Problem::new("nothing-asked")),
            Some(InFlight::Request) => self.absorb_request(status, refused, body),
            Some(InFlight::Sync(requests)) => {
                if let Some(code) = refused {
                    return Err(Problem::new(code));
                }
                self.absorb_sync(&requests, body, now)
            }
        }
    }

    /// The answer to the first of the queued requests. It leaves the queue when our server did it or will
    /// not do it; whatever else answers (a login page, a proxy) has done nothing, and it is asked again.
    fn absorb_request(
        &mut self,
        status: u16,
        refused: Option<String>,
        body: &[u8],
    ) -> Result<Absorbed, Problem> {
        let passing = matches!(status, 401 | 408 | 429 | 500..);
        if let Some(code) = refused {
            if passing || code == UNEXPECTED_ANSWER {
                return Err(Problem::new(code));
            }
            let request = self.requests.pop_front();
            // The answer got lost, the account did not stay.
            let done = code == Code::StaffUnknown.as_str()
                && request.is_some_and(|request| request.path == path::STAFF_REMOVE);
            return Ok(Absorbed {
                changed: true,
                refused: Some(code).filter(|_| !done),
            });
        }
        let reads = self
            .requests
            .front()
            .is_some_and(|request| request.method == "GET");
        let mut changed = true;
        if reads {
            let list: Invites = decode(body).map_err(|error| Problem::new(error.to_string()))?;
            changed = self.invites != list.invites.0;
            self.invites = list.invites.0;
        } else if status != DONE {
            return Err(Problem::new(UNEXPECTED_ANSWER));
        }
        self.requests.pop_front();
        Ok(Absorbed {
            changed,
            refused: None,
        })
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
        let (mut restarted, mut missing) = (Vec::new(), Vec::new());
        for (request, response) in requests.iter().zip(&answer.mailboxes.0) {
            let Some(replica) = self.replicas.get_mut(&request.mailbox) else {
                continue;
            };
            match replica.absorb(request, response) {
                Ok(news) => {
                    self.faults.remove(&request.mailbox);
                    again |= news.again;
                    brought |= news.news;
                    if !news.again {
                        self.remade.remove(&request.mailbox);
                    }
                    if news.restarted {
                        // One mailbox that was gone is no restored backup by itself.
                        self.restored |= !self.remade.contains(&request.mailbox);
                        restarted.push(request.mailbox);
                    }
                    refused = news.trouble.map(str::to_owned).or(refused);
                }
                Err(fault) => {
                    let gone = fault == Code::MailboxUnknown.as_str() && replica.was_there();
                    if gone && self.remade.insert(request.mailbox) {
                        missing.push(request.mailbox);
                    }
                    self.faults.insert(request.mailbox, fault);
                }
            }
        }
        again |= !missing.is_empty();
        self.make_again(missing);
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

impl Clinician {
    /// Mailboxes that the server had and does not know any more: the clinic restored a backup from before
    /// they were made. They are made again; their entries follow.
    fn make_again(&mut self, missing: Vec<MailboxId>) {
        for mailboxes in missing.chunks(limits::MAILBOXES) {
            let new = NewMailboxes {
                mailboxes: mailboxes.to_vec().into(),
            };
            self.requests
                .push_back(Outgoing::post(path::MAILBOXES, &new));
        }
        for mailbox in missing {
            let member = self.roster.family_member(id_of(mailbox));
            let patient = member.filter(|member| member.ended_at.is_none());
            if let Some(patient) = patient.map(|member| member.of) {
                self.grant(patient, mailbox, true);
            }
        }
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

    /// It was taken for done, and nobody made the mailbox, cut off the phone or kept the invite.
    #[test]
    fn what_somebody_else_answers_does_nothing_that_was_asked() {
        let mut clinician = clinician(0);
        let mailbox = MailboxId([7; 16]);
        let new = handrail_wire::account::NewMailboxes {
            mailboxes: vec![mailbox].into(),
        };
        let request = Outgoing::post(path::MAILBOXES, &new);
        clinician.requests.push_back(request.clone());
        clinician.requests.push_back(Outgoing::get(path::INVITES));
        let page = b"<html>Please sign in</html>".as_slice();
        for (status, body) in [
            (200, page),
            (200, b"".as_slice()),
            (302, b"".as_slice()),
            (403, page),
            (404, page),
            (503, page),
        ] {
            assert_eq!(clinician.ask().as_ref(), Some(&request), "{status}");
            let told = clinician.absorb(status, body, 1);
            assert_eq!(told, Err(Problem::new("unexpected-answer")), "{status}");
        }
        clinician.ask();
        let done = clinician.absorb(204, b"", 1).expect("done");
        assert_eq!((done.changed, done.refused), (true, None));
        clinician.ask();
        let unread = clinician.absorb(200, page, 1);
        assert!(unread.is_err());
        let again = clinician.ask().expect("still wanted");
        assert_eq!((again.method, again.path), ("GET", path::INVITES));
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
