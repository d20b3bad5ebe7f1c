//! Which addresses are public, and which are inside some network. Pure.
//!
//! After the registries of special-purpose addresses (RFC 6890 and its successors). IPv6 is judged
//! the other way round: only what is handed out as global unicast (2000::/3) passes, less what in
//! it is special.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Reads a range of addresses, as `10.0.0.0/8` or `fd00::/8`; a plain address is a range of one.
/// `None` for what is no range, for one with bits behind its prefix (`10.0.0.1/8`), and for IPv4
/// written as IPv6: those were meant otherwise.
#[must_use]
pub fn parse(text: &str) -> Option<IpNet> {
    let one = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let range: IpNet = text.parse().ok().or_else(one)?;
    let address = range.addr();
    (range.trunc() == range && address.to_canonical() == address).then_some(range)
}

/// Whether `ip` is in one of the ranges. An IPv4 address is in an IPv4 range under its IPv4-mapped
/// name too.
#[must_use]
pub fn in_any(ranges: &[IpNet], ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ranges.iter().any(|range| range.contains(&ip))
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(high: u16, low: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(high, low, 0, 0, 0, 0, 0, 0), prefix)
}

/// IPv4 ranges that are unassigned, this machine's, or some network's own.
#[rustfmt::skip]
const NOT_PUBLIC_V4: &[Ipv4Net] = &[
    v4(0, 0, 0, 0, 8),          // this network, and unspecified
    v4(10, 0, 0, 0, 8),         // private
    v4(100, 64, 0, 0, 10),      // carriers' own; a cloud's metadata (100.100.100.200)
    v4(127, 0, 0, 0, 8),        // this machine
    v4(168, 63, 129, 16, 32),   // a cloud's metadata, on an address that looks public
    v4(169, 254, 0, 0, 16),     // link-local; most clouds' metadata (169.254.169.254)
    v4(172, 16, 0, 0, 12),      // private
    v4(192, 0, 0, 0, 24),       // protocols' own; a cloud's metadata (192.0.0.192)
    v4(192, 0, 2, 0, 24),       // documentation
    v4(192, 88, 99, 0, 24),     // relays of 6to4, withdrawn
    v4(192, 168, 0, 0, 16),     // private
    v4(198, 18, 0, 0, 15),      // benchmarks
    v4(198, 51, 100, 0, 24),    // documentation
    v4(203, 0, 113, 0, 24),     // documentation
    v4(224, 0, 0, 0, 3),        // multicast, reserved, broadcast
];

/// Global unicast: all that is handed out of IPv6.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// What in global unicast is special.
#[rustfmt::skip]
const NOT_PUBLIC_V6: &[Ipv6Net] = &[
    v6(0x2001, 0, 23),        // protocols' own, Teredo and ORCHID among them
    v6(0x2001, 0x0db8, 32),   // documentation
    v6(0x2002, 0, 16),        // 6to4: an IPv4 address in disguise, withdrawn
    v6(0x3fff, 0, 20),        // documentation
];

/// NAT64 (RFC 6052): on a network without IPv4 every IPv4 address has this name.
const NAT64: Ipv6Net = v6(0x0064, 0xff9b, 96);

/// Whether the public internet routes to this address.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => !NOT_PUBLIC_V4.iter().any(|range| range.contains(&v4)),
        IpAddr::V6(v6) => match core(v6) {
            Some(v4) => is_public(v4.into()),
            None => {
                GLOBAL_V6.contains(&v6) && !NOT_PUBLIC_V6.iter().any(|range| range.contains(&v6))
            }
        },
    }
}

/// The IPv4 address of which an IPv6 address is but another name.
fn core(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = v6.octets();
    v6.to_ipv4_mapped()
        .or_else(|| NAT64.contains(&v6).then(|| Ipv4Addr::new(a, b, c, d)))
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
        let holds = |range: &str, address: &str| in_any(&[parse(range).unwrap()], ip(address));
        for (range, inside) in [
            ("192.168.4.0/22", "192.168.7.255"),
            ("192.168.4.0/22", "::ffff:192.168.4.1"),
            ("127.0.0.1", "127.0.0.1"),
            ("fd00::/8", "fdff::1"),
            ("::/0", "fe80::1"),
        ] {
            assert!(holds(range, inside), "{inside} is in {range}");
        }
        for (range, outside) in [
            ("192.168.4.0/22", "192.168.8.0"),
            ("192.168.4.0/22", "::192.168.4.1"),
            ("127.0.0.1/32", "127.0.0.2"),
            ("fd00::/8", "127.0.0.1"),
        ] {
            assert!(!holds(range, outside), "{outside} is not in {range}");
        }
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
            "::ffff:10.0.0.0/104",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
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
            let v4 = Ipv4Addr::from_bits(range.network().to_bits() | (anywhere & range.hostmask().to_bits()));
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
