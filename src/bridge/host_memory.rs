//! Memory of the host that results are copied to. It need not be initialized, so that it is only written.

use std::mem::MaybeUninit;

/// A byte of such memory.
pub trait OutByte {
    /// Writes the byte.
    fn set(&mut self, byte: u8);
}

impl OutByte for MaybeUninit<u8> {
    fn set(&mut self, byte: u8) {
        self.write(byte);
    }
}

/// Memory that tests read again.
#[cfg(test)]
impl OutByte for u8 {
    fn set(&mut self, byte: u8) {
        *self = byte;
    }
}

/// Copies `bytes` to the start of `out`. Returns false, and copies nothing, if they do not fit.
pub fn copy<B: OutByte>(bytes: &[u8], out: &mut [B]) -> bool {
    let Some(room) = out.get_mut(..bytes.len()) else {
        return false;
    };
    for (to, from) in room.iter_mut().zip(bytes) {
        to.set(*from);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_copied_whole_or_not_at_all() {
        let mut out = [7; 3];
        assert!(copy(b"ab", &mut out));
        assert_eq!(&out, b"ab\x07");
        assert!(!copy(b"long", &mut out));
        assert_eq!(&out, b"ab\x07");
    }
}
