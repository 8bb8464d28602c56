//! Outgoing bodies: shared chunks, cut into pieces that follow the client's pace.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

/// The largest piece handed over at once.
///
/// The connection buffers a few of them, so a permit is held until nearly everything is on its way.
const PIECE_BYTES_MAX: usize = 128 * 1024;

/// A body whose length is known and whose content is in memory already.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    chunks: VecDeque<Bytes>,
    remaining: u64,
    /// Freed when the body has been handed over or the client is gone.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Outgoing {
    /// A body of chunks, none of which is empty.
    pub(super) fn new(chunks: impl IntoIterator<Item = Bytes>, permit: Option<OwnedSemaphorePermit>) -> Self {
        let chunks: VecDeque<Bytes> = chunks.into_iter().collect();
        let remaining = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        Self { chunks, remaining, _permit: permit }
    }
}

impl<T: Into<Bytes>> From<T> for Outgoing {
    fn from(content: T) -> Self {
        let content = content.into();
        Self::new((!content.is_empty()).then_some(content), None)
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(mut piece) = self.chunks.pop_front() else { return Poll::Ready(None) };
        if piece.len() > PIECE_BYTES_MAX {
            let rest = piece.split_off(PIECE_BYTES_MAX);
            self.chunks.push_front(rest);
        }
        self.remaining -= piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_large_body_leaves_in_pieces_and_arrives_whole() {
        let content: Vec<u8> = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let mut body = Outgoing::from(content.clone());
        assert_eq!(body.size_hint().exact(), Some(300_000));
        let mut arrived = Vec::new();
        while let Some(frame) = body.frame().await {
            let piece = frame.unwrap().into_data().unwrap();
            assert!(piece.len() <= PIECE_BYTES_MAX);
            arrived.extend_from_slice(&piece);
            assert_eq!(body.size_hint().exact(), Some((content.len() - arrived.len()) as u64));
        }
        assert_eq!(arrived, content);
    }
}
