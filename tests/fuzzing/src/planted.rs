//! A decoder with a defect made on purpose: it trusts a length. The fuzzer must find it in bounded time,
//! and the ordinary replay must fail on an input that shows it. Nothing else uses this.

/// An input that shows the defect.
pub const SHOWS: &[u8] = b"HR\xff";

/// `HR`, a length, so many bytes. Panics when the length is a lie.
pub fn planted(input: &[u8]) {
    if let Some(rest) = input.strip_prefix(b"HR")
        && let Some((length, rest)) = rest.split_first()
    {
        let body = &rest[..usize::from(*length)];
        assert!(body.len() <= rest.len());
    }
}
