//! A proxy between a node and its PostgreSQL that does what networks do: it cuts connections, swallows what they carry,
//! and loses the answer to a COMMIT.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The statement COMMIT as the driver sends it (PostgreSQL manual, section 55.7, `Query`).
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
/// What the server says once it has committed (`CommandComplete`).
const COMMITTED: &[u8] = b"C\0\0\0\x0bCOMMIT\0";

/// What happens to the next COMMIT that comes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitFault {
    /// It takes place, and then the connection is cut: nobody learns of it.
    CutAfter,
    /// The connection is cut before it arrives.
    CutBefore,
    /// It takes place, and the connection falls silent.
    SilentAfter,
    /// It takes place, nobody learns of it, and from then on nothing gets through.
    GoneAfter,
}

/// The state of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Network {
    Up,
    /// Connections are cut and refused.
    Down,
    /// Nothing that is sent arrives.
    Silent,
}

/// The proxy; it ends with the value.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    network: watch::Sender<Network>,
    /// [`CommitFault`] of the next COMMIT; `None` lets it pass.
    fault: std::sync::Mutex<Option<CommitFault>>,
    /// Bytes from the node after which its connection is cut, once; 0 never.
    cut_after: AtomicUsize,
    fired: AtomicUsize,
}

impl FaultProxy {
    /// Stands before the server at `target`.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            network: watch::Sender::new(Network::Up),
            fault: std::sync::Mutex::default(),
            cut_after: AtomicUsize::new(0),
            fired: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move {
                    // A connection that ends in an error has ended.
                    let _ = shared.carry(stream, target).await;
                });
            }
        });
        Ok(Self { address, shared, accepting })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Arms a fault for the next COMMIT.
    pub fn fail_commit(&self, fault: CommitFault) {
        *self.shared.fault() = Some(fault);
    }

    /// Cuts the connection that has carried as many bytes to the server since it was made, once.
    pub fn cut_after(&self, bytes: usize) {
        self.shared.cut_after.store(bytes, Ordering::SeqCst);
    }

    /// How many faults have happened.
    #[must_use]
    pub fn fired(&self) -> usize {
        self.shared.fired.load(Ordering::SeqCst)
    }

    /// Cuts every connection and refuses new ones.
    pub fn go_down(&self) {
        self.shared.network.send_replace(Network::Down);
    }

    /// From here on nothing that is sent arrives.
    pub fn fall_silent(&self) {
        self.shared.network.send_replace(Network::Silent);
    }

    /// From here on all is well; what fell silent meanwhile is cut.
    pub fn come_up(&self) {
        self.shared.network.send_replace(Network::Up);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.network.send_replace(Network::Down);
        self.accepting.abort();
    }
}

/// How carrying one way ended.
enum End {
    Closed,
    /// Both ways are to be cut.
    Cut,
    /// Nothing more is to be carried, and the connection stays.
    Silent,
}

impl Shared {
    fn fault(&self) -> std::sync::MutexGuard<'_, Option<CommitFault>> {
        self.fault.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn fire(&self) {
        self.fired.fetch_add(1, Ordering::SeqCst);
    }

    async fn carry(&self, node: TcpStream, target: SocketAddr) -> io::Result<()> {
        let mut network = self.network.subscribe();
        let is_up = *network.borrow_and_update() == Network::Up;
        if !is_up && *network.borrow() == Network::Down {
            return Ok(());
        }
        if !is_up {
            network.wait_for(|network| *network != Network::Silent).await.map_err(io::Error::other)?;
            return Ok(());
        }
        let server = TcpStream::connect(target).await?;
        node.set_nodelay(true)?;
        server.set_nodelay(true)?;
        // Kept here, so that a connection that falls silent stays open.
        let (mut from_node, mut to_node) = node.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let (lost, losing) = watch::channel(None);
        let ended = tokio::select! {
            ended = self.to_server(&mut from_node, &mut to_server, &lost) => ended?,
            ended = self.to_node(&mut from_server, &mut to_node, losing) => ended?,
            changed = network.wait_for(|network| *network != Network::Up) => {
                match *changed.map_err(io::Error::other)? {
                    Network::Silent => End::Silent,
                    Network::Up | Network::Down => End::Cut,
                }
            }
        };
        if matches!(ended, End::Silent) {
            // Both ends stay open until the network changes once more.
            let mut network = self.network.subscribe();
            network.borrow_and_update();
            network.changed().await.map_err(io::Error::other)?;
        }
        Ok(())
    }

    async fn to_server(
        &self,
        from: &mut OwnedReadHalf,
        to: &mut OwnedWriteHalf,
        lost: &watch::Sender<Option<CommitFault>>,
    ) -> io::Result<End> {
        let (mut carried, mut tail) = (0, Vec::new());
        loop {
            let Some(chunk) = next(from).await? else { return Ok(End::Closed) };
            let limit = self.cut_after.load(Ordering::SeqCst);
            if limit > 0 && carried + chunk.len() >= limit {
                self.cut_after.store(0, Ordering::SeqCst);
                self.fire();
                let passed = chunk.get(..limit.saturating_sub(carried)).unwrap_or_default();
                to.write_all(passed).await?;
                to.flush().await?;
                return Ok(End::Cut);
            }
            carried += chunk.len();
            if ends_in(&mut tail, &chunk, COMMIT) {
                // The lock is not held over the match: it awaits.
                let fault = self.fault().take();
                match fault {
                    None => {}
                    Some(CommitFault::CutBefore) => {
                        self.fire();
                        let before = chunk.len().saturating_sub(COMMIT.len());
                        to.write_all(chunk.get(..before).unwrap_or_default()).await?;
                        return Ok(End::Cut);
                    }
                    Some(fault) => drop(lost.send_replace(Some(fault))),
                }
            }
            to.write_all(&chunk).await?;
        }
    }

    async fn to_node(
        &self,
        from: &mut OwnedReadHalf,
        to: &mut OwnedWriteHalf,
        losing: watch::Receiver<Option<CommitFault>>,
    ) -> io::Result<End> {
        let mut tail = Vec::new();
        loop {
            let Some(chunk) = next(from).await? else { return Ok(End::Closed) };
            let committed = ends_in(&mut tail, &chunk, COMMITTED);
            let fault = *losing.borrow();
            match fault {
                None => to.write_all(&chunk).await?,
                Some(_) if !committed => {}
                Some(fault) => {
                    self.fire();
                    return Ok(match fault {
                        CommitFault::SilentAfter => End::Silent,
                        CommitFault::GoneAfter => {
                            self.network.send_replace(Network::Down);
                            End::Cut
                        }
                        CommitFault::CutAfter | CommitFault::CutBefore => End::Cut,
                    });
                }
            }
        }
    }
}

/// What arrives next; `None` at the end.
async fn next(from: &mut OwnedReadHalf) -> io::Result<Option<Vec<u8>>> {
    let mut chunk = vec![0; 64 * 1024];
    let length = from.read(&mut chunk).await?;
    chunk.truncate(length);
    Ok((length > 0).then_some(chunk))
}

/// Whether `mark` is in what was seen last: the chunk, or the end of the one before and its beginning.
fn ends_in(tail: &mut Vec<u8>, chunk: &[u8], mark: &[u8]) -> bool {
    tail.extend_from_slice(chunk);
    let found = tail.windows(mark.len()).any(|window| window == mark);
    let keep = if found { 0 } else { mark.len() - 1 };
    tail.drain(..tail.len().saturating_sub(keep));
    found
}
