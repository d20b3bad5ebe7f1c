//! Which addresses are public, and which are inside some network. Pure.
//!
//! After the registries of special-purpose addresses (RFC 6890 and its successors). IPv6 is judged
//! the other way round: only what is handed out as global unicast (2000::/3) passes, less what in
//! it is special.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses, as `10.0.0.0/8` or `fd00::/8`; a plain address is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    first: u128,
    /// Bits that all of them share, of 128.
    shared: u32,
}

/// IPv4 where IPv6 keeps it: `::ffff:0:0/96`.
fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Range {
    /// Reads one; `None` for what is none, and for one with bits behind its prefix (`10.0.0.1/8`),
    /// which was meant otherwise.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(a, p)| (a, Some(p)));
        let ip: IpAddr = address.parse().ok()?;
        let (most, before) = if ip.is_ipv4() { (32, 96) } else { (128, 0) };
        let prefix: u32 = prefix
            .map_or(Some(most), |p| p.parse().ok())
            .filter(|p| *p <= most)?;
        let range = Self {
            first: bits(ip),
            shared: before + prefix,
        };
        (range.first == range.masked(range.first)).then_some(range)
    }

    const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u32) -> Self {
        Self {
            first: Ipv4Addr::new(a, b, c, d).to_ipv6_mapped().to_bits(),
            shared: 96 + prefix,
        }
    }

    const fn v6(high: u128, prefix: u32) -> Self {
        Self {
            first: high << 96,
            shared: prefix,
        }
    }

    fn masked(self, bits: u128) -> u128 {
        let rest = 128 - self.shared;
        bits.checked_shr(rest)
            .unwrap_or(0)
            .checked_shl(rest)
            .unwrap_or(0)
    }

    /// Whether `ip` lies in it. An IPv4 address lies in an IPv4 range under its IPv4-mapped name
    /// too.
    #[must_use]
    pub fn contains(self, ip: IpAddr) -> bool {
        self.masked(bits(ip)) == self.first
    }
}

/// IPv4 ranges that are unassigned, this machine's, or some network's own.
#[rustfmt::skip]
const NOT_PUBLIC_V4: &[Range] = &[
    Range::v4(0, 0, 0, 0, 8),          // this network, and unspecified
    Range::v4(10, 0, 0, 0, 8),         // private
    Range::v4(100, 64, 0, 0, 10),      // carriers' own; a cloud's metadata (100.100.100.200)
    Range::v4(127, 0, 0, 0, 8),        // this machine
    Range::v4(168, 63, 129, 16, 32),   // a cloud's metadata, on an address that looks public
    Range::v4(169, 254, 0, 0, 16),     // link-local; most clouds' metadata (169.254.169.254)
    Range::v4(172, 16, 0, 0, 12),      // private
    Range::v4(192, 0, 0, 0, 24),       // protocols' own; a cloud's metadata (192.0.0.192)
    Range::v4(192, 0, 2, 0, 24),       // documentation
    Range::v4(192, 88, 99, 0, 24),     // relays of 6to4, withdrawn
    Range::v4(192, 168, 0, 0, 16),     // private
    Range::v4(198, 18, 0, 0, 15),      // benchmarks
    Range::v4(198, 51, 100, 0, 24),    // documentation
    Range::v4(203, 0, 113, 0, 24),     // documentation
    Range::v4(224, 0, 0, 0, 3),        // multicast, reserved, broadcast
];

/// Global unicast: all that is handed out of IPv6.
const GLOBAL_V6: Range = Range::v6(0x2000_0000, 3);

/// What in global unicast is special.
#[rustfmt::skip]
const NOT_PUBLIC_V6: &[Range] = &[
    Range::v6(0x2001_0000, 23),        // protocols' own, Teredo and ORCHID among them
    Range::v6(0x2001_0db8, 32),        // documentation
    Range::v6(0x2002_0000, 16),        // 6to4: an IPv4 address in disguise, withdrawn
    Range::v6(0x3fff_0000, 20),        // documentation
];

/// NAT64 (RFC 6052): on a network without IPv4 every IPv4 address has this name.
const NAT64: Range = Range::v6(0x0064_ff9b, 96);

/// Whether the public internet routes to this address.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    let in_any = |ranges: &[Range], ip| ranges.iter().any(|range| range.contains(ip));
    match ip {
        IpAddr::V4(_) => !in_any(NOT_PUBLIC_V4, ip),
        IpAddr::V6(v6) => match core(v6) {
            Some(v4) => is_public(v4.into()),
            None => GLOBAL_V6.contains(ip) && !in_any(NOT_PUBLIC_V6, ip),
        },
    }
}

