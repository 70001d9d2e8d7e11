//! A connection that is closed when nothing moves on it.
//!
//! Hyper bounds the time for a request's head; this bounds everything else: a caller that stops
//! reading an answer, or a peer that is gone without saying so.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Wraps a connection.
pub struct Quiet<S> {
    inner: S,
    most: Duration,
    /// When something moved last.
    moved: Instant,
    timer: Pin<Box<Sleep>>,
}

impl<S> Quiet<S> {
    /// Fails with `TimedOut` after `most` without a byte in either direction.
    pub fn new(inner: S, most: Duration) -> Self {
        let now = Instant::now();
        Self {
            inner,
            most,
            moved: now,
            timer: Box::pin(sleep_until(now + most)),
        }
    }

    /// Passes on what the connection said, or says that it has been quiet for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.moved = Instant::now();
            return poll;
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            let end = self.moved + self.most;
            if end <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.as_mut().reset(end);
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Quiet<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.inner).poll_read(cx, buf);
        self.watch(cx, poll)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Quiet<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.watch(cx, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.watch(cx, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Flushing an idle connection moves nothing: it does not count as a sign of life.
        match Pin::new(&mut self.inner).poll_flush(cx) {
            Poll::Pending => self.watch(cx, Poll::Pending),
            ready @ Poll::Ready(_) => ready,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_shutdown(cx) {
            Poll::Pending => self.watch(cx, Poll::Pending),
            ready @ Poll::Ready(_) => ready,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn silence_ends_it_and_talk_keeps_it() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Quiet::new(near, Duration::from_millis(200));
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            far.write_all(b"x").await.expect("open");
            assert_eq!(near.read_u8().await.expect("still open"), b'x');
        }
        let error = near.read_u8().await.expect_err("nobody speaks");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_reader_that_stops_ends_it() {
        let (near, _far) = tokio::io::duplex(64);
        let mut near = Quiet::new(near, Duration::from_millis(100));
        let error = near.write_all(&[0; 1024]).await.expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
