//! An honest server and a client, for the tests of the chain check.

use std::collections::BTreeMap;

use handrail_wire::sync::Logged;

use super::*;

pub(super) const BOX: MailboxId = MailboxId([0xb0; 16]);

pub(super) fn id(number: u8) -> EntryId {
    EntryId([number; 16])
}

pub(super) fn bytes(number: u8) -> Vec<u8> {
    vec![number; 40]
}

pub(super) fn offer(number: u8) -> Offer {
    Offer {
        id: id(number),
        sealed: bytes(number).into(),
    }
}

/// An honest server with one mailbox, as small as the protocol allows.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) generation: GenerationId,
    pub(super) log: Vec<Offer>,
    pub(super) page: usize,
}

impl Server {
    pub(super) fn new(numbers: impl IntoIterator<Item = u8>) -> Self {
        Self {
            generation: GenerationId([1; 16]),
            log: numbers.into_iter().map(offer).collect(),
            page: 100,
        }
    }

    pub(super) fn head_at(&self, seq: u64) -> Option<Digest> {
        let upto = self.log.get(..usize::try_from(seq).expect("small"))?;
        Some(upto.iter().fold(first_head(BOX), |head, entry| {
            next_head(head, entry.id, digest(&entry.sealed.0))
        }))
    }

    pub(super) fn tip(&self) -> u64 {
        self.log.len() as u64
    }

    pub(super) fn answer(&mut self, request: &MailboxRequest) -> MailboxResponse {
        let known = request
            .generation
            .is_none_or(|known| known == self.generation);
        let parted = (!known || self.head_at(request.seq) != Some(request.head)).then(|| {
            let own = (request.seq, request.head);
            let probes = request.probes.0.iter().map(|probe| (probe.seq, probe.head));
            let shared = |(seq, head): &(u64, Digest)| self.head_at(*seq) == Some(*head);
            let common = std::iter::once(own).chain(probes).filter(shared);
            common.map(|(seq, _)| seq).max().unwrap_or(0)
        });
        let verdicts: Vec<Verdict> = request
            .entries
            .0
            .iter()
            .map(|entry| Verdict {
                id: entry.id,
                outcome: self.verdict(entry, parted.is_some()),
            })
            .collect();
        let after = usize::try_from(request.seq).expect("small");
        let fresh: Vec<Logged> = match parted {
            Some(_) => Vec::new(),
            None => self.log[after..]
                .iter()
                .take(self.page)
                .map(|entry| Logged {
                    id: entry.id,
                    at: 7,
                    body: if request.entries.0.contains(entry) {
                        Body::Yours
                    } else {
                        Body::Sealed(entry.sealed.clone())
                    },
                })
                .collect(),
        };
        MailboxResponse {
            mailbox: BOX,
            problem: None,
            generation: self.generation,
            seq: self.tip(),
            head: self.head_at(self.tip()).expect("the tip"),
            common: parted,
            from: request.seq,
            more: parted.is_none() && request.seq + (fresh.len() as u64) < self.tip(),
            entries: fresh.into(),
            verdicts: verdicts.into(),
            boxes: Vec::new().into(),
            boxes_seen: request.boxes_seen,
            appended: None,
        }
    }

    fn verdict(&mut self, entry: &Offer, parted: bool) -> Outcome {
        if parted {
            return Outcome::NotYet;
        }
        let place = self.log.iter().position(|known| known.id == entry.id);
        match place {
            Some(at) if self.log[at] == *entry => Outcome::Stored(at as u64 + 1),
            Some(_) => Outcome::Conflict,
            None => {
                self.log.push(entry.clone());
                Outcome::Stored(self.tip())
            }
        }
    }
}

/// A client: the state, its log in order, its outbox.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) state: LogState,
    pub(super) heads: Vec<Digest>,
    pub(super) entries: BTreeMap<EntryId, (Option<u64>, Vec<u8>)>,
}

impl Own for Client {
    fn head_at(&self, seq: u64) -> Option<Digest> {
        let at = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.heads.get(at).copied()
    }

    fn entry(&self, id: EntryId) -> Option<OwnEntry> {
        let (seq, sealed) = self.entries.get(&id)?;
        Some(OwnEntry {
            seq: *seq,
            digest: digest(sealed),
        })
    }
}

impl Client {
    pub(super) fn new() -> Self {
        Self {
            state: LogState::new(BOX),
            heads: Vec::new(),
            entries: BTreeMap::new(),
        }
    }

    /// A client that has all of a server's log.
    pub(super) fn synced(server: &mut Server) -> Self {
        let mut client = Self::new();
        client.sync(server);
        client
    }

    pub(super) fn write(&mut self, number: u8) {
        self.entries.insert(id(number), (None, bytes(number)));
    }

    pub(super) fn request(&self, probes: bool) -> MailboxRequest {
        let waiting = self.entries.iter().filter(|(_, (seq, _))| seq.is_none());
        let offers = waiting.map(|(id, (_, sealed))| Offer {
            id: *id,
            sealed: sealed.clone().into(),
        });
        let probes = if probes {
            self.state.probes(self)
        } else {
            Vec::new()
        };
        self.state.request(offers.collect(), Vec::new(), probes)
    }

    pub(super) fn absorb(
        &mut self,
        request: &MailboxRequest,
        response: &MailboxResponse,
    ) -> Result<Absorbed, ChainFault> {
        let mut state = self.state;
        let absorbed = state.absorb(request, response, self);
        if absorbed.is_err() {
            assert_eq!(state, self.state, "a fault changes nothing");
        }
        let absorbed = absorbed?;
        self.state = state;
        match &absorbed {
            Absorbed::Advanced { entries, .. } => {
                for (new, logged) in entries.iter().zip(&response.entries.0) {
                    self.heads.push(new.head);
                    let sealed = match &logged.body {
                        Body::Sealed(sealed) => sealed.0.clone(),
                        _ => self.entries[&new.id].1.clone(),
                    };
                    self.entries.insert(new.id, (Some(new.seq), sealed));
                }
            }
            Absorbed::Restarted { common } => {
                let keep = usize::try_from(*common).expect("small");
                self.heads.truncate(keep);
                for (seq, _) in self.entries.values_mut() {
                    *seq = seq.filter(|seq| seq <= common);
                }
            }
            Absorbed::ProbesWanted | Absorbed::Refused(_) => {}
        }
        Ok(absorbed)
    }

    /// Round trips until there is no more; whether a restart was seen.
    pub(super) fn sync(&mut self, server: &mut Server) -> Option<u64> {
        let (mut probes, mut restarted) = (false, None);
        for _ in 0..300 {
            let request = self.request(probes);
            let response = server.answer(&request);
            match self.absorb(&request, &response).expect("an honest server") {
                Absorbed::Advanced { more: false, .. } => return restarted,
                Absorbed::Advanced { more: true, .. } => {}
                Absorbed::ProbesWanted => probes = true,
                Absorbed::Restarted { common } => (probes, restarted) = (false, Some(common)),
                Absorbed::Refused(_) => panic!("an honest server"),
            }
        }
        panic!("no end");
    }
}
