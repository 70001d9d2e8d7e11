//! The conversation with the server: what to ask next, what the answer means.

use handrail_wire::account::NewMailboxes;
use handrail_wire::id::MailboxId;
use handrail_wire::invite::Invites;
use handrail_wire::limits;
use handrail_wire::problem::Code;
use handrail_wire::sync::{MailboxRequest, SyncRequest, SyncResponse, VERSION};
use handrail_wire::{decode, encode, path};

use crate::clinician::{Clinician, id_of};
use crate::outgoing::{Absorbed, Opening, Outgoing, Problem, UNEXPECTED_ANSWER};
use crate::replica::Room;

/// How our server answers what needs no message.
const DONE: u16 = 204;
/// Mailboxes that the first request asks about; twice as many with each answer that had room for all.
pub(crate) const STRIDE_FIRST: usize = 32;
/// However full answers are.
const STRIDE_LEAST: usize = 8;

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
        self.recall();
        if let Some(request) = self.requests.front() {
            self.in_flight = Some(InFlight::Request);
            return Some(request.clone());
        }
        if self.unasked.is_empty() {
            if !self.wants_sync {
                return None;
            }
            // A pass begins. The clinic's own mailboxes first: they name the others.
            self.wants_sync = false;
            let own = [self.own.library, self.own.team, self.own.roster];
            let rest = self.replicas.keys().filter(|id| !own.contains(id));
            self.unasked = own.iter().chain(rest).copied().collect();
        }
        let (outgoing, mailboxes) = self.question();
        self.in_flight = Some(InFlight::Sync(mailboxes));
        Some(outgoing)
    }

    /// What to ask beside the question that is under way, of other mailboxes: while the first answer is taken
    /// in, the second comes. Only at first, when there is much to fetch. Answers are taken in the order of the
    /// questions; when the first is lost so is the second, and [`Clinician::ask`] asks both again.
    pub fn ask_ahead(&mut self) -> Option<Outgoing> {
        let free = self.ahead.is_none() && self.synced_at.is_none() && !self.unasked.is_empty();
        if !free || !matches!(self.in_flight, Some(InFlight::Sync(_))) {
            return None;
        }
        let (outgoing, mailboxes) = self.question();
        self.ahead = Some(mailboxes);
        Some(outgoing)
    }

    /// The next of this pass: they are taken out of what is unasked.
    fn question(&mut self) -> (Outgoing, Vec<MailboxRequest>) {
        let mut room = Room::new();
        let count = self.stride.min(self.unasked.len());
        let mailboxes: Vec<_> = self
            .unasked
            .drain(..count)
            .filter_map(|mailbox| self.replicas.get(&mailbox))
            .map(|replica| replica.request(&mut room))
            .collect();
        let body = encode(&SyncRequest {
            version: VERSION,
            mailboxes: mailboxes.clone().into(),
        });
        let outgoing = Outgoing {
            method: "POST",
            path: path::SYNC,
            body: Some(body),
        };
        (outgoing, mailboxes)
    }

    /// Questions without an answer are unasked again, in their order.
    fn recall(&mut self) {
        let first = match self.in_flight.take() {
            Some(InFlight::Sync(mailboxes)) => mailboxes,
            Some(InFlight::Request) | None => Vec::new(),
        };
        let asked = first.iter().chain(self.ahead.iter().flatten());
        let asked: Vec<_> = asked.map(|request| request.mailbox).collect();
        self.ahead = None;
        for mailbox in asked.into_iter().rev() {
            self.unasked.push_front(mailbox);
        }
    }

    /// Takes the answer to [`Clinician::ask`].
    ///
    /// A refusal of a queued request drops that request and is told once; a refused synchronisation
    /// keeps everything. An answer that cannot be read, or is not our server's, changes nothing.
    pub fn absorb(&mut self, status: u16, body: &[u8], now: i64) -> Result<Absorbed, Problem> {
        let refused = Problem::of_answer(status, body).map(|problem| problem.code);
        let asked = self.in_flight.take();
        match asked {
            None => Err(Problem::new("nothing-asked")),
            Some(InFlight::Request) => self.absorb_request(status, refused, body),
            Some(InFlight::Sync(requests)) => {
                let done = match refused {
                    Some(code) => Err(Problem::new(code)),
                    None => self.absorb_sync(&requests, body, now),
                };
                match &done {
                    Ok(_) => self.in_flight = self.ahead.take().map(InFlight::Sync),
                    // Nothing changed: it is asked again, and what was asked ahead with it.
                    Err(_) => self.in_flight = Some(InFlight::Sync(requests)),
                }
                done
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
                opening: self.opening(),
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
            opening: self.opening(),
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
        let (mut brought, mut refused) = (false, None);
        let (mut restarted, mut unfinished) = (Vec::new(), Vec::new());
        let mut missing = Vec::new();
        for (request, response) in requests.iter().zip(answer.mailboxes.0) {
            let Some(replica) = self.replicas.get_mut(&request.mailbox) else {
                continue;
            };
            match replica.absorb(request, response) {
                Ok(news) => {
                    self.faults.remove(&request.mailbox);
                    if news.again {
                        unfinished.push(request.mailbox);
                    }
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
        unfinished.extend_from_slice(&missing);
        self.make_again(missing);
        for mailbox in &restarted {
            self.forget(*mailbox);
            brought = true;
        }
        let pending = self.go_through(requests, unfinished);
        let changed = brought && self.fold();
        self.news |= changed;
        let ended = self.unasked.is_empty() && self.ahead.is_none() && !pending;
        if ended && !self.wants_sync && std::mem::take(&mut self.news) {
            // What patients decided and only staff's keys can do, by whoever is there. Without the team's key
            // it waits for the next news.
            let _ = self.look_after_families(now);
        }
        if ended {
            self.synced_at = Some(now);
        }
        Ok(Absorbed {
            changed: changed || refused.is_some(),
            refused,
            opening: self.opening(),
        })
    }
}

impl Clinician {
    /// How far the first pass has come; none when it is over.
    fn opening(&self) -> Option<Opening> {
        let asked = self.ahead.as_ref().map_or(0, Vec::len);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let left = self.unasked.len() + asked;
        self.synced_at.is_none().then(|| Opening {
            opened: count(self.replicas.len().saturating_sub(left)),
            of: count(self.replicas.len()),
        })
    }

    /// The rest of this pass: what was asked and is not finished comes first, and is asked again. A mailbox is
    /// asked about until it is finished and then not again in this pass, so that a pass costs what it brings
    /// and not the square of it.
    ///
    /// Returns whether something waits to be sent.
    fn go_through(&mut self, requests: &[MailboxRequest], unfinished: Vec<MailboxId>) -> bool {
        // Where answers are full, more questions than they have room for only cost the server time.
        self.stride = if unfinished.is_empty() {
            (self.stride * 2).min(limits::MAILBOXES)
        } else {
            (requests.len() - unfinished.len()).max(STRIDE_LEAST)
        };
        for mailbox in unfinished.into_iter().rev() {
            self.unasked.push_front(mailbox);
        }
        let ended = self.unasked.is_empty() && self.ahead.is_none();
        let pending = ended
            && self.replicas.values().any(|replica| {
                replica.pending() > 0 && !self.faults.contains_key(&replica.mailbox())
            });
        self.wants_sync |= pending;
        pending
    }

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
        // 32, 64, ... 1024, and the rest.
        assert_eq!((asked.len(), turns), (2503, 7));
    }

    fn asked_by(outgoing: &Outgoing) -> Vec<MailboxId> {
        let request: SyncRequest =
            decode(outgoing.body.as_deref().expect("a request")).expect("ours");
        request.mailboxes.0.iter().map(|one| one.mailbox).collect()
    }

    fn take(clinician: &mut Clinician, outgoing: &Outgoing) -> Absorbed {
        let body = outgoing.body.as_deref().expect("a request");
        clinician
            .absorb(200, &answer(body, None), 1)
            .expect("an answer")
    }

    #[test]
    fn what_is_asked_ahead_is_of_other_mailboxes_and_only_once() {
        let mut clinician = clinician(300);
        let mut asked = Vec::new();
        let mut under_way = clinician.ask();
        while let Some(outgoing) = under_way {
            let ahead = clinician.ask_ahead();
            assert_eq!(clinician.ask_ahead(), None, "one is enough");
            asked.extend(asked_by(&outgoing));
            let absorbed = take(&mut clinician, &outgoing);
            assert_eq!(
                absorbed.opening.is_none(),
                asked.len() == 303,
                "{}",
                asked.len()
            );
            under_way = ahead.or_else(|| clinician.ask());
        }
        let once: std::collections::BTreeSet<_> = asked.iter().collect();
        assert_eq!((asked.len(), once.len()), (303, 303));
        // Everything is here: later passes have no need of it.
        clinician.refresh();
        clinician.requests.clear();
        assert!(clinician.ask().is_some() && clinician.ask_ahead().is_none());
    }

    #[test]
    fn an_answer_that_is_lost_or_refused_is_asked_for_again_with_what_was_asked_ahead() {
        let mut clinician = clinician(300);
        let first = clinician.ask().expect("a question");
        let ahead = clinician.ask_ahead().expect("more");
        let both = || [asked_by(&first), asked_by(&ahead)].concat();
        // Lost.
        let again = clinician.ask().expect("the same");
        assert_eq!(asked_by(&again), asked_by(&first));
        assert_eq!(clinician.ask_ahead().as_ref(), Some(&ahead));
        // Refused.
        assert!(clinician.absorb(503, b"", 1).is_err());
        let again = clinician.ask().expect("the same");
        assert_eq!(asked_by(&again), asked_by(&first));
        let mut asked = asked_by(&again);
        take(&mut clinician, &again);
        let mut opening = None;
        while let Some(outgoing) = clinician.ask() {
            asked.extend(asked_by(&outgoing));
            opening = take(&mut clinician, &outgoing).opening;
        }
        assert!(asked.starts_with(&both()), "in their order");
        assert_eq!((asked.len(), opening), (303, None));
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
