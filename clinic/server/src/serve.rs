//! Listening: connections, TLS, set-up code, graceful stop.
//!
//! HTTP/1.1 only: a proxy in front speaks newer versions to those who want them. Refuses to listen
//! where strangers could read along.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::app::{App, Peer, Shared, app};
use crate::config::{Bounds, Config, TlsFiles};
use crate::problem::Refusal;
use crate::quiet::Quiet;
use crate::secret::{code_digest, make_code};
use crate::store::{OpenError, SqliteStore, Store};

/// Last uses are written this often.
const USES_EVERY: Duration = Duration::from_secs(60);

/// The server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address that strangers can reach, and nothing that encrypts.
    #[error("public-address-needs-tls")]
    NeedsTls,
    /// The certificate or key cannot be used.
    #[error("tls-files-unusable")]
    Tls,
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The address cannot be listened on, or a file cannot be written.
    #[error("io: {0}")]
    Io(#[from] std::io::Error),
    /// The store refuses at start or stop.
    #[error("store-refused: {}", .0.code.as_str())]
    Refused(Refusal),
}

impl From<Refusal> for ServeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What there is to tell once the server listens.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Where it listens, with the real port.
    pub address: SocketAddr,
    /// The same as a link.
    pub url: String,
    /// The set-up code, the one time it is known.
    pub setup_code: Option<String>,
}

/// Runs until `stop` completes, then finishes what is under way and closes the store.
pub async fn serve(
    config: Config,
    ready: impl FnOnce(&Ready),
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    if config.tls.is_none() && !config.behind_proxy && !config.listen.ip().is_loopback() {
        return Err(ServeError::NeedsTls);
    }
    let tls = config.tls.as_ref().map(acceptor).transpose()?;
    let store: Arc<dyn Store> = {
        let (data, bounds) = (config.data.clone(), config.bounds.clone());
        let open = move || SqliteStore::open(&data, bounds.readers, bounds.queued_writes);
        let opened = tokio::task::spawn_blocking(open).await;
        Arc::new(opened.map_err(std::io::Error::other)??)
    };
    run(config, store, tls, ready, stop).await
}

/// The same with a store that is open already.
pub(crate) async fn run(
    config: Config,
    store: Arc<dyn Store>,
    tls: Option<TlsAcceptor>,
    ready: impl FnOnce(&Ready),
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (stopping, stopped) = watch::channel(false);
    let shared = Shared::new(&config, Arc::clone(&store), stopped.clone());
    let setup_code = offer_setup_code(&config, store.as_ref()).await?;
    let listener = TcpListener::bind(config.listen).await?;
    let address = listener.local_addr()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    ready(&Ready {
        address,
        url: format!("{scheme}://{address}"),
        setup_code,
    });

    let door = Listening {
        router: app(Arc::clone(&shared)),
        tls,
        bounds: config.bounds.clone(),
        stopped,
    };
    let writing = tokio::spawn(write_uses(Arc::clone(&shared)));
    let mut connections = JoinSet::new();
    door.accept(listener, &mut connections, stop).await;

    // The listener is gone; what is under way gets its answer.
    stopping.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(config.bounds.stop_time, all)
        .await
        .is_err()
    {
        tracing::warn!(left = connections.len(), "stopped-with-connections-open");
    }
    connections.shutdown().await;
    writing.abort();
    shared.write_uses().await;
    store.close().await?;
    Ok(())
}

async fn write_uses(shared: App) {
    loop {
        tokio::time::sleep(USES_EVERY).await;
        shared.write_uses().await;
    }
}

/// Makes the one-time code by which a clinic is set up, and keeps its digest.
async fn offer_setup_code(
    config: &Config,
    store: &dyn Store,
) -> Result<Option<String>, ServeError> {
    let code = make_code();
    let kept = store
        .offer_setup_code(code_digest(&code), config.new_setup_code)
        .await?;
    if !kept {
        return Ok(None);
    }
    if let Some(file) = &config.setup_code_file {
        write_privately(file, &code)?;
    }
    Ok(Some(code))
}

fn write_privately(file: &Path, text: &str) -> std::io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ServeError> {
    let unusable = |_| ServeError::Tls;
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .map_err(unusable)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(unusable)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unusable)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ServeError::Tls)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| ServeError::Tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What each connection needs.
#[derive(Clone)]
struct Listening {
    router: Router,
    tls: Option<TlsAcceptor>,
    bounds: Bounds,
    stopped: watch::Receiver<bool>,
}

impl Listening {
    /// Takes connections until the stop.
    async fn accept(
        &self,
        listener: TcpListener,
        connections: &mut JoinSet<()>,
        stop: impl Future<Output = ()>,
    ) {
        let room = Arc::new(Semaphore::new(self.bounds.connections));
        let mut stop = pin!(stop);
        loop {
            let next = async {
                let permit = Arc::clone(&room).acquire_owned().await.ok()?;
                Some((permit, listener.accept().await))
            };
            let next = tokio::select! {
                next = next => next,
                () = &mut stop => return,
            };
            while connections.try_join_next().is_some() {}
            match next {
                Some((permit, Ok((stream, peer)))) => {
                    connections.spawn(self.clone().connection(stream, peer, permit));
                }
                Some((_, Err(error))) => {
                    // Out of file descriptors, mostly: they come back.
                    tracing::warn!(%error, "accept-failed");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                None => return,
            }
        }
    }

    async fn connection(self, stream: TcpStream, peer: SocketAddr, _permit: OwnedSemaphorePermit) {
        // Answers are written whole; waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let stream = Quiet::new(stream, self.bounds.quiet_time);
        match self.tls.clone() {
            None => self.speak(stream, peer).await,
            Some(tls) => {
                let shake = tokio::time::timeout(self.bounds.head_time, tls.accept(stream));
                if let Ok(Ok(stream)) = shake.await {
                    self.speak(stream, peer).await;
                }
            }
        }
    }

    async fn speak<S>(mut self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let tagged = self.router.map_request(move |mut request: Request<_>| {
            request.extensions_mut().insert(Peer(peer));
            request
        });
        let mut builder = Builder::new(TokioExecutor::new()).http1_only();
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.bounds.head_time)
            .half_close(false);
        let talk = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(tagged));
        let mut talk = pin!(talk);
        let stop = async {
            // An error means that the sender is gone, which is a stop too.
            let _ = self.stopped.wait_for(|stopped| *stopped).await;
        };
        // Errors of one connection (cut, timed out, not HTTP) are that connection's own.
        tokio::select! {
            _ = talk.as_mut() => return,
            () = stop => talk.as_mut().graceful_shutdown(),
        }
        let _ = talk.await;
    }
}
