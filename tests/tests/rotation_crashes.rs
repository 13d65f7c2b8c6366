//! Rotations that break off: after every call to the outside, at any moment, and for good. What was
//! begun is ended by the same steps, asked for again.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use database::{Options, can_log_in};
use harness::moto::{Moto, REGION};
use harness::postgres::{self, Cluster};
use harness::server::Server;
use harness::{block_on, http, root, token, variables};
use keys::{Clock, Moment};
use rotation::{Error, Outcome, Request, Rotation, Step};
use serde_json::{Value, json};
use settings::{clock, read_rotation};
use vault::Vault;

fn rotation(moto: &Moto, settings: &[(&str, &str)]) -> Rotation {
    rotation_by(clock(), moto, settings)
}

fn rotation_by(clock: Clock, moto: &Moto, settings: &[(&str, &str)]) -> Rotation {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(moto.url(""))
        .build();
    let settings: settings::Map = variables(settings).into_iter().collect();
    let subject = read_rotation(&settings).unwrap();
    Rotation::new(subject, Vault::with_client(Client::from_conf(config)), clock)
}

fn version(number: usize) -> String {
    format!("rotation-{number:0>32}")
}

/// All four steps, as AWS asks for them; stops at the first that fails.
async fn rotate(rotation: &Rotation, arn: &str, number: usize) -> Result<(), Error> {
    for step in Step::ALL {
        rotation.run(&request(step, arn, number)).await?;
    }
    Ok(())
}

fn request(step: Step, arn: &str, number: usize) -> Request {
    Request { step, secret: arn.to_owned(), version: version(number) }
}

/// No rotation of anything makes fewer calls: four steps read labels and the version.
const FEWEST_CALLS: usize = 12;

