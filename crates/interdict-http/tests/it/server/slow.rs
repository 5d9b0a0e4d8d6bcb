//! Clients that are slow on purpose: each is cut within its limit, and others are served meanwhile.

use tokio::time::{Instant, sleep};

use super::*;

/// Sends bytes, then nothing; answers what came back and after how long the connection ended.
async fn silent_after(server: &Running, bytes: &[u8]) -> (String, Duration) {
    let mut stream = server.connect().await;
    stream.write_all(bytes).await.unwrap();
    let started = Instant::now();
    let answer = read_to_end(&mut stream).await;
    (answer, started.elapsed())
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let server = Running::start(short()).await;
    for bytes in
        [&b""[..], b"GET /he", b"GET /hello HTTP/1.1\r\nHost: a\r\nX-", b"GET /hello HTTP/1.1\r\nHost: a\r\n"]
    {
        let (answer, took) = silent_after(&server, bytes).await;
        assert_eq!(answer, "", "{bytes:?}");
        assert!(took >= Duration::from_millis(150), "{bytes:?} {took:?}");
        assert!(took < Duration::from_millis(1_500), "{bytes:?} {took:?}");
    }
}

#[tokio::test]
async fn a_head_that_drips_is_cut_at_the_same_limit() {
    let server = Running::start(short()).await;
    let mut stream = server.connect().await;
    let started = Instant::now();
    let mut refused = false;
    for byte in b"GET /hello HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n".iter().cycle() {
        if stream.write_all(&[*byte]).await.is_err() {
            refused = true;
            break;
        }
        sleep(Duration::from_millis(20)).await;
        if started.elapsed() > PATIENCE {
            break;
        }
    }
    assert!(refused, "still open after {:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_millis(1_500), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_idle_connection_outlives_the_head_limit_and_ends_at_its_own() {
    let server = Running::start(short()).await;
    let mut stream = server.connect().await;
    let request = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut buffer = [0_u8; 2048];
    stream.write_all(request).await.unwrap();
    assert!(stream.read(&mut buffer).await.unwrap() > 0);
    // Longer than a head may take, shorter than a connection may idle.
    sleep(Duration::from_millis(280)).await;
    stream.write_all(request).await.unwrap();
    let read = stream.read(&mut buffer).await.unwrap();
    assert!(String::from_utf8_lossy(&buffer[..read]).starts_with("HTTP/1.1 200"));
    let started = Instant::now();
    assert_eq!(read_to_end(&mut stream).await, "");
    assert!(started.elapsed() >= Duration::from_millis(300), "{:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_millis(2_000), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_body_that_drips_is_cut_as_a_whole() {
    let server = Running::start(short()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n").await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let dripping = async {
        while writer.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let mut answer = [0_u8; 2048];
    let started = Instant::now();
    let read = tokio::select! {
        read = timeout(PATIENCE, reader.read(&mut answer)) => read.expect("an answer").unwrap(),
        () = dripping => panic!("cut without an answer"),
    };
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert_eq!(status(&answer), Some(408), "{answer}");
    assert!(started.elapsed() < Duration::from_millis(1_500), "{:?}", started.elapsed());
}

/// Waits until the server has no connection any more; answers how long that took.
async fn until_cut(server: &Running) -> Duration {
    let started = Instant::now();
    while !server.metrics.text((0, 0)).contains("interdict_connections_open 0") {
        assert!(started.elapsed() < PATIENCE, "still open");
        sleep(Duration::from_millis(20)).await;
    }
    started.elapsed()
}

const NEVER: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_client_that_never_reads_is_cut() {
    let server = Running::start(Limits { idle: NEVER, response_stall: NEVER, ..short() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    // The answer has begun to come; nobody takes it.
    stream.readable().await.unwrap();
    let took = until_cut(&server).await;
    assert!(took >= Duration::from_millis(250), "{took:?}");
}

#[tokio::test]
async fn an_http_2_client_that_says_nothing_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let server = tls::start_here(directory.path(), Limits { idle: NEVER, ..short() }).await;
    let stream = tls::connect_http2(&server).await;
    let took = until_cut(&server).await;
    assert!(took >= Duration::from_millis(150), "{took:?}");
    drop(stream);
}

#[tokio::test]
async fn an_http_2_client_whose_window_stays_shut_is_cut() {
    let directory = tempfile::tempdir().unwrap();
    let server = tls::start_here(directory.path(), Limits { idle: NEVER, ..short() }).await;
    let mut stream = tls::connect_http2(&server).await;
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    // SETTINGS with INITIAL_WINDOW_SIZE = 0 (RFC 9113, 6.5.2).
    bytes.extend([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    // HEADERS of stream 1, ending headers and stream: GET, https, /flood, localhost (RFC 7541, 6.1 and 6.2.2).
    let mut block = vec![0x82, 0x87, 0x04, 6];
    block.extend(b"/flood");
    block.extend([0x01, 9]);
    block.extend(b"localhost");
    bytes.extend([0, 0, u8::try_from(block.len()).unwrap(), 1, 5, 0, 0, 0, 1]);
    bytes.extend(block);
    stream.write_all(&bytes).await.unwrap();
    let took = until_cut(&server).await;
    assert!(took >= Duration::from_millis(500), "{took:?}");
    let text = server.metrics.text((0, 0));
    assert!(text.contains(r#"method="GET",status="200"} 1"#), "{text}");
}

#[tokio::test]
async fn slow_clients_do_not_delay_others_and_the_cap_bounds_them() {
    let server = Running::start(Limits { connections: 20, ..short() }).await;
    let mut silent = Vec::new();
    for _ in 0..19 {
        silent.push(server.connect().await);
    }
    let request = b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let started = Instant::now();
    assert_eq!(status(&server.exchange(request).await), Some(200));
    assert!(started.elapsed() < Duration::from_millis(150), "{:?}", started.elapsed());

    // Beyond the cap a client waits until a silent one is cut; it is not refused.
    for _ in 0..10 {
        silent.push(server.connect().await);
    }
    assert_eq!(status(&server.exchange(request).await), Some(200));
}
