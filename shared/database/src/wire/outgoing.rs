//! From the driver to the server: results are asked for as text.

/// Tag of `Bind`.
const BIND: u8 = b'B';

/// Where in the frames we are. The first frame is the start-up message, which has no tag.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// Inside the length of the start-up message: its bytes so far, read as one number.
    Startup { length: u32, missing: u8 },
    /// At the tag of a frame.
    Tag,
    /// Inside the length of a frame.
    Length { tag: u8, length: u32, missing: u8 },
    /// Inside a frame, `left` bytes before its end.
    Body { tag: u8, left: usize },
}

impl Default for Outgoing {
    fn default() -> Self {
        Self::Startup { length: 0, missing: 4 }
    }
}

impl Outgoing {
    /// Passes the next bytes of the stream, cut anywhere.
    pub(super) fn pass(&mut self, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            if let Self::Body { tag, left } = *self {
                let taken = left.min(bytes.len());
                let (body, rest) = bytes.split_at_mut(taken);
                if tag == BIND && taken == left {
                    ask_for_text(body);
                }
                *self = Self::body(tag, left - taken);
                bytes = rest;
                continue;
            }
            let Some((byte, rest)) = bytes.split_first_mut() else { return };
            self.step(*byte);
            bytes = rest;
        }
    }

    fn step(&mut self, byte: u8) {
        *self = match *self {
            Self::Startup { length, missing } => {
                let length = length << 8 | u32::from(byte);
                match missing {
                    1 => Self::body(0, body_length(length)),
                    _ => Self::Startup { length, missing: missing - 1 },
                }
            }
            Self::Tag => Self::Length { tag: byte, length: 0, missing: 4 },
            Self::Length { tag, length, missing } => {
                let length = length << 8 | u32::from(byte);
                match missing {
                    1 => Self::body(tag, body_length(length)),
                    _ => Self::Length { tag, length, missing: missing - 1 },
                }
            }
            Self::Body { .. } => return,
        };
    }

    fn body(tag: u8, left: usize) -> Self {
        if left == 0 { Self::Tag } else { Self::Body { tag, left } }
    }
}

/// A frame's length counts itself.
fn body_length(length: u32) -> usize {
    usize::try_from(length.saturating_sub(4)).unwrap_or(usize::MAX)
}

/// `Bind` ends with the result formats: how many (two bytes), then two bytes each, 0 for text and 1
/// for binary. The driver always sends one, for all columns, so the last byte of the frame is it.
fn ask_for_text(end: &mut [u8]) {
    if let Some(format) = end.last_mut() {
        *format = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[tag], &length.to_be_bytes()[..], body].concat()
    }

    #[test]
    fn only_the_result_format_of_bind_changes_wherever_the_bytes_are_cut() {
        let startup = [&12_u32.to_be_bytes()[..], b"user\x01\x01\x01\x01"].concat();
        let stream = [
            startup,
            frame(b'p', b"secret\x01"),
            frame(b'Q', b"BEGIN\0"),
            frame(b'P', b"\0SELECT 1\0\0\x01\0\0\x02\xc1"),
            frame(BIND, b"\0\0\0\x01\0\x01\0\x01\0\0\0\x01\x01\0\x01\0\x01"),
            frame(b'D', b"S\0"),
            frame(b'E', b"\0\0\0\0\x01"),
            frame(b'S', b""),
            frame(BIND, b"\0\0\0\0\0\0\0\x01\0\x01"),
            frame(b'X', b"\x01"),
        ];
        let mut expected = stream.clone();
        *expected[4].last_mut().unwrap() = 0;
        *expected[8].last_mut().unwrap() = 0;
        let (stream, expected) = (stream.concat(), expected.concat());
        for size in 1..=stream.len() {
            let mut passed = stream.clone();
            let mut outgoing = Outgoing::default();
            passed.chunks_mut(size).for_each(|chunk| outgoing.pass(chunk));
            assert_eq!(passed, expected, "cut every {size} bytes");
        }
    }
}