/// The same rotation, which breaks off after so many calls.
fn breaking_after(rotation: Rotation, calls: usize) -> Rotation {
    let made = AtomicUsize::new(0);
    rotation.with_checkpoint(Arc::new(move |_| {
        if made.fetch_add(1, Ordering::Relaxed) + 1 == calls {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }))
}

fn is_broken_off(outcome: Result<(), Error>) -> bool {
    match outcome {
        Ok(()) => false,
        Err(Error::BrokenOff) => true,
        Err(error) => panic!("{error}"),
    }
}

/// One version in force, the one before, and no other.
fn assert_ended(moto: &Moto, arn: &str, number: usize, before: &str) {
    let labels = moto.labels(arn);
    assert_eq!(labels[&version(number)], ["AWSCURRENT"], "{labels:?}");
    assert_eq!(labels[before], ["AWSPREVIOUS"], "{labels:?}");
    assert_eq!(labels.len(), 2, "{labels:?}");
}

/// Intervals so short that a test may rotate every few seconds.
const SHORT: [(&str, &str); 4] = [
    ("TESSERA_MAX_TOKEN_LIFE", "1s"),
    ("TESSERA_SECRET_REFRESH", "300ms"),
    ("TESSERA_SECRET_HARD_LIMIT", "1s"),
    ("TESSERA_SECRET_COOLDOWN", "200ms"),
];

/// After which a secret may be replaced with these: hard limit and life, and a second for a store
/// that tells whole ones.
const REPLACED_AFTER: Duration = Duration::from_secs(3);

/// A server that verifies with the secret; its database is not there.
fn serve(moto: &Moto, arn: &str) -> Server {
    let mut environment = moto.environment();
    let place =
        [("CUBEJS_DB_NAME", "shop"), ("CUBEJS_DB_USER", "me"), ("TESSERA_API_SECRET_ARN", arn)];
    environment.extend(variables(&place));
    environment.extend(variables(&SHORT));
    Server::start(&root().join("tests/conformance"), environment)
}

fn key_rotation(moto: &Moto, server: &Server) -> Rotation {
    key_rotation_by(clock(), moto, server)
}

fn key_rotation_by(clock: Clock, moto: &Moto, server: &Server) -> Rotation {
    let url = server.url("");
    let settings = [("TESSERA_ROTATE", "keys"), ("TESSERA_TEST_URL", &url)];
    rotation_by(clock, moto, &[&settings[..], &SHORT].concat())
}

/// Signs with the version in force, read `age` before at most, and has it verified by every server,
/// over and over. Returns how often, and what was refused.
fn verify(
    moto: &Moto,
    servers: &[Server],
    arn: &str,
    age: Duration,
    is_over: &AtomicBool,
) -> (usize, Vec<u16>) {
    let (mut verified, mut refused) = (0, Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let (kid, secret) = moto.labelled(arn, "AWSCURRENT");
        let read = Instant::now();
        loop {
            let header = json!({ "alg": "HS256", "typ": "JWT", "kid": kid });
            let payload = json!({ "iat": token::now(), "exp": token::now() + 1 }).to_string();
            let token = token::signed(&header, &payload, &secret);
            for server in servers {
                let url = server.url("/cubejs-api/v1/meta");
                match http::send("GET", &url, &[("authorization", &token)], "").status {
                    200 => verified += 1,
                    status => refused.push(status),
                }
            }
            if read.elapsed() >= age || is_over.load(Ordering::Relaxed) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    (verified, refused)
}

/// Runs `rotations`, which ask the first server, while two signers go on: one that sees every change
/// at once, and one that holds what it has read for as long as it may.
fn under_verification(
    moto: &Moto,
    servers: &[Server],
    arn: &str,
    rotations: impl Future<Output = ()>,
) {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let signers = [Duration::ZERO, Duration::from_millis(800)];
        let signers = signers.map(|age| {
            let is_over = &is_over;
            scope.spawn(move || verify(moto, servers, arn, age, is_over))
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| block_on(rotations)));
        is_over.store(true, Ordering::Relaxed);
        for signer in signers {
            let (verified, refused) = signer.join().unwrap();
            assert!(refused.is_empty(), "{} of {verified} refused: {refused:?}", refused.len());
            assert!(verified > 20, "{verified}");
        }
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

/// C-01
#[test]
fn a_crash_after_any_call_refuses_no_token_and_is_made_good_by_the_same_steps() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    let servers = [serve(&moto, &arn), serve(&moto, &arn)];
    under_verification(&moto, &servers, &arn, async {
        for number in 1.. {
            let before = moto.labelled(&arn, "AWSCURRENT").0;
            moto.begin_rotation(&arn, &version(number));
            let broken = breaking_after(key_rotation(&moto, &servers[0]), number);
            let is_broken = is_broken_off(rotate(&broken, &arn, number).await);
            rotate(&key_rotation(&moto, &servers[0]), &arn, number).await.unwrap();
            assert_ended(&moto, &arn, number, &before);
            if !is_broken {
                assert!(number > FEWEST_CALLS, "only {number} calls");
                return;
            }
            tokio::time::sleep(REPLACED_AFTER).await;
        }
    });
}

/// C-17
#[test]
fn a_function_that_is_ended_at_any_moment_refuses_no_token_and_is_made_good() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    let servers = [serve(&moto, &arn), serve(&moto, &arn)];
    under_verification(&moto, &servers, &arn, async {
        for number in 0..8 {
            let before = moto.labelled(&arn, "AWSCURRENT").0;
            moto.begin_rotation(&arn, &version(number));
            // A whole rotation takes some two seconds here.
            let moment = Duration::from_millis(40 + 280 * number as u64);
            let ended = key_rotation(&moto, &servers[0]);
            let _ = tokio::time::timeout(moment, rotate(&ended, &arn, number)).await;
            rotate(&key_rotation(&moto, &servers[0]), &arn, number).await.unwrap();
            assert_ended(&moto, &arn, number, &before);
            tokio::time::sleep(REPLACED_AFTER).await;
        }
    });
}

/// C-05
#[tokio::test]
async fn a_version_that_waited_too_long_is_given_up_and_replaced_by_the_next() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    let server = serve(&moto, &arn);
    moto.begin_rotation(&arn, &version(0));
    let first = key_rotation(&moto, &server);
    first.run(&request(Step::Create, &arn, 0)).await.unwrap();
    // Hard limit without refresh, and the leeway of verifiers.
    let clock = clock();
    let ahead = move || Moment { wall: clock().wall + Duration::from_mins(1), ..clock() };
    let late = key_rotation_by(Arc::new(ahead), &moto, &server);
    let refused = late.run(&request(Step::Finish, &arn, 0)).await.unwrap_err();
    assert!(matches!(refused, Error::TooOld), "{refused:?}");
    let refused = late.run(&request(Step::Create, &arn, 0)).await.unwrap_err();
    assert!(matches!(refused, Error::NotPending), "{refused:?}");
    assert_eq!(moto.labels(&arn).len(), 1, "{:?}", moto.labels(&arn));
    let before = moto.labelled(&arn, "AWSCURRENT").0;
    moto.begin_rotation(&arn, &version(1));
    rotate(&first, &arn, 1).await.unwrap();
    assert_ended(&moto, &arn, 1, &before);
}

/// C-04
#[tokio::test]
async fn of_two_rotations_at_once_one_takes_over_and_the_other_changes_nothing() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    let server = serve(&moto, &arn);
    let before = moto.labelled(&arn, "AWSCURRENT").0;
    // AWS refuses to begin the second; where it does not, the label tells them apart.
    moto.begin_rotation(&arn, &version(0));
    let one = key_rotation(&moto, &server);
    one.run(&request(Step::Create, &arn, 0)).await.unwrap();
    moto.begin_rotation(&arn, &version(1));
    for step in Step::ALL {
        let refused = one.run(&request(step, &arn, 0)).await.unwrap_err();
        assert!(matches!(refused, Error::NotPending), "{refused:?}");
    }
    // The same rotation twice, side by side: whoever comes second finds it done, or is refused.
    let (first, second) = (key_rotation(&moto, &server), key_rotation(&moto, &server));
    let both = tokio::join!(rotate(&first, &arn, 1), rotate(&second, &arn, 1));
    assert!(both.0.is_ok() || both.1.is_ok(), "{both:?}");
    rotate(&first, &arn, 1).await.unwrap();
    assert_ended(&moto, &arn, 1, &before);
}

