use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::*;

/// A value that is a number counting its fetches, on a clock that is set by hand.
struct Bench {
    refreshed: Refreshed<usize>,
    wall_s: Arc<AtomicU64>,
    monotonic_s: Arc<AtomicU64>,
    fetches: AtomicUsize,
}

impl Bench {
    fn new() -> Self {
        let (wall_s, monotonic_s) = (Arc::new(AtomicU64::new(1_000_000)), Arc::default());
        let hands = (Arc::clone(&wall_s), Arc::clone(&monotonic_s));
        let clock = move || Moment {
            wall: Duration::from_secs(hands.0.load(Ordering::SeqCst)),
            monotonic: Duration::from_secs(AtomicU64::load(&hands.1, Ordering::SeqCst)),
        };
        Self {
            refreshed: Refreshed::new(Intervals::default(), Arc::new(clock)),
            wall_s,
            monotonic_s,
            fetches: AtomicUsize::new(0),
        }
    }

    fn pass(&self, seconds: u64) {
        self.wall_s.fetch_add(seconds, Ordering::SeqCst);
        self.monotonic_s.fetch_add(seconds, Ordering::SeqCst);
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    async fn fetch(&self, up: bool) -> Result<usize, KeyError> {
        let count = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::task::yield_now().await;
        if up { Ok(count) } else { Err(KeyError::Unavailable { code: "down".to_owned() }) }
    }

    async fn get(&self, up: bool) -> Result<usize, KeyError> {
        self.refreshed.get(self.fetch(up)).await.map(|value| *value)
    }
}

#[tokio::test]
async fn a_value_is_fetched_once_in_five_minutes() {
    let bench = Bench::new();
    for _ in 0..3 {
        assert_eq!(bench.get(true).await.unwrap(), 1);
    }
    bench.pass(299);
    assert_eq!(bench.get(true).await.unwrap(), 1);
    bench.pass(1);
    assert_eq!(bench.get(true).await.unwrap(), 2);
}

#[tokio::test]
async fn many_who_wait_share_one_fetch() {
    let bench = Arc::new(Bench::new());
    let waiting: Vec<_> = (0..1_000)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move { bench.get(true).await.unwrap() })
        })
        .collect();
    for answer in waiting {
        assert_eq!(answer.await.unwrap(), 1);
    }
    assert_eq!(bench.fetches(), 1);
}

#[tokio::test]
async fn many_who_wait_for_a_failure_share_it_too() {
    let bench = Arc::new(Bench::new());
    let waiting: Vec<_> = (0..1_000)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move { bench.get(false).await })
        })
        .collect();
    for answer in waiting {
        assert!(answer.await.unwrap().is_err());
    }
    assert_eq!(bench.fetches(), 1);
}

#[tokio::test]
async fn down_at_cold_start_is_tried_again_after_a_second() {
    let bench = Bench::new();
    assert!(matches!(bench.get(false).await, Err(KeyError::Unavailable { .. })));
    assert!(matches!(bench.get(true).await, Err(KeyError::CoolingDown)));
    bench.pass(1);
    assert_eq!(bench.get(true).await.unwrap(), 2);
}

#[tokio::test]
async fn down_with_a_value_is_bridged_for_an_hour_without_a_call_per_request() {
    let bench = Bench::new();
    bench.get(true).await.unwrap();
    for _ in 0..11 {
        bench.pass(300);
        for _ in 0..10 {
            assert_eq!(bench.get(false).await.unwrap(), 1);
        }
    }
    assert_eq!(bench.fetches(), 12);
    bench.pass(300);
    assert!(bench.get(false).await.is_err());
}

#[tokio::test]
async fn a_freeze_and_a_clock_set_back_are_both_seen() {
    let bench = Bench::new();
    bench.get(true).await.unwrap();
    bench.wall_s.fetch_add(600, Ordering::SeqCst);
    assert_eq!(bench.get(true).await.unwrap(), 2);
    bench.wall_s.fetch_sub(3_600, Ordering::SeqCst);
    bench.monotonic_s.fetch_add(300, Ordering::SeqCst);
    assert_eq!(bench.get(true).await.unwrap(), 3);
}

#[tokio::test]
async fn an_unknown_signature_fetches_once_in_thirty_seconds() {
    let bench = Bench::new();
    let seen = bench.refreshed.get(bench.fetch(true)).await.unwrap();
    bench.pass(29);
    assert!(bench.refreshed.newer_than(&seen, bench.fetch(true)).await.is_none());
    bench.pass(1);
    let newer = bench.refreshed.newer_than(&seen, bench.fetch(true)).await.unwrap();
    assert_eq!(*newer, 2);
    // Whoever comes with the old value gets the new one without a fetch.
    let same = bench.refreshed.newer_than(&seen, bench.fetch(true)).await.unwrap();
    assert!(Arc::ptr_eq(&newer, &same));
    assert!(bench.refreshed.newer_than(&newer, bench.fetch(true)).await.is_none());
    assert_eq!(bench.fetches(), 2);
}

#[tokio::test]
async fn a_failed_forced_fetch_keeps_the_value() {
    let bench = Bench::new();
    let seen = bench.refreshed.get(bench.fetch(true)).await.unwrap();
    bench.pass(60);
    assert!(bench.refreshed.newer_than(&seen, bench.fetch(false)).await.is_none());
    assert_eq!(bench.get(false).await.unwrap(), 1);
}

#[test]
fn instances_do_not_all_refresh_at_the_same_age() {
    let bench = Bench::new();
    let fetched_at = |nanos: u32| Held {
        value: Arc::new(0),
        fetched: Moment { wall: Duration::new(5, nanos), monotonic: Duration::ZERO },
    };
    let interval = |nanos: u32| bench.refreshed.refresh_interval(&fetched_at(nanos));
    assert_eq!(interval(0), Duration::from_mins(5));
    assert_eq!(interval(500_000_000), Duration::from_secs(285));
}
