//! Identifiers, digests and tokens as fixed byte strings.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use minicbor::{Decode, Decoder, Encode, Encoder};

/// The text is not this identifier's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bad-identifier")]
pub struct BadId;

macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| BadId)?;
                Ok(Self(bytes.try_into().map_err(|_| BadId)?))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = BadId;

            fn try_from(bytes: &[u8]) -> Result<Self, BadId> {
                Ok(Self(bytes.try_into().map_err(|_| BadId)?))
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                Self::try_from(d.bytes()?)
                    .map_err(|_| minicbor::decode::Error::message("wrong length"))
            }
        }
    };
}

fixed_bytes!(
    /// A mailbox: random, made by the staff member who made the mailbox.
    MailboxId, 16
);
fixed_bytes!(
    /// An entry: random, made by its writer. Appending it twice changes nothing.
    EntryId, 16
);
fixed_bytes!(
    /// One life of a mailbox on the server; a restore from a backup starts another.
    GenerationId, 16
);
fixed_bytes!(
    /// An invite: random.
    InviteId, 16
);
fixed_bytes!(
    /// Whose public keys: a digest of an [`Identity`] or of a team's public key. Names a phone, a
    /// staff member, or the recipient of a key box.
    PartyId, 16
);
fixed_bytes!(
    /// Whom an invite is for (a patient or a family member), as a random name that outlives phones.
    SubjectId, 16
);
fixed_bytes!(
    /// SHA-256 of something.
    Digest, 32
);
fixed_bytes!(
    /// Public keys of a phone or staff member: Ed25519 (32 bytes), then X25519 (32 bytes).
    Identity, 64
);
fixed_bytes!(
    /// An Ed25519 signature.
    Signature, 64
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes_round_trip() {
        let id = MailboxId([9; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("x".parse::<MailboxId>(), Err(BadId));
        assert_eq!(MailboxId::try_from(&[0_u8; 15][..]), Err(BadId));
        assert_eq!(crate::decode::<MailboxId>(&crate::encode(&id)), Ok(id));
    }
}
