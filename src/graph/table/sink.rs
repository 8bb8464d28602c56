//! Writing a table's buffer.

use bytemuck::NoUninit;

/// The buffer of a table while it is built.
///
/// Places in it are `u32`: a table ends below 4 GiB, which is some twenty million resources of one kind and account.
#[derive(Debug, Default)]
pub(super) struct Sink {
    bytes: Vec<u8>,
}

impl Sink {
    pub(super) fn at(&self) -> u32 {
        u32::try_from(self.bytes.len()).expect("a table is smaller than 4 GiB")
    }

    /// Forgets what was written from a place on.
    pub(super) fn rewind(&mut self, at: u32) {
        self.bytes.truncate(at as usize);
    }

    /// Takes what was written from a place on, to write it back later at the same place.
    pub(super) fn cut(&mut self, at: u32) -> Vec<u8> {
        self.bytes.split_off(at as usize)
    }

    pub(super) fn u8(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(super) fn varint(&mut self, mut value: u64) {
        loop {
            let [low, ..] = value.to_le_bytes();
            value >>= 7;
            if value == 0 {
                return self.bytes.push(low);
            }
            self.bytes.push(low | 0x80);
        }
    }

    pub(super) fn count(&mut self, count: usize) {
        self.varint(count as u64);
    }

    /// A signed number whose sign is its lowest bit, so that small ones are short.
    pub(super) fn signed(&mut self, value: i64) {
        self.varint((value << 1 ^ value >> 63).cast_unsigned());
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn string(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.extend(bytes);
    }

    fn align(&mut self, size: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(size), 0);
    }

    /// Numbers at the next multiple of their size.
    pub(super) fn slice<T: NoUninit>(&mut self, values: &[T]) {
        self.align(size_of::<T>());
        self.extend(bytemuck::cast_slice(values));
    }

    /// Room for places that become known later; where the room is.
    pub(super) fn reserve(&mut self, places: usize) -> u32 {
        self.align(size_of::<u32>());
        let at = self.at();
        self.bytes.resize(self.bytes.len() + places * size_of::<u32>(), 0);
        at
    }

    pub(super) fn fill(&mut self, reserved: u32, position: usize, value: u32) {
        let at = reserved as usize + position * size_of::<u32>();
        self.bytes[at..at + size_of::<u32>()].copy_from_slice(&value.to_ne_bytes());
    }

    /// The buffer, padded with zeros.
    pub(super) fn finish(self) -> Box<[u64]> {
        let mut words = vec![0u64; self.bytes.len().div_ceil(size_of::<u64>())].into_boxed_slice();
        bytemuck::cast_slice_mut::<u64, u8>(&mut words)[..self.bytes.len()].copy_from_slice(&self.bytes);
        words
    }
}
