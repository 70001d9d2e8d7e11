//! What a patient reads before anything is written.

/// A text to be read and acknowledged; nothing waits for it (clinical.md section 2).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ConsentView {
    /// Its version, for `acknowledge_consent`.
    pub version: String,
    /// Heading, in the phone's language.
    pub title: String,
    /// Line by line.
    pub lines: Vec<String>,
    /// When this version was read; absent: show it.
    pub acknowledged_at: Option<i64>,
}
