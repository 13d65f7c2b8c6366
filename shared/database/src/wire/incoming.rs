//! From the server to the driver: types that are not built in are `unknown`, lengths are bounded.

use std::io;

/// Tag of `RowDescription`.
const ROW_DESCRIPTION: u8 = b'T';

/// Longest frame we take, one row at most. PostgreSQL allows 1 GiB for a value; an answer of that
/// size is of no use to us, and a length from a server gone mad would have us wait for it for ever.
const MAX_FRAME_BYTES: u32 = 64 * 1024 * 1024;

/// Shortest frame: its length alone.
const MIN_FRAME_BYTES: u32 = 4;

/// From here on an object identifier is none that the driver knows: its table ends below, and the
/// user's own types begin at 16384 (`FirstNormalObjectId`).
#[cfg(test)]
const FIRST_UNKNOWN_TYPE: u32 = 0x1900;

/// Third byte of [`FIRST_UNKNOWN_TYPE`]; the two before it are 0.
const FIRST_UNKNOWN_BYTE: u8 = 0x19;

/// The type `unknown`, 705.
const UNKNOWN: [u8; 4] = [0, 0, 0x02, 0xc1];

/// Bytes after the name of a field in `RowDescription`: table (4), column (2), type (4), size (2),
/// modifier (4), format (2).
const FIELD_BYTES: u8 = 18;
/// Where in them the type is.
const TYPE_START: u8 = 6;

/// Where in the frames we are.
#[derive(Debug, Default)]
pub(super) enum Incoming {
    /// At the tag of a frame.
    #[default]
    Tag,
    /// Inside the length of a frame: its bytes so far, read as one number.
    Length { tag: u8, length: u32, missing: u8 },
    /// Inside a frame that passes as it is.
    Skipped { left: usize },
    /// Inside `RowDescription`.
    Fields { left: usize, field: Field },
}

/// Where in `RowDescription` we are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    /// In the number of fields: bytes still missing.
    Count { missing: u8 },
    /// In a name, which ends with 0.
    Name,
    /// In the numbers after the name. `is_unknown` once the bytes of the type have shown it.
    Numbers { place: u8, is_unknown: bool },
}

impl Incoming {
    /// Passes the next bytes of the stream, cut anywhere.
    ///
    /// # Errors
    /// `InvalidData` for a frame whose length cannot be true.
    pub(super) fn pass(&mut self, mut bytes: &mut [u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if let Self::Skipped { left } = *self {
                let taken = left.min(bytes.len());
                bytes = bytes.get_mut(taken..).unwrap_or_default();
                *self =
                    if taken == left { Self::Tag } else { Self::Skipped { left: left - taken } };
                continue;
            }
            let Some((byte, rest)) = bytes.split_first_mut() else { break };
            self.step(byte)?;
            bytes = rest;
        }
        Ok(())
    }

    fn step(&mut self, byte: &mut u8) -> io::Result<()> {
        *self = match *self {
            Self::Tag => Self::Length { tag: *byte, length: 0, missing: 4 },
            Self::Length { tag, length, missing } => {
                let length = length << 8 | u32::from(*byte);
                match missing {
                    1 => Self::body(tag, length)?,
                    _ => Self::Length { tag, length, missing: missing - 1 },
                }
            }
            Self::Fields { left, field } => match left {
                1 => Self::Tag,
                _ => Self::Fields { left: left - 1, field: field.step(byte) },
            },
            Self::Skipped { .. } => return Ok(()),
        };
        Ok(())
    }

    fn body(tag: u8, length: u32) -> io::Result<Self> {
        if !(MIN_FRAME_BYTES..=MAX_FRAME_BYTES).contains(&length) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a message of {length} bytes"),
            ));
        }
        let left = usize::try_from(length - MIN_FRAME_BYTES).map_err(io::Error::other)?;
        Ok(match (left, tag) {
            (0, _) => Self::Tag,
            (_, ROW_DESCRIPTION) => Self::Fields { left, field: Field::Count { missing: 2 } },
            _ => Self::Skipped { left },
        })
    }
}

