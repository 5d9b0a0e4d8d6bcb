//! Stopping: what is in flight is answered, what is silent is let go, what takes too long is cut.

use tokio::time::{Instant, sleep};

use super::*;

#[tokio::test]
async fn a_request_in_flight_is_answered_and_its_connection_closed() {
    let mut server = Running::start(Limits::default()).await;
    let mut waiting = server.connect().await;
    waiting.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut idle = server.connect().await;
    idle.write_all(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert!(idle.read(&mut [0; 2048]).await.unwrap() > 0);
    let silent = server.connect().await;
    // The request has to be there before the stop.
    sleep(Duration::from_millis(50)).await;

    server.stop();
    let answer = read_to_end(&mut waiting).await;
    assert_eq!(status(&answer), Some(200), "{answer}");
    assert_eq!(body(&answer), "waited");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(read_to_end(&mut idle).await, "");
    timeout(PATIENCE, &mut server.task).await.expect("the server ends").unwrap();
    drop(silent);
    assert!(TcpStream::connect(server.address).await.is_err(), "the port is closed");
    assert!(server.metrics.is_draining());
    assert!(server.metrics.text((0, 0)).contains("interdict_connections_open 0"));
}

#[tokio::test]
async fn what_outlasts_the_drain_time_is_cut() {
    let mut server = Running::start_with(Limits::default(), None, Duration::from_millis(100)).await;
    let mut waiting = server.connect().await;
    waiting.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    let started = Instant::now();
    server.stop();
    timeout(PATIENCE, &mut server.task).await.expect("the server ends").unwrap();
    assert!(started.elapsed() < Duration::from_millis(250), "{:?}", started.elapsed());
    assert_eq!(read_to_end(&mut waiting).await, "");
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let server = Running::start(short()).await;
    let options = ListenOptions { address: server.address, tls: None, drain: Duration::ZERO, threads: 0 };
    let error = Server::bind(options, port(&Arc::default())).await.unwrap_err();
    assert!(error.to_string().contains(&server.address.to_string()), "{error}");
}
