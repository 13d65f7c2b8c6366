use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::*;

/// A value that is a number counting its fetches, on a clock that is set by hand.
struct Bench {
    refreshed: Refreshed<usize>,
    wall_s: Arc<AtomicU64>,
    monotonic_s: Arc<AtomicU64>,
    source: Arc<Source>,
}

struct Source {
    fetches: AtomicUsize,
    forced: AtomicUsize,
    is_up: AtomicBool,
    fresh_for: Mutex<Option<Duration>>,
    /// A fetch ends when it gets one.
    permits: Semaphore,
}

impl Source {
    async fn fetch(self: Arc<Self>, reason: Reason) -> Result<Fetched<usize>, KeyError> {
        let value = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        self.forced.fetch_add(usize::from(reason == Reason::Forced), Ordering::SeqCst);
        self.permits.acquire().await.unwrap().forget();
        let fresh_for = *self.fresh_for.lock().unwrap();
        if self.is_up.load(Ordering::SeqCst) {
            Ok(Fetched { value, fresh_for })
        } else {
            Err(KeyError::unavailable("down"))
        }
    }
}

impl Bench {
    fn new(intervals: Intervals) -> Self {
        Self::behind(false, intervals)
    }

    fn behind(has_cache: bool, intervals: Intervals) -> Self {
        let (wall_s, monotonic_s) = (Arc::new(AtomicU64::new(1_000_000)), Arc::default());
        let hands = (Arc::clone(&wall_s), Arc::clone(&monotonic_s));
        let clock = move || Moment {
            wall: Duration::from_secs(hands.0.load(Ordering::SeqCst)),
            monotonic: Duration::from_secs(AtomicU64::load(&hands.1, Ordering::SeqCst)),
        };
        let source = Arc::new(Source {
            fetches: AtomicUsize::new(0),
            forced: AtomicUsize::new(0),
            is_up: AtomicBool::new(true),
            fresh_for: Mutex::new(None),
            permits: Semaphore::new(1_000_000),
        });
        let fetched = Arc::clone(&source);
        let fetch: Fetch<usize> =
            Arc::new(move |reason| Arc::clone(&fetched).fetch(reason).boxed());
        let clock = Arc::new(clock);
        let refreshed = Refreshed::behind(has_cache, "value", intervals, clock, fetch);
        Self { refreshed, wall_s, monotonic_s, source }
    }

    fn pass(&self, seconds: u64) {
        self.wall_s.fetch_add(seconds, Ordering::SeqCst);
        self.monotonic_s.fetch_add(seconds, Ordering::SeqCst);
    }

    fn fetches(&self) -> usize {
        self.source.fetches.load(Ordering::SeqCst)
    }

    fn set_up(&self, is_up: bool) {
        self.source.is_up.store(is_up, Ordering::SeqCst);
    }

    /// What a request goes on with, and what the refresh that it sees brings.
    async fn get(&self) -> Result<(usize, Option<Result<usize, KeyError>>), KeyError> {
        let held = self.refreshed.get().await?;
        let refreshed = match held.refresh {
            Some(refresh) => Some(refresh.outcome().await.map(|value| *value)),
            None => None,
        };
        Ok((*held.value, refreshed))
    }
}

fn of_secrets() -> Bench {
    Bench::new(Intervals::OF_SECRETS)
}

#[tokio::test]
async fn a_value_is_fetched_once_in_five_minutes() {
    let bench = of_secrets();
    for _ in 0..3 {
        assert_eq!(bench.get().await, Ok((1, None)));
    }
    bench.pass(299);
    assert_eq!(bench.get().await, Ok((1, None)));
    bench.pass(1);
    assert_eq!(bench.get().await, Ok((1, Some(Ok(2)))));
    assert_eq!(bench.get().await, Ok((2, None)));
}

#[tokio::test]
async fn the_source_may_say_how_long_its_value_is_fresh() {
    let bench = of_secrets();
    *bench.source.fresh_for.lock().unwrap() = Some(Duration::from_hours(1));
    bench.get().await.unwrap();
    bench.pass(3_599);
    assert_eq!(bench.get().await, Ok((1, None)));
    bench.pass(1);
    // Past an hour a secret is not kept, so the request waits for the new one.
    assert_eq!(bench.get().await, Ok((2, None)));
}

