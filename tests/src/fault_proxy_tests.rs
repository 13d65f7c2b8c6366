//! Against a server that sends back what it gets.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream as Client;
use std::time::Instant;

use super::*;

/// A server that sends back what it gets, a proxy before it, and a connection through it.
fn connected() -> (Listener, FaultProxy, Client) {
    let (port, server) = Listener::start(0, |mut stream| async move {
        let (mut from, mut to) = stream.split();
        let _ = tokio::io::copy(&mut from, &mut to).await;
    });
    let proxy = FaultProxy::start(port);
    let client = connect(&proxy);
    (server, proxy, client)
}

fn connect(proxy: &FaultProxy) -> Client {
    let client = Client::connect(("127.0.0.1", proxy.port)).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client
}

/// Sends and waits for as many bytes.
fn echo(client: &mut Client, text: &[u8]) -> std::io::Result<Vec<u8>> {
    client.write_all(text)?;
    let mut back = vec![0; text.len()];
    client.read_exact(&mut back)?;
    Ok(back)
}

/// Whether nothing comes for a while, not even an end.
fn is_silent(client: &mut Client) -> bool {
    client.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let read = client.read(&mut [0]);
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    read.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

#[test]
fn bytes_and_ends_pass_and_connections_are_counted() {
    let (_server, proxy, mut client) = connected();
    let text = vec![7; 200_000];
    assert_eq!(echo(&mut client, &text).unwrap(), text);
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0, "the end came back");
    wait_until("the connection to be over", Duration::from_secs(5), || proxy.open() == 0);
    let mut second = connect(&proxy);
    echo(&mut second, b"more").unwrap();
    assert_eq!((proxy.connections(), proxy.open()), (2, 1));
}

#[test]
fn a_reset_is_told_and_later_connections_work() {
    let (_server, proxy, mut client) = connected();
    echo(&mut client, b"hello").unwrap();
    proxy.reset_open();
    assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(echo(&mut connect(&proxy), b"again").unwrap(), b"again");

    proxy.set(Fault::Reset);
    let error = echo(&mut connect(&proxy), b"never").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_a_reset_and_a_proxy_that_is_not_there_refuses() {
    let (server, mut proxy, mut client) = connected();
    echo(&mut client, b"hello").unwrap();
    proxy.pause();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    let refused = Client::connect(("127.0.0.1", proxy.port)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    proxy.resume();
    assert_eq!(echo(&mut connect(&proxy), b"again").unwrap(), b"again");

    drop(server);
    let error = connect(&proxy).read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_black_hole_says_nothing_and_delivers_when_it_is_gone() {
    let (_server, proxy, mut client) = connected();
    echo(&mut client, b"hello").unwrap();
    proxy.set(Fault::BlackHole);
    client.write_all(b"lost").unwrap();
    assert!(is_silent(&mut client));
    let mut late = connect(&proxy);
    late.write_all(b"late").unwrap();
    late.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(is_silent(&mut late), "not even an end passes");

    proxy.set(Fault::None);
    let mut back = [0; 4];
    client.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"lost");
    late.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"late");
    assert_eq!(late.read(&mut back).unwrap(), 0);
}

#[test]
fn a_delay_holds_every_piece_both_ways_until_it_is_lifted() {
    let (_server, proxy, mut client) = connected();
    proxy.set(Fault::Delay(Duration::from_millis(60)));
    let started = Instant::now();
    echo(&mut client, b"hello").unwrap();
    assert!(started.elapsed() >= Duration::from_millis(120), "{:?}", started.elapsed());

    proxy.set(Fault::Delay(Duration::from_hours(1)));
    client.write_all(b"hello").unwrap();
    assert!(is_silent(&mut client));
    proxy.set(Fault::None);
    client.read_exact(&mut [0; 5]).unwrap();
}

#[test]
fn a_throttle_lets_so_many_bytes_a_second_pass() {
    let (_server, proxy, mut client) = connected();
    proxy.set(Fault::Throttle { bytes_per_second: 20_000 });
    let started = Instant::now();
    echo(&mut client, &vec![7; 10_000]).unwrap();
    assert!(started.elapsed() >= Duration::from_millis(500), "{:?}", started.elapsed());

    proxy.set(Fault::Throttle { bytes_per_second: 1 });
    client.write_all(b"slow").unwrap();
    assert!(is_silent(&mut client));
}

#[test]
fn a_connection_is_cut_after_so_many_bytes_one_way() {
    let (_server, proxy, mut client) = connected();
    proxy.set(Fault::Cut(Direction::ToClient, 3));
    client.write_all(b"hello").unwrap();
    let mut back = Vec::new();
    client.read_to_end(&mut back).unwrap();
    assert_eq!(back, b"hel");

    proxy.set(Fault::Cut(Direction::ToServer, 3));
    let mut client = connect(&proxy);
    client.write_all(b"hello").unwrap();
    assert_eq!(client.read_to_end(&mut Vec::new()).unwrap(), 0, "three bytes were on their way");
}

#[test]
fn bytes_are_garbled_from_one_on() {
    let (_server, proxy, mut client) = connected();
    proxy.set(Fault::Garble(Direction::ToClient, 6));
    assert_eq!(echo(&mut client, b"good").unwrap(), b"good");
    let back = echo(&mut client, b"soso").unwrap();
    assert_eq!(&back[..2], b"so");
    assert!(back[2] != b's' && back[3] != b'o', "{back:?}");
}
