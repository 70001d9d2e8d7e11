//! Every bound of the protocol in one place. Both sides check them: the client before it says
//! "Saved", the server before it allocates.

/// Bytes of one request or answer body: 4 MiB and room for its frame.
pub const BODY: usize = 4 * 1024 * 1024 + 64 * 1024;
/// Entries in one batch, over all mailboxes of the request: 2,000. Each is counted before anything is
/// allocated; what a batch costs in memory is bounded by [`BATCH_BYTES`] (docs/adr/0021).
pub const BATCH_ENTRIES: usize = 2000;
/// Entries of one mailbox in an answer: a batch of others', and the place of each one that was offered. Over
/// all mailboxes an answer is bounded by its bytes.
pub const ANSWER_ENTRIES: usize = 2 * BATCH_ENTRIES;
/// Sealed bytes in one batch: 4 MiB.
pub const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Sealed bytes of one entry of any mailbox: 256 KiB (a library entry, such as an education piece
/// or a questionnaire). The server knows no kinds, so this is the bound that it checks.
pub const LIBRARY_ENTRY: usize = 256 * 1024;
/// Sealed bytes of one entry outside the library, checked by the writer: 64 KiB.
pub const ENTRY: usize = 64 * 1024;
/// Mailboxes in one sync request.
pub const MAILBOXES: usize = 1024;
/// Key boxes in one mailbox request or answer.
pub const BOXES: usize = 1024;
/// Bytes of one HPKE key box with its frame.
pub const BOX: usize = 256;
/// Probes for the last common head after a restore.
pub const PROBES: usize = 64;
/// Sealed bytes of an invite bundle.
pub const BUNDLE: usize = 64 * 1024;
/// Bytes of a wrapped staff identity.
pub const WRAPPED: usize = 4096;
/// Bytes of a login name.
pub const LOGIN: usize = 64;
/// Wrong codes after which an invite is revoked.
pub const INVITE_TRIES: u32 = 5;
/// Life of an invite shown on a screen, in milliseconds: ten minutes.
pub const INVITE_SCREEN_MS: i64 = 10 * 60 * 1000;
/// Longest life of an invite sent as a link, in milliseconds: 72 hours.
pub const INVITE_LINK_MS: i64 = 72 * 60 * 60 * 1000;
/// Nesting of a CBOR message.
pub const DEPTH: usize = 8;
