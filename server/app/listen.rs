//! The sockets that phones and consoles connect to.
//!
//! What: one listening socket for each address that `http.bind` names. Invariant: a connection whose
//! peer acknowledges nothing for [`UNACKNOWLEDGED`] is closed by the kernel. Without that an operator
//! whose network vanished without a word would count as on shift for the quarter of an hour that TCP
//! repeats, and a record would wait for a console that shows nothing. On failure: a name of which no
//! address can be bound is an error; one that can be is enough.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// How long what was sent may stay unacknowledged. Streams send a heartbeat every three seconds, so
/// this long after a peer is gone its stream ends. A phone in a gap of coverage is back before.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Listens on every address of `bind`, such as `127.0.0.1:8080` or `localhost:0`.
///
/// # Errors
/// What the system says: no such name, no right, in use.
pub(super) fn listen(bind: &str) -> io::Result<Vec<TcpListener>> {
    let (mut bound, mut failed) = (Vec::new(), None);
    for address in bind.to_socket_addrs()? {
        match on(address) {
            Ok(listener) => bound.push(listener),
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if bound.is_empty() => Err(error),
        _ => Ok(bound),
    }
}

fn on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    // Accepted sockets inherit it. Other systems have no such option.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpStream;

    use socket2::SockRef;

    use super::*;

    #[test]
    fn an_accepted_connection_ends_when_its_peer_acknowledges_nothing() {
        let listeners = listen("127.0.0.1:0").unwrap();
        let listener = listeners.first().unwrap();
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let ends_after = SockRef::from(&accepted).tcp_user_timeout().unwrap();
        assert_eq!(ends_after, Some(UNACKNOWLEDGED));
    }
}
