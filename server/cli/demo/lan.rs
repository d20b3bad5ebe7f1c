//! The demo for phones of the local network: its address as a QR code.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use anyhow::Context as _;
use qrcodegen::{QrCode, QrCodeEcc};

use crate::cli::say::say;
use crate::cli::terminal::told;

/// Where nothing is sent: a datagram socket that is connected there only asks the system which of its
/// own addresses it would send from (RFC 5737 keeps this one free).
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// This machine's address on the local network, with that port.
pub fn address(port: u16) -> anyhow::Result<SocketAddr> {
    let asked = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(ELSEWHERE)?;
        socket.local_addr()
    });
    let here = asked
        .ok()
        .map(|address| address.ip())
        .filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
        .with_context(|| told("demo-lan-none", &[]))?;
    Ok(SocketAddr::new(here, port))
}

/// The address to listen on for callers from there.
pub fn listen(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)
}

/// Says what is open to whom, and shows the address to be scanned.
pub fn announce(public: &str) {
    say!("{}", told("demo-lan-warning", &[]));
    say!("{}\n", told("demo-lan-made-up", &[]));
    if let Some(code) = qr(public) {
        say!("{code}");
    }
    say!("{}\n", told("demo-lan-address", &[("base", public)]));
}

/// Two rows of the code in each line, dark on light, with the margin that readers need.
fn qr(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let (margin, size) = (2, code.size());
    let light = |x, y| !code.get_module(x, y);
    let mut lines = String::new();
    for y in (-margin..size + margin).step_by(2) {
        for x in -margin..size + margin {
            lines.push(match (light(x, y), light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        lines.push('\n');
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_square_with_a_light_margin() {
        let code = qr("http://192.168.1.20:8080").unwrap();
        let lines: Vec<Vec<char>> = code.lines().map(|line| line.chars().collect()).collect();
        let width = lines[0].len();
        assert!(lines.iter().all(|line| line.len() == width));
        assert_eq!(lines.len(), width.div_ceil(2));
        assert!(lines[0].iter().all(|c| *c == '█'));
        assert!(
            lines
                .iter()
                .all(|line| line[0] == '█' && line[width - 1] == '█')
        );
        // The upper left finder: a dark ring around a light one.
        assert_eq!(lines[1][2..9].iter().collect::<String>(), " ▄▄▄▄▄ ");
    }
}
