//! Which IP addresses belong to the public internet (IANA's registries of special-purpose addresses).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not public: address and prefix length.
const CLOSED: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // shared by providers
    ([127, 0, 0, 0], 8),      // this machine
    ([169, 254, 0, 0], 16),   // link-local, where clouds keep their metadata
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocols
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, with broadcast
    ([168, 63, 129, 16], 32), // Azure's host, in the middle of public addresses
];

/// Networks of IPv6 that are not public although they lie in 2000::/3, where all public ones do.
const CLOSED_6: [([u16; 8], u32); 4] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // protocols, with Teredo, which has an IPv4 address inside
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), // 6to4, which has an IPv4 address inside
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];

/// Whether everybody on the internet could reach it. IPv6 addresses with an IPv4 address inside (mapped, NAT64,
/// 6to4, Teredo) are none of those, whatever is inside.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let bits = u32::from(address);
            !CLOSED.iter().any(|(net, length)| (bits ^ u32::from(Ipv4Addr::from(*net))) >> (32 - length) == 0)
        }
        IpAddr::V6(address) => {
            let bits = u128::from(address);
            bits >> 125 == 1
                && !CLOSED_6
                    .iter()
                    .any(|(net, length)| (bits ^ u128::from(Ipv6Addr::from(*net))) >> (128 - length) == 0)
        }
    }
}
