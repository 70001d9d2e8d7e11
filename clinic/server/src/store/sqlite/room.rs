//! What fits into one answer: entries, sealed bytes, encoded bytes.

use handrail_wire::limits;
use handrail_wire::sync::SyncRequest;

/// What still fits into the answer.
pub struct Room {
    /// Encoded bytes, to stay within [`limits::BODY`].
    bytes: usize,
    /// Sealed bytes, to stay within [`limits::BATCH_BYTES`].
    sealed: usize,
    /// Entries of others in one mailbox, to stay within [`limits::BATCH_ENTRIES`]. With the places of what was
    /// offered the answer for a mailbox stays within [`limits::ANSWER_ENTRIES`]: a phone that pushes while there
    /// is news is not always one answer behind. Over many mailboxes only the bytes count: a clinician's first
    /// fetch takes as few round trips as they allow.
    entries: usize,
}

impl Room {
    /// Frames of the encoding, rounded up.
    const FRAME: usize = 192;
    const VERDICT: usize = 32;
    const ENTRY: usize = 48;
    const BOX: usize = 128;

    pub fn for_answer(request: &SyncRequest) -> Self {
        let frames: usize = request
            .mailboxes
            .0
            .iter()
            .map(|ask| Self::FRAME + ask.entries.0.len() * Self::VERDICT)
            .sum();
        Self {
            bytes: limits::BODY.saturating_sub(frames + 64),
            sealed: limits::BATCH_BYTES,
            entries: limits::BATCH_ENTRIES,
        }
    }

    /// The next mailbox of the answer.
    pub fn next_mailbox(&mut self) {
        self.entries = limits::BATCH_ENTRIES;
    }

    pub fn take_entry(&mut self, sealed: usize) -> bool {
        let bytes = sealed + Self::ENTRY;
        if self.entries == 0 || self.sealed < sealed || self.bytes < bytes {
            return false;
        }
        self.entries -= 1;
        self.sealed -= sealed;
        self.bytes -= bytes;
        true
    }

    /// The place of an entry that this request offered.
    pub fn take_place(&mut self) -> bool {
        let fits = self.bytes >= Self::ENTRY;
        if fits {
            self.bytes -= Self::ENTRY;
        }
        fits
    }

    pub fn take_box(&mut self, sealed: usize) -> bool {
        let bytes = sealed + Self::BOX;
        let fits = self.bytes >= bytes;
        if fits {
            self.bytes -= bytes;
        }
        fits
    }
}
