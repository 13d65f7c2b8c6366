//! Networks that fail on the way to a key server.

use std::time::Duration;

use harness::fault_proxy::{Direction, Fault, FaultProxy};
use harness::key_server::{KEYS, KeyServer};
use harness::signing_key::SigningKey;
use harness::wait_until;

use crate::{
    Accepted, FRESH_1S, NO_LONGER_FRESH, Unavailable, good_of, serve_issuers, timed_verdict,
    verdict,
};

const FAULTS: [(&str, Fault); 6] = [
    ("https://reset/", Fault::Reset),
    ("https://cut-in-the-head/", Fault::Cut(Direction::ToClient, 10)),
    ("https://cut-in-the-keys/", Fault::Cut(Direction::ToClient, 150)),
    ("https://garbled/", Fault::Garble(Direction::ToClient, 150)),
    ("https://throttled/", Fault::Throttle { bytes_per_second: 20 }),
    ("https://black-hole/", Fault::BlackHole),
];

#[test]
fn a_network_that_fails_is_a_fetch_that_failed_and_heals() {
    let key = SigningKey::es256("one");
    let keys = KeyServer::plain();
    keys.publish(&[&key]);
    let networks = FAULTS.map(|(issuer, fault)| (issuer, fault, FaultProxy::start(keys.port)));
    let url = |network: &FaultProxy| format!("http://127.0.0.1:{}{KEYS}", network.port);
    let issuers: Vec<_> =
        networks.iter().map(|(issuer, _, network)| (*issuer, url(network))).collect();
    let timeout = ("TESSERA_JWKS_TIMEOUT", "2s");
    let server = serve_issuers(&issuers, &[&FRESH_1S[..], &[timeout]].concat());
    std::thread::scope(|scope| {
        for (issuer, fault, network) in &networks {
            let (server, token) = (&server, good_of(&key, issuer));
            scope.spawn(move || {
                let in_time = |expected, when: &str| {
                    let (told, took) = timed_verdict(server, &token);
                    assert_eq!(told, expected, "{fault:?} {when}");
                    assert!(took < Duration::from_millis(2500), "{fault:?} {when}: {took:?}");
                };
                network.set(*fault);
                in_time(Unavailable, "at cold start");
                network.set(Fault::None);
                wait_until("the keys when it is well", Duration::from_secs(40), || {
                    verdict(server, &token) == Accepted
                });
                network.set(*fault);
                std::thread::sleep(NO_LONGER_FRESH);
                in_time(Accepted, "with a set from before");
            });
        }
    });
}
