-- The phone's store. Nothing in it is readable without the key that the OS key store holds, except
-- identifiers (random), digests, places in a log, and stable codes.

CREATE TABLE mailbox (
    n          INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE,
    class      TEXT    NOT NULL,
    generation BLOB,
    seq        INTEGER NOT NULL,
    head       BLOB    NOT NULL,
    boxes_seen INTEGER NOT NULL,
    -- Epoch secrets, wrapped by the local key.
    keyring    BLOB    NOT NULL
) STRICT;

-- Rows are found by number: the phone keeps identifiers and places in memory, and checks both itself.
CREATE TABLE entry (
    n       INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL,
    id      BLOB    NOT NULL,
    digest  BLOB    NOT NULL,
    -- The server will not take it: the code. It is not offered again.
    refused TEXT,
    -- The sealed bytes; NULL once erased.
    bytes   BLOB
) STRICT;

-- Places in the log; an entry without one waits in the outbox. Apart from `entry`, so that giving an entry
-- its place does not write its bytes again. A row stands for a run: `count` entries in rows n, n + 1, ...
-- have the places seq, seq + 1, ... and came at the same time. A batch that arrives is one row here.
CREATE TABLE place (
    n           INTEGER PRIMARY KEY,
    seq         INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    count       INTEGER NOT NULL
) STRICT;

-- Half-done check-ins, sealed under the local key.
CREATE TABLE draft (
    id     BLOB PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;

-- Entries that would not open or may not be believed.
CREATE TABLE quarantine (
    mailbox INTEGER NOT NULL REFERENCES mailbox (n),
    id      BLOB    NOT NULL,
    reason  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (mailbox, id)
) STRICT;

-- What is wrong with a log or an entry, to be shown.
CREATE TABLE fault (
    mailbox INTEGER NOT NULL REFERENCES mailbox (n),
    -- The entry it is about, or no bytes.
    entry   BLOB    NOT NULL,
    code    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    -- Our bytes of an entry whose place another entry took.
    sealed  BLOB,
    PRIMARY KEY (mailbox, entry, code)
) STRICT;

-- Device keys and token, sync state, settings: each sealed under the local key.
CREATE TABLE setting (
    name   TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;