/// The IPv4 address of which an IPv6 address is but another name.
fn core(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = v6.octets();
    v6.to_ipv4_mapped()
        .or_else(|| NAT64.contains(v6.into()).then(|| Ipv4Addr::new(a, b, c, d)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    #[test]
    #[rustfmt::skip]
    fn what_lies_inside_some_network_is_not_public() {
        for inside in [
            "0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
            "127.0.0.1", "127.1.2.3", "168.63.129.16", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
            "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1",
            "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.255",
            "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
            "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254",
            "64:ff9b:1::8.8.8.8", "100::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00::1", "fd00:ec2::254",
            "fd12:3456:789a::1", "ff02::1", "ff0e::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1",
            "2001:10::1", "2001:db8::1", "2002:a00:1::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "3fff:fff::1",
            "5f00::1", "4000::1", "1fff::1",
        ] {
            assert!(!is_public(ip(inside)), "{inside}");
        }
    }

    #[test]
    fn what_anybody_can_reach_is_public() {
        for outside in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.255.255.255",
            "128.0.0.1",
            "168.63.129.17",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "192.169.0.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "3ffe::1",
            "3fff:1000::1",
        ] {
            assert!(is_public(ip(outside)), "{outside}");
        }
    }

    #[test]
    fn a_range_is_read_as_it_is_written_or_not_at_all() {
        let lan = Range::parse("192.168.4.0/22").unwrap();
        assert!(lan.contains(ip("192.168.7.255")) && lan.contains(ip("::ffff:192.168.4.1")));
        assert!(!lan.contains(ip("192.168.8.0")) && !lan.contains(ip("::192.168.4.1")));
        assert!(Range::parse("127.0.0.1").unwrap().contains(ip("127.0.0.1")));
        assert!(
            !Range::parse("127.0.0.1/32")
                .unwrap()
                .contains(ip("127.0.0.2"))
        );
        assert!(Range::parse("fd00::/8").unwrap().contains(ip("fdff::1")));
        assert!(Range::parse("::/0").unwrap().contains(ip("fe80::1")));
        for bad in [
            "",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/",
            "lan",
            "fd00::/129",
            "10.0.0/8",
            "0x7f.1",
        ] {
            assert_eq!(Range::parse(bad), None, "{bad}");
        }
    }

    /// Every name that an IPv4 address has in IPv6.
    fn disguises(v4: Ipv4Addr) -> Vec<Ipv6Addr> {
        let low = u128::from(v4.to_bits());
        let at = |high: u128| Ipv6Addr::from_bits((high << 96) | low);
        let six_to_four = Ipv6Addr::from_bits((0x2002 << 112) | (low << 80) | 1);
        // Teredo keeps the client's address turned inside out, and a server's as it is.
        let hidden = Ipv6Addr::from_bits((0x2001_0000 << 96) | (low ^ 0xffff_ffff));
        let server = Ipv6Addr::from_bits((0x2001_0000 << 96) | (low << 64));
        let translated = Ipv6Addr::from_bits((0xffff << 48) | low);
        let local_nat64 = Ipv6Addr::from_bits((0x0064_ff9b_0001 << 80) | low);
        vec![
            v4.to_ipv6_mapped(),
            at(0),
            at(0x0064_ff9b),
            six_to_four,
            hidden,
            server,
            translated,
            local_nat64,
        ]
    }

    proptest! {
        #[test]
        fn an_address_that_is_not_public_is_not_public_in_any_disguise(
            range in proptest::sample::select(NOT_PUBLIC_V4), anywhere in any::<u32>(),
        ) {
            let low = u32::try_from(range.first & 0xffff_ffff).unwrap();
            let mask = u32::MAX.checked_shl(128 - range.shared).unwrap_or(0);
            let v4 = Ipv4Addr::from_bits(low | (anywhere & !mask));
            prop_assert!(!is_public(v4.into()), "{v4}");
            for v6 in disguises(v4) {
                prop_assert!(!is_public(v6.into()), "{v4} as {v6}");
            }
        }

        #[test]
        fn outside_global_unicast_nothing_passes_but_a_public_ipv4_by_another_name(bits in any::<u128>()) {
            let v6 = Ipv6Addr::from_bits(bits);
            let global = bits >> 125 == 1;
            prop_assert!(!is_public(v6.into()) || global || core(v6).is_some_and(|v4| is_public(v4.into())), "{v6}");
        }
    }
}