/// A server that answers everybody with this status, on a thread that ends with the test program.
fn answer_everybody(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 8192]);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n");
            let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{{}}").as_bytes());
        }
    });
    url
}

/// C-05
#[tokio::test]
async fn what_no_load_has_verified_is_not_put_into_force() {
    let moto = Moto::start();
    let arn = moto.create_secret("rotated", token::SECRET);
    let other = moto.create_secret("other", token::SECRET);
    let server = serve(&moto, &other);
    moto.begin_rotation(&arn, &version(0));
    let unknown = key_rotation(&moto, &server);
    unknown.run(&request(Step::Create, &arn, 0)).await.unwrap();
    let labels = moto.labels(&arn);
    let at = |url: &str| {
        let settings = [("TESSERA_ROTATE", "keys"), ("TESSERA_TEST_URL", url)];
        rotation(&moto, &[&settings[..], &SHORT].concat())
    };
    for (rotation, part) in [
        (unknown, "did not accept a token of the pending key: status 403"),
        (at(&answer_everybody("200 OK")), "accepts a token that nobody has signed"),
        (at(&answer_everybody("404 Not Found")), "is not `load`: status 404"),
        (at(&answer_everybody("302 Found")), "is not `load`: status 302"),
    ] {
        let refused = rotation.run(&request(Step::Finish, &arn, 0)).await.unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
        assert_eq!(moto.labels(&arn), labels);
    }
}

const SUPERUSER: &str = "postgres";

fn cluster() -> Cluster {
    Cluster::start(Path::new("/dev/null"), &[("log_statement", "all")])
}

fn login(cluster: &Cluster, user: &str, password: &str) -> Value {
    json!({
        "engine": "postgres", "host": "127.0.0.1", "port": cluster.port, "username": user,
        "password": password, "dbname": postgres::DATABASE,
    })
}

fn options(value: &str) -> Options {
    let value: Value = serde_json::from_str(value).unwrap();
    let text = |name: &str| value[name].as_str().unwrap().to_owned();
    Options {
        host: text("host"),
        port: u16::try_from(value["port"].as_u64().unwrap()).unwrap(),
        name: text("dbname"),
        user: text("username"),
        password: text("password").into(),
        ..Options::default()
    }
}

/// Rotates the credentials with a break after the first call, after the second, and so on, until
/// there are no more.
async fn sweep(moto: &Moto, arn: &str, rotation: impl Fn() -> Rotation) {
    for number in 1.. {
        let before = moto.labelled(arn, "AWSCURRENT").0;
        moto.begin_rotation(arn, &version(number));
        let broken = breaking_after(rotation(), number);
        let is_broken = is_broken_off(rotate(&broken, arn, number).await);
        rotate(&rotation(), arn, number).await.unwrap();
        assert_ended(moto, arn, number, &before);
        let current = options(&moto.labelled(arn, "AWSCURRENT").1);
        assert!(can_log_in(&current).await.unwrap(), "after {number} calls");
        if !is_broken {
            assert!(number > FEWEST_CALLS, "only {number} calls");
            return;
        }
    }
}

