use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Network, neighbourhood};

/// How many connections come from where, so that one address that keeps many open does not shut out the others.
#[derive(Debug, Clone)]
pub struct Crowd {
    max: usize,
    exempt: Arc<[Network]>,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection's place among those of its address, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Spot {
    of: Option<IpAddr>,
    crowd: Crowd,
}

impl Crowd {
    /// At most `max` from an address; of these networks, as many as there is place for.
    pub fn new(max: usize, exempt: Vec<Network>) -> Crowd {
        Crowd {
            max,
            exempt: exempt.into(),
            open: Arc::default(),
        }
    }

    /// A place for one more; none when its address has as many as it may.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Spot> {
        if self.exempt.iter().any(|network| network.has(address)) {
            let crowd = self.clone();
            return Some(Spot { of: None, crowd });
        }
        let of = neighbourhood(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(of).or_insert(0);
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Spot {
            of: Some(of),
            crowd: self.clone(),
        })
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        let Some(of) = self.of else { return };
        let open = &self.crowd.open;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        // Who has none is not kept: there are as many entries as addresses that are connected.
        match open.get_mut(&of) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                open.remove(&of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_places_and_gives_them_back() {
        let crowd = Crowd::new(2, vec!["10.0.0.0/8".parse().unwrap()]);
        let first = crowd.enter(ip("192.0.2.1")).unwrap();
        let _second = crowd.enter(ip("::ffff:192.0.2.1")).unwrap();
        assert!(crowd.enter(ip("192.0.2.1")).is_none());
        let _other = crowd.enter(ip("192.0.2.2")).unwrap();
        drop(first);
        let again = crowd.enter(ip("192.0.2.1")).unwrap();
        assert!(crowd.enter(ip("192.0.2.1")).is_none());
        // A whole subscriber's network counts as one.
        let _six = [
            crowd.enter(ip("2001:db8::1")),
            crowd.enter(ip("2001:db8::2")),
        ];
        assert!(crowd.enter(ip("2001:db8:0:0:ffff::3")).is_none());
        let _neighbour = crowd.enter(ip("2001:db8:0:1::1")).unwrap();
        let _proxies: Vec<Spot> = (0..9).filter_map(|_| crowd.enter(ip("10.1.1.1"))).collect();
        assert_eq!(_proxies.len(), 9);
        drop((again, _second));
        assert!(!crowd.open.lock().unwrap().contains_key(&ip("192.0.2.1")));
    }
}
