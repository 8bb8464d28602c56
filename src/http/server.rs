//! The server: connections, their limits and their end.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use futures::future::join_all;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{
    Site,
    deadline::{Patience, WriteDeadline},
};

/// Connections that are open at the same time; more wait in the sockets' queues. Half of the file descriptors that a
/// process may usually have.
const CONNECTIONS_MAX: usize = 512;
/// From the last answer, or from the start, until the next request's headers are complete. Longer than the usual
/// scrape interval, so that a scraper keeps its connection.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(90);
/// Bounds a request's headers, and what is buffered of an answer.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
const PATIENCE: Patience = Patience { stall: Duration::from_secs(30), answer: Duration::from_mins(5) };
/// How long answers that are on their way may take when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// The wait after an accept that failed for want of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Serves the site on all listeners until `shutdown` is ready, then lets answers finish that are on their way.
pub async fn serve(listeners: Vec<TcpListener>, site: Arc<Site>, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let aborted = CancellationToken::new();
    // Whatever is left when this function ends, by return or by being dropped, ends with it.
    let _abort = aborted.clone().drop_guard();
    {
        let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let accepting = listeners.iter().map(|listener| async {
            loop {
                let (stream, peer, permit) = accept(listener, &connections).await;
                let connection = connection(stream, peer, Arc::clone(&site));
                let watched = graceful.watch(connection);
                let aborted = aborted.clone();
                tokio::spawn(async move {
                    if let Some(Err(error)) = aborted.run_until_cancelled(watched).await {
                        debug!(%error, %peer, "connection ended");
                    }
                    drop(permit);
                });
            }
        });
        let accepting = join_all(accepting);
        tokio::pin!(shutdown);
        tokio::select! {
            () = &mut shutdown => {}
            // Without listeners there is nothing to accept, but the caller still says when to end.
            _none = accepting => shutdown.await,
        }
    }
    // From here on, new connections are refused.
    drop(listeners);
    info!(connections = graceful.count(), "finishing what is being answered");
    if timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        warn!("some clients did not take their answers in time");
    }
}

/// Waits until another connection is allowed and there is one.
async fn accept(listener: &TcpListener, connections: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let permit = Arc::clone(connections).acquire_owned().await.expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            // The client is gone already; the next one need not wait.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
                debug!(%error, "connection ended before it was accepted");
            }
            Err(error) => {
                warn!(%error, "cannot accept connections");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// A connection that answers requests once it is polled.
fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    site: Arc<Site>,
) -> impl GracefulConnection<Output = hyper::Result<()>, Error = hyper::Error> + Send + 'static {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, %peer, "cannot turn off delayed sending");
    }
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(site.answer(peer.ip(), request).await) }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIMEOUT)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(WriteDeadline::new(stream, PATIENCE)), service)
}