#[tokio::test]
async fn a_stale_value_is_handed_out_while_the_new_one_is_on_its_way() {
    let bench = of_secrets();
    bench.get().await.unwrap();
    bench.source.permits.forget_permits(1_000_000);
    bench.pass(300);
    let (one, two) = (bench.refreshed.get().await.unwrap(), bench.refreshed.get().await.unwrap());
    assert_eq!((*one.value, *two.value), (1, 1));
    let (one, two) = (one.refresh.unwrap(), two.refresh.unwrap());
    bench.source.permits.add_permits(1);
    assert!(Arc::ptr_eq(&one.outcome().await.unwrap(), &two.outcome().await.unwrap()));
    assert_eq!(bench.fetches(), 2, "one fetch for both");
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_end_the_fetch() {
    let bench = of_secrets();
    bench.source.permits.forget_permits(1_000_000);
    let gone = tokio::time::timeout(Duration::from_millis(5), bench.refreshed.get()).await;
    assert!(gone.is_err());
    bench.source.permits.add_permits(1);
    assert_eq!(bench.get().await, Ok((1, None)));
    assert_eq!(bench.fetches(), 1);
}

#[tokio::test]
async fn a_fetch_that_was_frozen_with_the_process_is_given_up() {
    let bench = of_secrets();
    bench.get().await.unwrap();
    bench.source.permits.forget_permits(1_000_000);
    bench.pass(300);
    let frozen = bench.refreshed.get().await.unwrap().refresh.unwrap();
    tokio::task::yield_now().await;
    bench.wall_s.fetch_add(600, Ordering::SeqCst);
    let next = bench.refreshed.get().await.unwrap().refresh.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(bench.fetches(), 3);
    bench.source.permits.add_permits(2);
    assert_eq!((frozen.outcome().await, next.outcome().await), (Ok(2.into()), Ok(3.into())));
}

#[tokio::test]
async fn many_who_wait_share_one_fetch_whether_or_not_it_succeeds() {
    for is_up in [true, false] {
        let bench = Arc::new(of_secrets());
        bench.set_up(is_up);
        let waiting: Vec<_> = (0..1_000)
            .map(|_| {
                let bench = Arc::clone(&bench);
                tokio::spawn(async move { bench.get().await })
            })
            .collect();
        for answer in waiting {
            assert_eq!(answer.await.unwrap().is_ok(), is_up);
        }
        assert_eq!(bench.fetches(), 1);
    }
}

#[tokio::test]
async fn down_at_cold_start_is_tried_again_after_a_second() {
    let bench = of_secrets();
    bench.set_up(false);
    assert_eq!(bench.get().await, Err(KeyError::unavailable("down")));
    bench.set_up(true);
    assert_eq!(bench.get().await, Err(KeyError::CoolingDown));
    bench.pass(1);
    assert_eq!(bench.get().await, Ok((2, None)));
}

#[tokio::test]
async fn the_pauses_between_failures_double_up_to_half_a_minute() {
    let bench = Bench::new(Intervals::OF_KEY_SETS);
    bench.set_up(false);
    assert!(bench.get().await.is_err());
    for pause in [1, 2, 4, 8, 16, 30, 30] {
        bench.pass(pause - 1);
        assert_eq!(bench.get().await, Err(KeyError::CoolingDown), "{pause}");
        bench.pass(1);
        assert_eq!(bench.get().await, Err(KeyError::unavailable("down")), "{pause}");
    }
    bench.set_up(true);
    bench.pass(30);
    assert!(bench.get().await.is_ok());
    bench.set_up(false);
    bench.pass(7_200);
    assert!(bench.get().await.is_err());
    bench.pass(1);
    assert_eq!(bench.get().await, Err(KeyError::unavailable("down")), "from one second again");
}

#[tokio::test]
async fn a_pause_begins_when_an_attempt_has_failed_and_not_when_it_began() {
    let bench = Bench::new(Intervals::OF_KEY_SETS);
    bench.get().await.unwrap();
    bench.set_up(false);
    bench.pass(300);
    bench.source.permits.forget_permits(1_000_000);
    let hanging = bench.refreshed.get().await.unwrap().refresh.unwrap();
    bench.pass(5);
    bench.source.permits.add_permits(2);
    assert!(hanging.outcome().await.is_err());
    assert_eq!(bench.get().await, Ok((1, None)), "nobody waits again at once");
    bench.pass(1);
    assert_eq!(bench.get().await, Ok((1, Some(Err(KeyError::unavailable("down"))))));
}

#[tokio::test]
async fn down_with_a_value_is_bridged_for_an_hour_without_a_call_per_request() {
    let bench = of_secrets();
    bench.get().await.unwrap();
    bench.set_up(false);
    for _ in 0..11 {
        bench.pass(300);
        assert_eq!(bench.get().await, Ok((1, Some(Err(KeyError::unavailable("down"))))));
        for _ in 0..10 {
            assert_eq!(bench.get().await, Ok((1, None)));
        }
    }
    assert_eq!(bench.fetches(), 12);
    bench.pass(300);
    assert!(bench.get().await.is_err());
}

#[tokio::test]
async fn a_freeze_and_a_clock_set_back_are_both_seen() {
    let bench = of_secrets();
    bench.get().await.unwrap();
    bench.wall_s.fetch_add(600, Ordering::SeqCst);
    assert_eq!(bench.get().await, Ok((1, Some(Ok(2)))));
    bench.wall_s.fetch_sub(3_600, Ordering::SeqCst);
    bench.monotonic_s.fetch_add(300, Ordering::SeqCst);
    assert_eq!(bench.get().await, Ok((2, Some(Ok(3)))));
    bench.wall_s.fetch_add(3_600, Ordering::SeqCst);
    assert_eq!(bench.get().await, Ok((4, None)), "an hour by the wall clock");
}

#[tokio::test]
async fn an_unknown_key_fetches_once_in_thirty_seconds() {
    let bench = of_secrets();
    let seen = bench.refreshed.get().await.unwrap().value;
    bench.pass(29);
    assert!(bench.refreshed.newer_than(&seen).await.is_none());
    bench.pass(1);
    let newer = bench.refreshed.newer_than(&seen).await.unwrap();
    assert_eq!(*newer, 2);
    // Whoever comes with the old value gets the new one without a fetch.
    let same = bench.refreshed.newer_than(&seen).await.unwrap();
    assert!(Arc::ptr_eq(&newer, &same));
    assert!(bench.refreshed.newer_than(&newer).await.is_none());
    assert_eq!((bench.fetches(), bench.source.forced.load(Ordering::SeqCst)), (2, 1));
}

/// What a cache had need not be what there is: an unknown key is looked for behind it at once, and
/// then once in thirty seconds as everywhere.
#[tokio::test]
async fn what_came_from_a_cache_does_not_count_for_the_cool_down() {
    let bench = Bench::behind(true, Intervals::OF_SECRETS);
    let held = bench.refreshed.get().await.unwrap().value;
    let newer = bench.refreshed.newer_than(&held).await.unwrap();
    assert_eq!((*newer, bench.source.forced.load(Ordering::SeqCst)), (2, 1));
    assert!(bench.refreshed.newer_than(&newer).await.is_none());
    bench.pass(300);
    // Nor does it do for those who look behind it while it is on its way.
    bench.source.permits.forget_permits(usize::MAX);
    let due = bench.refreshed.get().await.unwrap();
    let forced = bench.refreshed.newer_than(&due.value);
    let release = async {
        tokio::task::yield_now().await;
        bench.source.permits.add_permits(2);
    };
    let (forced, ()) = tokio::join!(forced, release);
    assert_eq!((*forced.unwrap(), bench.source.forced.load(Ordering::SeqCst)), (4, 2));
    // What comes late from the cache does not take the place of what is newer.
    assert_eq!(*due.refresh.unwrap().outcome().await.unwrap(), 3);
    assert_eq!(*bench.refreshed.get().await.unwrap().value, 4);
}

#[tokio::test]
async fn a_failed_forced_fetch_keeps_the_value() {
    let bench = of_secrets();
    let seen = bench.refreshed.get().await.unwrap().value;
    bench.pass(60);
    bench.set_up(false);
    assert!(bench.refreshed.newer_than(&seen).await.is_none());
    assert_eq!(bench.get().await, Ok((1, None)));
}

#[tokio::test]
async fn instances_do_not_all_refresh_at_the_same_age() {
    let bench = of_secrets();
    let at = |nanos: u32| {
        let fetched = Moment { wall: Duration::new(5, nanos), monotonic: Duration::ZERO };
        bench.refreshed.fresh_for(None, fetched)
    };
    assert_eq!(at(0), Duration::from_mins(5));
    assert_eq!(at(500_000_000), Duration::from_secs(285));
}
