//! What Amazon RDS puts before `PostgreSQL` for roles of IAM: TLS, and a token that is asked for as a clear-text password.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::authority::Identity;
use crate::listener::Listener;

/// `AuthenticationCleartextPassword` (`PostgreSQL`, "Message Formats").
const ASK: &[u8] = &[b'R', 0, 0, 0, 8, 0, 0, 0, 3];

/// A listener that writes down the tokens it is shown.
#[derive(Debug)]
pub struct Rds {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    tokens: Arc<Mutex<Vec<String>>>,
    _listener: Listener,
}

impl Rds {
    /// Lets everybody in, to a cluster that asks for no password.
    pub fn start(identity: &Identity, upstream: u16) -> Self {
        Self::listen(identity, Some(upstream))
    }

    /// Lets nobody in.
    pub fn start_refusing(identity: &Identity) -> Self {
        Self::listen(identity, None)
    }

    fn listen(identity: &Identity, upstream: Option<u16>) -> Self {
        let acceptor = TlsAcceptor::from(identity.config());
        let tokens = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&tokens);
        let (port, listener) = Listener::start(0, move |client| {
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            async move {
                // A client may leave at any time.
                let _ = carry(client, acceptor, &seen, upstream).await;
            }
        });
        Self { port, tokens, _listener: listener }
    }

    /// What was shown so far, one for each connection.
    pub fn tokens(&self) -> Vec<String> {
        self.tokens.lock().unwrap().clone()
    }
}

async fn carry(
    mut client: TcpStream,
    acceptor: TlsAcceptor,
    tokens: &Mutex<Vec<String>>,
    upstream: Option<u16>,
) -> std::io::Result<()> {
    let mut request = [0; 8];
    client.read_exact(&mut request).await?;
    assert_eq!(request, [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f], "plain text to a database of RDS");
    client.write_all(b"S").await?;
    let mut client = acceptor.accept(client).await?;
    let length = client.read_u32().await?;
    let mut startup = vec![0; length as usize - 4];
    client.read_exact(&mut startup).await?;
    // A request to cancel (80877102) is followed by nothing.
    let is_cancel = startup.starts_with(&[0x04, 0xd2, 0x16, 0x2e]);
    if !is_cancel {
        client.write_all(ASK).await?;
        client.flush().await?;
        assert_eq!(client.read_u8().await?, b'p', "PasswordMessage");
        let mut token = vec![0; client.read_u32().await? as usize - 4];
        client.read_exact(&mut token).await?;
        assert_eq!(token.pop(), Some(0));
        tokens.lock().unwrap().push(String::from_utf8(token).unwrap());
    }
    let Some(upstream) = upstream else {
        let refusal = b"SFATAL\0C28000\0MPAM authentication failed for user \"canary\"\0\0";
        client.write_u8(b'E').await?;
        client.write_u32(u32::try_from(refusal.len()).unwrap() + 4).await?;
        client.write_all(refusal).await?;
        return client.shutdown().await;
    };
    let mut server = TcpStream::connect(("127.0.0.1", upstream)).await?;
    server.write_u32(length).await?;
    server.write_all(&startup).await?;
    copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}
