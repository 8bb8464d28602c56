//! Reading a table's buffer.

use bytemuck::Pod;

/// What every block of a table can refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Data<'a> {
    /// The whole buffer; it starts at a multiple of eight.
    pub(super) bytes: &'a [u8],
    /// Where the block of each column starts.
    pub(super) columns: &'a [u32],
    /// The number of rows of the table.
    pub(super) rows: usize,
}

/// A place in the buffer. Reading past the end yields none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn u8(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok()
    }

    /// A signed number, as [`Sink::signed`](super::sink::Sink::signed) writes it.
    pub(super) fn signed(&mut self) -> Option<i64> {
        let folded = self.varint()?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(taken)
    }

    /// Bytes after their own number.
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let len = self.count()?;
        self.take(len)
    }

    /// Numbers at the next multiple of their size.
    pub(super) fn slice<T: Pod>(&mut self, len: usize) -> Option<&'a [T]> {
        let size = size_of::<T>();
        self.at = self.at.checked_next_multiple_of(size)?;
        bytemuck::try_cast_slice(self.take(len.checked_mul(size)?)?).ok()
    }
}
