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
        let rest = self.replicas.keys().copied().filter(|id| !own.contains(id));
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
        let answer: SyncResponse = decode(body).map_err(|error| Problem::new(error.to_string()))?;
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
                    self.faults.insert(request.mailbox, fault.to_string());
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
        self.wants_sync = again || pending;
        let changed = brought && self.fold();
        if !self.wants_sync {
            self.synced_at = Some(now);
        }
        Ok(Absorbed {
            changed: changed || refused.is_some(),
            refused,
        })
    }
}
