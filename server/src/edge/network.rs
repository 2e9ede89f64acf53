use std::net::IpAddr;
use std::str::FromStr;

/// A network by its address and the length of its prefix (RFC 4632): `10.0.0.0/8`, `2001:db8::/32`. A single
/// address is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Whether an address is of this network. An IPv4 address written as an IPv6 one counts as IPv4.
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Whom an address is counted as: itself, or of IPv6 the network of 64 bits that one subscriber is given whole. Without
/// that, whoever has one has more addresses than anybody can count tries or connections of.
pub fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) >> 64 << 64).into()),
        four => four,
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let told = || {
            format!(
                "\"{text}\" is no network – write an address, or one with the length of its prefix, like 10.0.0.0/8"
            )
        };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| told())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(prefix) => prefix.trim().parse().map_err(|_| told())?,
        };
        if prefix > longest {
            return Err(told());
        }
        // An IPv4 network written as an IPv6 one: addresses are compared as IPv4, so it would have nobody.
        Ok(match address.to_canonical() {
            IpAddr::V4(four) if address.is_ipv6() && prefix >= 96 => Network {
                address: four.into(),
                prefix: prefix - 96,
            },
            _ => Network { address, prefix },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_what_shares_its_prefix() {
        for (network, address, expect) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "198.51.100.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db9::1", true),
            ("::1", "::1", true),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("::ffff:10.0.0.1", "10.0.0.2", false),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.has(address.parse().unwrap()),
                expect,
                "{network:?} {address}"
            );
        }
    }

    #[test]
    fn a_subscriber_is_counted_once() {
        for (address, expect) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            let counted = neighbourhood(address.parse().unwrap());
            assert_eq!(counted, expect.parse::<IpAddr>().unwrap(), "{address}");
        }
    }

    #[test]
    fn what_is_no_network_is_told() {
        for wrong in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "proxy",
            "10.0.0.0/-1",
            "1.2.3.4/",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