impl Field {
    /// The place after `byte`, which may change.
    ///
    /// The type is rewritten byte by byte, so that it may be cut anywhere: a number that we keep
    /// has two zeros and a small third byte, and any other is known by then.
    fn step(self, byte: &mut u8) -> Self {
        match self {
            Self::Count { missing: 1 } => Self::Name,
            Self::Count { missing } => Self::Count { missing: missing - 1 },
            Self::Name if *byte == 0 => Self::Numbers { place: 0, is_unknown: false },
            Self::Name => Self::Name,
            Self::Numbers { place, is_unknown } => {
                let type_byte = place.checked_sub(TYPE_START).map(usize::from);
                let unknown = type_byte.and_then(|index| Some((index, *UNKNOWN.get(index)?)));
                let is_unknown = match unknown {
                    Some((index, unknown)) => {
                        let is_unknown = is_unknown
                            || index < 2 && *byte != 0
                            || index == 2 && *byte >= FIRST_UNKNOWN_BYTE;
                        if is_unknown {
                            *byte = unknown;
                        }
                        is_unknown
                    }
                    None => is_unknown,
                };
                match place + 1 {
                    FIELD_BYTES => Self::Name,
                    place => Self::Numbers { place, is_unknown },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_postgres::types::Type;

    fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[tag], &length.to_be_bytes()[..], body].concat()
    }

    fn description(types: &[u32]) -> Vec<u8> {
        let mut body = u16::try_from(types.len()).unwrap().to_be_bytes().to_vec();
        for oid in types {
            body.extend_from_slice(b"orders__status\0");
            body.extend_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x40, 0x01]);
            body.extend_from_slice(&oid.to_be_bytes());
            body.extend_from_slice(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);
        }
        frame(ROW_DESCRIPTION, &body)
    }

    fn stream(types: &[u32]) -> Vec<u8> {
        [
            frame(b'R', &[0, 0, 0, 0]),
            frame(b'1', &[]),
            description(types),
            frame(b'D', b"T\0\0\0\x06\x40\x00\x40\x00"),
            description(&[]),
            frame(b'Z', b"T"),
        ]
        .concat()
    }

    #[test]
    fn types_of_the_user_become_unknown_wherever_the_bytes_are_cut() {
        let sent = stream(&[23, 16384, 16385, 6157, 0x1900, 0x0100_0000, 0x0001_0000, u32::MAX]);
        let expected = stream(&[23, 705, 705, 6157, 705, 705, 705, 705]);
        for size in 1..=sent.len() {
            let mut passed = sent.clone();
            let mut incoming = Incoming::default();
            for chunk in passed.chunks_mut(size) {
                incoming.pass(chunk).unwrap();
            }
            assert_eq!(passed, expected, "cut every {size} bytes");
        }
    }

    #[test]
    fn no_type_the_driver_knows_is_taken_away() {
        assert_eq!(FIRST_UNKNOWN_TYPE.to_be_bytes()[2], FIRST_UNKNOWN_BYTE);
        assert_eq!(u32::from_be_bytes(UNKNOWN), Type::UNKNOWN.oid());
        assert!((FIRST_UNKNOWN_TYPE..100_000).all(|oid| Type::from_oid(oid).is_none()));
    }

    #[test]
    fn a_length_that_cannot_be_true_ends_the_connection() {
        for length in [0, 3, MAX_FRAME_BYTES + 1, u32::MAX] {
            let mut bytes = [&b"D"[..], &length.to_be_bytes()].concat();
            let error = Incoming::default().pass(&mut bytes).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{length}");
        }
        let mut bytes = [&b"D"[..], &MAX_FRAME_BYTES.to_be_bytes()].concat();
        assert!(Incoming::default().pass(&mut bytes).is_ok());
    }
}
