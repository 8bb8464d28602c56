//! Listening: from configured addresses to sockets.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use super::ListenAddress;

/// Connections that wait to be accepted, per socket.
const BACKLOG: i32 = 1024;

/// Opens a socket for each address; a name may stand for several.
pub async fn listen(addresses: &[ListenAddress]) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners = Vec::new();
    for address in addresses {
        let error = |source| ListenError { address: address.clone(), source };
        if address.is_everywhere() {
            listeners.push(everywhere(address.port).map_err(error)?);
            continue;
        }
        for resolved in tokio::net::lookup_host((address.host.as_str(), address.port)).await.map_err(error)? {
            listeners.push(bind(resolved).map_err(error)?);
        }
    }
    Ok(listeners)
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{address}`")]
pub struct ListenError {
    address: ListenAddress,
    source: io::Error,
}

/// One socket for both IPv6 and IPv4, or for IPv4 alone on machines without IPv6.
fn everywhere(port: u16) -> io::Result<TcpListener> {
    match bind((Ipv6Addr::UNSPECIFIED, port).into()) {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse && error.kind() != io::ErrorKind::PermissionDenied => {
            bind((Ipv4Addr::UNSPECIFIED, port).into())
        }
        bound => bound,
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // Systems differ in what an IPv6 socket does by default.
        socket.set_only_v6(address.ip() != Ipv6Addr::UNSPECIFIED)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn without_a_host_it_listens_on_ipv4_as_well() {
        let listeners = listen(&[":0".parse().unwrap()]).await.unwrap();
        let port = listeners[0].local_addr().unwrap().port();
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let first = listen(&["127.0.0.1:0".parse().unwrap()]).await.unwrap();
        let taken: ListenAddress = first[0].local_addr().unwrap().to_string().parse().unwrap();
        let error = listen(std::slice::from_ref(&taken)).await.unwrap_err();
        assert_eq!(error.to_string(), format!("cannot listen on `{taken}`"));
    }
}
