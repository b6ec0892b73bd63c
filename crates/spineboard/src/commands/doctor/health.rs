//! Asking a running server whether it is well, with nothing but a socket.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A container's health check gives up after a few seconds itself.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks `/healthz`; an error says what is wrong.
pub(super) fn ask(listen: SocketAddr) -> io::Result<()> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut start = String::new();
    stream.take(64).read_to_string(&mut start)?;
    let status = start.split_whitespace().nth(1).unwrap_or("nothing that is HTTP");
    if status == "200" {
        return Ok(());
    }
    Err(io::Error::other(format!("it answered {status}")))
}

/// A server that listens everywhere is asked on the loopback address.
fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn answered(response: &'static str) -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let length = stream.read(&mut request).unwrap();
            assert!(request[..length].starts_with(b"GET /healthz HTTP/1.1\r\n"));
            stream.write_all(response.as_bytes()).unwrap();
        });
        let outcome = ask(SocketAddr::from(([0, 0, 0, 0], port)));
        server.join().unwrap();
        outcome
    }

    #[test]
    fn only_a_200_is_healthy() {
        answered("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        let error = answered("HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap_err();
        assert_eq!(error.to_string(), "it answered 503");
        assert!(answered("SSH-2.0-OpenSSH\r\n").is_err());
    }
}
