use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use interdict_testkit::process::Signal;

use crate::http::{ACTIONS, READ_WRITE, block};
use crate::program;

#[test]
fn a_request_in_flight_is_finished_before_the_server_ends() {
    for signal in [Signal::TERM, Signal::INT] {
        let directory = tempfile::tempdir().unwrap();
        let server = program().serve(directory.path());
        let address = server.url().strip_prefix("http://").unwrap().to_owned();
        let token = server.token(&[READ_WRITE]);
        let body = block("in flight").to_string();
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The server says 100 once it waits for the body: then the request is in flight for certain.
        write!(
            stream,
            "POST {ACTIONS} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        )
        .unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");

        server.process().signal(signal);
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(&address).is_ok() {
            assert!(Instant::now() < deadline, "the server still accepts");
            std::thread::yield_now();
        }
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
        let finished = server.wait();
        assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    }
}
