-- Version 1. Never edited after release; the next change is 0002.
-- Times are epoch milliseconds. Tokens, sessions and codes are kept as SHA-256 only.

-- One row: what the server knows of itself.
CREATE TABLE server (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Makes up answers for login names that do not exist; signs known-browser cookies.
    secret BLOB NOT NULL CHECK (length(secret) = 32),
    -- SHA-256 of the set-up code while the clinic is not set up.
    setup_code BLOB,
    set_up_at INTEGER
) STRICT;

CREATE TABLE staff (
    party BLOB PRIMARY KEY CHECK (length(party) = 16),
    login TEXT NOT NULL UNIQUE,
    identity BLOB NOT NULL,
    salt BLOB NOT NULL,
    memory_kib INTEGER NOT NULL,
    passes INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    proof_digest BLOB NOT NULL,
    wrapped BLOB NOT NULL,
    admin INTEGER NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    digest BLOB PRIMARY KEY,
    party BLOB NOT NULL REFERENCES staff (party) ON DELETE CASCADE,
    opened_at INTEGER NOT NULL,
    -- Behind the truth by up to a minute; the rest is in memory.
    used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_party ON sessions (party);

CREATE TABLE mailboxes (
    no INTEGER PRIMARY KEY,
    mailbox BLOB NOT NULL UNIQUE CHECK (length(mailbox) = 16),
    generation BLOB NOT NULL CHECK (length(generation) = 16),
    -- Entries in the log, and the chain's head there.
    seq INTEGER NOT NULL,
    head BLOB NOT NULL CHECK (length(head) = 32),
    -- Key boxes so far.
    boxes INTEGER NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

CREATE TABLE entries (
    -- mailboxes.no * 2^40 + sequence number: a mailbox lies together, in order, without a second index.
    place INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL REFERENCES mailboxes (no),
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    -- SHA-256 of the sealed bytes; stays when the entry is erased.
    digest BLOB NOT NULL,
    head BLOB NOT NULL,
    -- NULL: erased.
    sealed BLOB,
    UNIQUE (mailbox, id)
) STRICT;

CREATE TABLE key_boxes (
    -- As in entries: mailboxes.no * 2^40 + number within the mailbox.
    place INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL REFERENCES mailboxes (no),
    -- SHA-256 of epoch, recipient, signer and sealed bytes.
    digest BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    recipient BLOB NOT NULL,
    signer BLOB NOT NULL,
    sealed BLOB NOT NULL,
    signature BLOB NOT NULL,
    UNIQUE (mailbox, digest)
) STRICT;

CREATE TABLE grants (
    subject BLOB NOT NULL CHECK (length(subject) = 16),
    mailbox INTEGER NOT NULL REFERENCES mailboxes (no),
    append INTEGER NOT NULL,
    PRIMARY KEY (subject, mailbox)
) STRICT, WITHOUT ROWID;

CREATE TABLE invites (
    invite BLOB PRIMARY KEY CHECK (length(invite) = 16),
    subject BLOB NOT NULL,
    proof_digest BLOB NOT NULL,
    -- NULL once the phone has confirmed, or nobody can redeem it any more.
    bundle BLOB,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    revoked_at INTEGER,
    -- The phone it is bound to.
    redeemed_at INTEGER,
    redeemed_by BLOB,
    used_at INTEGER
) STRICT;
CREATE INDEX invites_by_age ON invites (made_at);

CREATE TABLE devices (
    party BLOB PRIMARY KEY CHECK (length(party) = 16),
    subject BLOB NOT NULL,
    identity BLOB NOT NULL,
    token_digest BLOB NOT NULL UNIQUE,
    -- The invite it came by last.
    invite BLOB NOT NULL,
    enrolled_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    revoked_at INTEGER,
    -- The staff-signed entry that a revoked phone may still fetch.
    notice_mailbox BLOB,
    notice_id BLOB,
    notice_sealed BLOB
) STRICT;
