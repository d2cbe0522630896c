//! Our side of HTTP towards providers: one request a connection, no redirect, https with the roots of this machine, and
//! no more than fits (WEB-9).

use std::future::pending;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::header::{CONNECTION, HOST, USER_AGENT};
use axum::http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::config::values;

/// The most bytes of an answer.
const ANSWER_MAX: usize = 1024 * 1024;
/// The most bytes of its head.
const HEAD_MAX: usize = 64 * 1024;

/// How one provider is asked. Who speaks https is asked nothing without it.
pub enum Http {
    /// A provider on this very machine.
    Plain,
    /// Any other.
    Tls(TlsConnector),
}

/// What connections trust: the roots of this machine. The provider of TLS is named, whatever the process has chosen.
///
/// # Errors
/// In words for the operator.
pub fn roots() -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err("this machine has no root certificates; install ca-certificates".into());
    }
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

impl Http {
    /// Sends a request and reads the answer to its end. Whoever waits sets a time for it: a future that is dropped
    /// takes its connection along.
    ///
    /// # Errors
    /// Where there is no whole answer, where it says that the fault is the provider's (5xx), and for a URL to which
    /// nothing is sent.
    pub async fn send(&self, request: HttpRequest) -> io::Result<HttpResponse> {
        let url = Url::parse(&request.uri().to_string()).map_err(io::Error::other)?;
        let refused = || io::Error::other(format!("nothing is sent to {}", url.origin().ascii_serialization()));
        let host = url.host_str().ok_or_else(refused)?.trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().ok_or_else(refused)?;
        let fits = match self {
            Self::Plain => url.scheme() == "http" && values::is_local(&url),
            Self::Tls(_) => url.scheme() == "https",
        };
        if !fits || !url.username().is_empty() {
            return Err(refused());
        }
        let request = in_origin_form(request, &url)?;
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        stream.set_nodelay(true)?;
        match self {
            Self::Plain => exchange(stream, request).await,
            Self::Tls(tls) => {
                let name = ServerName::try_from(host).map_err(io::Error::other)?;
                exchange(tls.connect(name, stream).await?, request).await
            }
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<HttpResponse>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// The request as it goes to the server itself, and not to a proxy (RFC 9112, 3.2.1).
fn in_origin_form(request: HttpRequest, url: &Url) -> io::Result<Request<Full<Bytes>>> {
    let (mut parts, body) = request.into_parts();
    let host = match (url.host_str().unwrap_or(""), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    parts.headers.insert(HOST, HeaderValue::from_str(&host).map_err(io::Error::other)?);
    parts.headers.insert(USER_AGENT, HeaderValue::from_static("Selfsame"));
    parts.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse::<Uri>().map_err(io::Error::other)?;
    Ok(Request::from_parts(parts, Full::new(Bytes::from(body))))
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> io::Result<HttpResponse>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let hands = http1::Builder::new().max_buf_size(HEAD_MAX).handshake(io).await;
    let (mut sender, connection) = hands.map_err(io::Error::other)?;
    let answered = async move {
        let (parts, body) = sender.send_request(request).await.map_err(io::Error::other)?.into_parts();
        if parts.status.is_server_error() {
            return Err(io::Error::other(format!("answered with status {}", parts.status)));
        }
        let body = Limited::new(body, ANSWER_MAX).collect().await.map_err(io::Error::other)?;
        Ok(Response::from_parts(parts, body.to_bytes().to_vec()))
    };
    // What the connection has to say, `answered` hears; it may be over before the last of the body was read.
    let driven = async move {
        let _ = connection.await;
        pending::<io::Result<HttpResponse>>().await
    };
    tokio::select! {
        answer = answered => answer,
        never = driven => never,
    }
}
