use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use certificate::Name;
use futures_util::FutureExt as _;
use secrecy::ExposeSecret as _;

use super::*;

/// 2026-11-28.
const START: u64 = 1_795_824_000;
const HOUR: u64 = 3_600;

fn clock() -> (Arc<AtomicU64>, Clock) {
    let now = Arc::new(AtomicU64::new(START));
    let read = Arc::clone(&now);
    (now, Arc::new(move || Duration::from_secs(read.load(Ordering::SeqCst))))
}

fn names() -> Vec<Name> {
    vec!["localhost".parse().unwrap()]
}

fn new_pair(hours: u64) -> Pair {
    let life = Duration::from_secs(hours * HOUR);
    let profile = Profile::server(names(), life).unwrap();
    self_signed(&profile, Duration::from_secs(START)).unwrap()
}

fn key_pem(pair: &Pair) -> String {
    pair.key_pem().expose_secret().to_owned()
}

/// The key as it stands in the value of a secret.
fn key_json(pair: &Pair) -> String {
    key_pem(pair).replace('\n', "\\n")
}

fn serial(renewed: &Renewed) -> String {
    renewed.served.facts().unwrap().serial.clone()
}

/// Two files in a folder that is removed in the end.
struct Files {
    folder: PathBuf,
}

impl Files {
    fn new(pair: &Pair) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let folder = format!("tessera-server-{}-{number}", std::process::id());
        let files = Self { folder: std::env::temp_dir().join(folder) };
        std::fs::create_dir(&files.folder).unwrap();
        files.write_chain(pair.chain_pem().as_bytes());
        files.write_key(key_pem(pair).as_bytes());
        files
    }

    fn write_chain(&self, bytes: &[u8]) {
        std::fs::write(self.folder.join("chain.pem"), bytes).unwrap();
    }

    fn write_key(&self, bytes: &[u8]) {
        std::fs::write(self.folder.join("key.pem"), bytes).unwrap();
    }

    fn source(&self) -> Source {
        let (chain, key) = (self.folder.join("chain.pem"), self.folder.join("key.pem"));
        Source { pair: PairSource::Files { chain, key }, client_authorities: None }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What two looks in a row say: files are believed at the second.
async fn look_twice(renewed: &mut Renewed) -> Result<(), Error> {
    let _ = renewed.look().await;
    renewed.look().await
}

#[tokio::test]
async fn files_that_are_torn_at_any_byte_leave_the_old_pair_in_use() {
    let (old, new) = (new_pair(48), new_pair(48));
    let files = Files::new(&old);
    let mut renewed = Renewed::start(files.source(), clock().1).await.unwrap();
    let before = serial(&renewed);
    let (chain, key) = (new.chain_pem(), key_pem(&new));
    // The chain is written first: whatever there is of it, the key is another's.
    for length in (0..=chain.len()).step_by(13) {
        files.write_chain(&chain.as_bytes()[..length]);
        assert!(look_twice(&mut renewed).await.is_err(), "{length} bytes of the chain");
        assert_eq!(serial(&renewed), before, "{length} bytes of the chain");
    }
    files.write_chain(chain.as_bytes());
    let whole = key.trim_end().len();
    for length in (0..whole).step_by(7) {
        files.write_key(&key.as_bytes()[..length]);
        assert!(look_twice(&mut renewed).await.is_err(), "{length} bytes of the key");
        assert_eq!(serial(&renewed), before, "{length} bytes of the key");
    }
    files.write_key(key.as_bytes());
    look_twice(&mut renewed).await.unwrap();
    assert_eq!(serial(&renewed), new.facts()[0].serial);
}

#[tokio::test]
async fn a_pair_counts_when_it_is_found_twice() {
    let (old, new) = (new_pair(48), new_pair(48));
    let files = Files::new(&old);
    let mut renewed = Renewed::start(files.source(), clock().1).await.unwrap();
    files.write_chain(new.chain_pem().as_bytes());
    files.write_key(key_pem(&new).as_bytes());
    renewed.look().await.unwrap();
    assert_eq!(serial(&renewed), old.facts()[0].serial);
    renewed.look().await.unwrap();
    assert_eq!(serial(&renewed), new.facts()[0].serial);
}

#[tokio::test]
async fn what_no_client_would_take_is_not_served() {
    let old = new_pair(48);
    let files = Files::new(&old);
    let (now, clock) = clock();
    let mut renewed = Renewed::start(files.source(), clock).await.unwrap();
    // One that ends before it is looked at.
    let short = new_pair(1);
    files.write_chain(short.chain_pem().as_bytes());
    files.write_key(key_pem(&short).as_bytes());
    now.fetch_add(2 * HOUR, Ordering::SeqCst);
    let error = look_twice(&mut renewed).await.unwrap_err().to_string();
    assert!(error.contains("expired"), "{error}");
    assert_eq!(serial(&renewed), old.facts()[0].serial);
    // A clock that is wrong by years makes nobody's certificate good.
    now.store(START - 3 * 8_766 * HOUR, Ordering::SeqCst);
    let error = look_twice(&mut renewed).await.unwrap_err().to_string();
    assert!(error.contains("is the clock right?"), "{error}");
    std::fs::remove_file(files.folder.join("key.pem")).unwrap();
    let error = look_twice(&mut renewed).await.unwrap_err().to_string();
    assert!(error.contains("key.pem cannot be read"), "{error}");
    assert_eq!(serial(&renewed), old.facts()[0].serial);
}

#[tokio::test]
async fn nothing_is_served_without_a_pair_to_begin_with() {
    let (first, second) = (new_pair(48), new_pair(48));
    let swapped = Files::new(&first);
    swapped.write_key(first.chain_pem().as_bytes());
    swapped.write_chain(key_pem(&first).as_bytes());
    let mixed = Files::new(&first);
    mixed.write_key(key_pem(&second).as_bytes());
    let gone = Files::new(&first);
    std::fs::remove_file(gone.folder.join("chain.pem")).unwrap();
    for (files, said) in [(&swapped, "certificate"), (&mixed, "key"), (&gone, "chain.pem")] {
        let error = Renewed::start(files.source(), clock().1).await.err().unwrap().to_string();
        assert!(error.contains(said), "{error}");
    }
    let fetch = || std::future::ready(Err("AccessDeniedException".to_owned())).boxed();
    let source = Source { pair: PairSource::Stored(Arc::new(fetch)), client_authorities: None };
    let error = Renewed::start(source, clock().1).await.err().unwrap().to_string();
    assert!(error.contains("AccessDeniedException"), "{error}");
}

#[tokio::test]
async fn a_stored_pair_is_replaced_and_a_bad_one_is_not_used() {
    let (old, new) = (new_pair(48), new_pair(48));
    let place = Arc::new(Mutex::new(Ok(old.to_secret())));
    let read = Arc::clone(&place);
    let fetch = move || std::future::ready(read.lock().unwrap().clone()).boxed();
    let source = Source { pair: PairSource::Stored(Arc::new(fetch)), client_authorities: None };
    let mut renewed = Renewed::start(source, clock().1).await.unwrap();
    *place.lock().unwrap() = Err("ThrottlingException".to_owned());
    assert!(renewed.look().await.is_err());
    let mixed = old.to_secret().expose_secret().replace(&key_json(&old), &key_json(&new));
    *place.lock().unwrap() = Ok(mixed.into());
    assert!(matches!(renewed.look().await, Err(Error::Faulty(_))));
    assert_eq!(serial(&renewed), old.facts()[0].serial);
    *place.lock().unwrap() = Ok(new.to_secret());
    renewed.look().await.unwrap();
    assert_eq!(serial(&renewed), new.facts()[0].serial);
}

#[tokio::test]
async fn a_certificate_of_our_own_lives_two_days_and_is_made_again_after_two_thirds_of_them() {
    let source = Source { pair: PairSource::SelfSigned(names()), client_authorities: None };
    let (now, clock) = clock();
    let mut renewed = Renewed::start(source, clock).await.unwrap();
    let first = renewed.served.facts().unwrap().clone();
    assert_eq!(first.not_after.as_secs(), START + 48 * HOUR);
    now.fetch_add(28 * HOUR, Ordering::SeqCst);
    renewed.look().await.unwrap();
    assert_eq!(serial(&renewed), first.serial);
    now.fetch_add(5 * HOUR, Ordering::SeqCst);
    renewed.look().await.unwrap();
    let second = renewed.served.facts().unwrap();
    assert_ne!(second.serial, first.serial);
    assert_eq!(second.not_after.as_secs(), START + 33 * HOUR + 48 * HOUR);
}

#[tokio::test]
async fn authorities_of_clients_are_replaced_with_the_pair_or_without() {
    let (pair, other) = (new_pair(48), new_pair(48));
    let files = Files::new(&pair);
    let authorities = files.folder.join("clients.pem");
    std::fs::write(&authorities, pair.chain_pem()).unwrap();
    let source = Source { client_authorities: Some(authorities.clone()), ..files.source() };
    let mut renewed = Renewed::start(source.clone(), clock().1).await.unwrap();
    std::fs::write(&authorities, "nothing").unwrap();
    let error = look_twice(&mut renewed).await.unwrap_err().to_string();
    assert!(error.starts_with("the authorities of clients"), "{error}");
    assert!(Renewed::start(source, clock().1).await.is_err());
    std::fs::write(&authorities, other.chain_pem()).unwrap();
    look_twice(&mut renewed).await.unwrap();
    assert_eq!(renewed.seen.client_authorities.as_deref(), Some(other.chain_pem().as_str()));
}
