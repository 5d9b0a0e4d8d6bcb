//! Threads that serve connections, each on a runtime of its own: a connection, its requests and what they cache stay with
//! one core, and the cores have no queue of tasks to take turns at.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// The threads. Once this is dropped they end, and what still runs on them with them; nobody waits for that.
#[derive(Debug)]
pub(super) struct Cores(Vec<Core>);

#[derive(Debug)]
struct Core {
    runtime: Handle,
    /// Shared with each of its connections, which are counted by it.
    open: Arc<()>,
    /// Dropped to end the thread.
    _running: oneshot::Sender<()>,
}

impl Cores {
    /// So many threads; with none, connections are served on the caller's runtime.
    pub(super) fn start(threads: usize) -> io::Result<Self> {
        (0..threads)
            .map(|number| Core::start(&format!("serve-{number}")))
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Serves a connection, as one of `tasks`, where there are the fewest of them.
    pub(super) fn serve<F>(
        &self,
        tasks: &mut JoinSet<()>,
        stream: TcpStream,
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) -> io::Result<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(core) = self.0.iter().min_by_key(|core| Arc::strong_count(&core.open)) else {
            tasks.spawn(serve(stream));
            return Ok(());
        };
        let open = Arc::clone(&core.open);
        // What tells of bytes to read belongs to a runtime.
        let stream = stream.into_std()?;
        let served = async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::warn!(%error, "a connection cannot be served"),
            }
            drop(open);
        };
        tasks.spawn_on(served, &core.runtime);
        Ok(())
    }
}

impl Core {
    fn start(name: &str) -> io::Result<Self> {
        let (running, stopped) = oneshot::channel();
        let (tell, told) = sync_channel(1);
        // The runtime is made by its own thread: here it could not be dropped where there is no thread to be had.
        let serve = move || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                // An error is that the server, or in the end its sender, is gone.
                let _ = tell.send(Ok(runtime.handle().clone()));
                let _ = runtime.block_on(stopped);
                runtime.shutdown_background();
            }
            Err(error) => drop(tell.send(Err(error))),
        };
        thread::Builder::new().name(name.to_owned()).spawn(serve)?;
        let runtime = told.recv().map_err(io::Error::other)??;
        Ok(Self { runtime, open: Arc::new(()), _running: running })
    }
}