fn assert_no_password_is_logged(cluster: &Cluster, moto: &Moto, arn: &str) {
    let log = cluster.log();
    assert!(log.contains("SCRAM-SHA-256$"), "the statements are logged: {log}");
    for label in ["AWSCURRENT", "AWSPREVIOUS"] {
        let value: Value = serde_json::from_str(&moto.labelled(arn, label).1).unwrap();
        assert!(!log.contains(value["password"].as_str().unwrap()));
    }
}

/// C-01
#[tokio::test]
async fn the_password_of_one_role_is_rotated_whatever_breaks_off() {
    let (moto, cluster) = (Moto::start(), cluster());
    let value = login(&cluster, postgres::USER, postgres::PASSWORD).to_string();
    let arn = moto.create_secret("credentials", &value);
    sweep(&moto, &arn, || rotation(&moto, &[("TESSERA_ROTATE", "database")])).await;
    let previous = options(&moto.labelled(&arn, "AWSPREVIOUS").1);
    assert!(!can_log_in(&previous).await.unwrap(), "the password before is over");
    assert_no_password_is_logged(&cluster, &moto, &arn);
}

/// C-01
#[tokio::test]
async fn two_roles_take_turns_and_the_one_in_force_always_gets_in() {
    let (moto, cluster) = (Moto::start(), cluster());
    let value = login(&cluster, postgres::USER, postgres::PASSWORD).to_string();
    let arn = moto.create_secret("credentials", &value);
    let superuser = login(&cluster, SUPERUSER, postgres::PASSWORD).to_string();
    let superuser = moto.create_secret("superuser", &superuser);
    let settings = [
        ("TESSERA_ROTATE", "database"),
        ("TESSERA_ROTATE_USERS", "alternating"),
        ("TESSERA_SUPERUSER_SECRET_ARN", &superuser),
    ];
    let is_over = AtomicBool::new(false);
    let logins = async {
        let (mut count, mut refused) = (0, 0);
        while !is_over.load(Ordering::Relaxed) {
            let current = options(&moto.labelled(&arn, "AWSCURRENT").1);
            count += 1;
            refused += usize::from(!can_log_in(&current).await.unwrap());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (count, refused)
    };
    let rotations = async {
        sweep(&moto, &arn, || rotation(&moto, &settings)).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let ((count, refused), ()) = tokio::join!(logins, rotations);
    assert!(count > 10 && refused == 0, "{refused} of {count} refused");
    let users = ["AWSCURRENT", "AWSPREVIOUS"].map(|label| options(&moto.labelled(&arn, label).1));
    for options in &users {
        assert!(can_log_in(options).await.unwrap(), "both roles get in: {}", options.user);
    }
    assert_ne!(users[0].user, users[1].user);
    assert_no_password_is_logged(&cluster, &moto, &arn);
}

#[tokio::test]
async fn credentials_that_do_not_get_in_are_not_put_into_force() {
    let (moto, cluster) = (Moto::start(), cluster());
    let arn = moto.create_secret("credentials", &login(&cluster, postgres::USER, "x").to_string());
    let elsewhere = json!({ "username": "postgres", "password": "x", "host": "db.example" });
    let superuser = moto.create_secret("superuser", &elsewhere.to_string());
    moto.begin_rotation(&arn, &version(0));
    let labels = moto.labels(&arn);
    let single = rotation(&moto, &[("TESSERA_ROTATE", "database")]);
    assert_eq!(single.run(&request(Step::Create, &arn, 0)).await.unwrap(), Outcome::Done);
    for step in [Step::Set, Step::Test, Step::Finish] {
        let refused = single.run(&request(step, &arn, 0)).await.unwrap_err();
        assert!(matches!(refused, Error::NotLetIn { .. }), "{refused:?}");
    }
    // A superuser's password is not sent to where the other secret says.
    let settings = [
        ("TESSERA_ROTATE", "database"),
        ("TESSERA_ROTATE_USERS", "alternating"),
        ("TESSERA_SUPERUSER_SECRET_ARN", superuser.as_str()),
    ];
    moto.begin_rotation(&arn, &version(1));
    let alternating = rotation(&moto, &settings);
    alternating.run(&request(Step::Create, &arn, 1)).await.unwrap();
    let refused = alternating.run(&request(Step::Set, &arn, 1)).await.unwrap_err();
    assert!(matches!(refused, Error::Contradiction { .. }), "{refused:?}");
    assert_eq!(moto.labels(&arn).len(), labels.len());
    assert_eq!(moto.labelled(&arn, "AWSCURRENT").0, format!("{:-<32}", "credentials"));
}
