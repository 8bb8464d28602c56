//! The write deadline: ends connections whose other side has stopped reading.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Without taking a single byte.
    pub(super) stall: Duration,
    /// From the first byte of an answer until the last one is on its way.
    pub(super) answer: Duration,
}

/// A stream that fails once a client tries its patience.
///
/// Without it, a client that stops reading would hold its connection, its permit and its body for ever.
#[derive(Debug)]
pub(super) struct WriteDeadline<S> {
    stream: S,
    patience: Patience,
    /// Set while bytes wait to be written.
    stall: Option<Pin<Box<Sleep>>>,
    /// Set from the first write until everything has been written.
    answer_ends: Option<Instant>,
}

impl<S> WriteDeadline<S> {
    pub(super) fn new(stream: S, patience: Patience) -> Self {
        Self { stream, patience, stall: None, answer_ends: None }
    }

    /// Turns a write that stays pending for too long into an error.
    fn limit<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let now = Instant::now();
        let answer_ends = *self.answer_ends.get_or_insert(now + self.patience.answer);
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let deadline = answer_ends.min(now + self.patience.stall);
        ready!(self.stall.get_or_insert_with(|| Box::pin(sleep_until(deadline))).as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answer")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteDeadline<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteDeadline<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.limit(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.limit(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called when the connection has nothing left to write.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.answer_ends = None;
        self.stall = None;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const PATIENCE: Patience = Patience { stall: Duration::from_secs(30), answer: Duration::from_mins(5) };

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_reading_is_given_up_after_the_stall_time() {
        let (server, _client) = duplex(10);
        let started = Instant::now();
        let error = WriteDeadline::new(server, PATIENCE).write_all(&[0; 11]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_drips_is_given_up_after_the_answer_time() {
        let (server, mut client) = duplex(1);
        let dripping = tokio::spawn(async move {
            while client.read_u8().await.is_ok() {
                tokio::time::sleep(Duration::from_secs(29)).await;
            }
        });
        let started = Instant::now();
        let error = WriteDeadline::new(server, PATIENCE).write_all(&[0; 1000]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed().as_secs(), 300);
        dripping.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_its_answers_stays_connected_for_as_long_as_it_likes() {
        let (server, mut client) = duplex(100);
        let mut server = WriteDeadline::new(server, PATIENCE);
        let mut buffer = [0; 100];
        for _ in 0..10 {
            server.write_all(&[1; 100]).await.unwrap();
            server.flush().await.unwrap();
            client.read_exact(&mut buffer).await.unwrap();
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
    }
}
