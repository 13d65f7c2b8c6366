//! Steady load while secrets rotate: `token` signs, `load` verifies, `rotate-secret` rotates, all three
//! under the Lambda emulator, against moto.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::lambda::{Emulator, HERE};
use crate::moto::Moto;
use crate::{http, token};

/// How long a token lives.
pub const TOKEN_LIFE: Duration = Duration::from_secs(5);
/// How long verifiers and signers go on with what they have read.
pub const HARD_LIMIT: Duration = Duration::from_secs(2);
/// What every verifier allows for clocks that differ.
const LEEWAY: Duration = Duration::from_secs(30);
/// Between the starts of two rotations.
pub const EVERY: Duration = Duration::from_secs(10);

/// Between two requests of each of two verifiers: a hundred a second from each, and less when the
/// answers take long.
const PAUSE: Duration = Duration::from_millis(10);

/// A token is used for so long after it was asked for. Its life is a second longer: what is sent
/// inside it is judged inside it.
const USED_FOR: Duration = Duration::from_secs(4);

/// The steps of a rotation, in their order.
pub const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// What the secret holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A shared secret: HS256.
    Secret,
    /// A key pair: ES256.
    Pair,
    /// A ring of shared secrets.
    Ring,
    /// A key pair that signs, and whose public half verifiers fetch from `token`: ES256.
    Published,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rotations that ended.
    pub rotations: usize,
    /// Tokens that were issued.
    pub issued: usize,
    /// Requests for tokens that were not answered with one.
    pub not_issued: usize,
    /// Tokens that were accepted inside their life, each time counted.
    pub verified: usize,
    /// Tokens that were not accepted inside their life: with what they were answered.
    pub rejected_alive: Vec<u16>,
    /// Tokens of keys whose overlap is over that were refused.
    pub refused_late: usize,
    /// The same, accepted.
    pub accepted_late: usize,
    /// Tokens that named a version which was not in force when they were issued.
    pub signed_early: usize,
}

/// One run.
struct Soak {
    moto: Moto,
    emulator: Emulator,
    arn: String,
    is_over: AtomicBool,
    counts: Mutex<Counts>,
    /// Tokens that are alive, with the moment they were asked for.
    alive: Mutex<Vec<(String, Instant)>>,
    /// Names of the versions that have been in force.
    in_force: Mutex<Vec<String>>,
    /// Keys, and when they were replaced.
    retired: Mutex<Vec<(Key, Instant)>>,
}

/// A shared secret as a test signs with it.
#[derive(Clone)]
struct Key {
    kid: String,
    secret: String,
}

/// Rotates a secret of this form every [`EVERY`] under load for `duration`; what was counted.
pub fn soak(form: Form, duration: Duration) -> Counts {
    let soak = Soak::start(form);
    std::thread::scope(|scope| {
        let workers: Vec<Box<dyn FnOnce() + Send>> = vec![
            Box::new(|| soak.issue()),
            Box::new(|| soak.verify(0)),
            Box::new(|| soak.verify(1)),
            Box::new(|| soak.verify_retired()),
        ];
        for worker in workers {
            scope.spawn(worker);
        }
        let _end = End(&soak.is_over);
        soak.rotate(form, duration);
    });
    soak.counts.into_inner().unwrap()
}

/// Ends the work of the others, also when a rotation fails.
struct End<'s>(&'s AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Soak {
    fn start(form: Form) -> Self {
        let moto = Moto::start();
        let (value, algorithms) = first_value(form);
        let arn = moto.create_secret("rotated", &value);
        let mut environment = moto.environment();
        let clients = json!({ "clients": [{ "id": "soak", "secret": CLIENT_SECRET }] });
        let settings = [
            ("CUBEJS_DB_NAME", "nobody-asks"),
            ("CUBEJS_DB_USER", "nobody"),
            ("CUBEJS_JWT_ALGS", algorithms),
            ("TESSERA_CLIENTS", &clients.to_string()),
            ("TESSERA_MAX_TOKEN_LIFE", &format!("{}s", TOKEN_LIFE.as_secs())),
            ("TESSERA_SECRET_REFRESH", "1s"),
            ("TESSERA_SECRET_HARD_LIMIT", &format!("{}s", HARD_LIMIT.as_secs())),
            ("TESSERA_SECRET_COOLDOWN", "500ms"),
        ];
        let place = match form {
            Form::Published => published(&arn),
            Form::Secret | Form::Pair | Form::Ring => {
                vec![("TESSERA_API_SECRET_ARN", arn.clone()), ("TESSERA_ROTATE", "keys".to_owned())]
            }
        };
        let settings = settings.map(|(name, value)| (name, value.to_owned()));
        let settings = settings.into_iter().chain(place);
        environment.extend(settings.map(|(name, value)| (name.to_owned(), value)));
        let emulator = Emulator::start(&environment);
        let first = moto.labelled(&arn, "AWSCURRENT").0;
        let in_force =
            Mutex::new(vec![if form == Form::Ring { "first".to_owned() } else { first }]);
        Self {
            moto,
            emulator,
            arn,
            is_over: AtomicBool::new(false),
            counts: Mutex::default(),
            alive: Mutex::default(),
            in_force,
            retired: Mutex::default(),
        }
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.counts.lock().unwrap());
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn rotate(&self, form: Form, duration: Duration) {
        let began = Instant::now();
        let mut number = 0;
        while began.elapsed() < duration {
            let due = EVERY * (number + 1);
            std::thread::sleep(due.saturating_sub(began.elapsed()).min(duration));
            if began.elapsed() >= duration {
                break;
            }
            number += 1;
            let version = format!("rotation-{number:0>32}");
            self.moto.begin_rotation(&self.arn, &version);
            let before = self.moto.labelled(&self.arn, "AWSCURRENT");
            for step in &STEPS {
                if *step == "finishSecret" {
                    // From here on a signer may have it.
                    self.in_force.lock().unwrap().push(version.clone());
                }
                let event = json!({
                    "Step": step, "SecretId": self.arn, "ClientRequestToken": version,
                });
                self.emulator.send("rotate-secret", &event).unwrap();
            }
            if form == Form::Secret {
                let (kid, secret) = before;
                self.retired.lock().unwrap().push((Key { kid, secret }, Instant::now()));
            }
            self.count(|counts| counts.rotations += 1);
        }
        // The last tokens live on.
        std::thread::sleep(TOKEN_LIFE);
    }

    fn issue(&self) {
        let basic = STANDARD.encode(format!("soak:{CLIENT_SECRET}"));
        let headers = [("authorization", format!("Basic {basic}"))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        while !self.is_over() {
            let asked = Instant::now();
            let url = self.emulator.url("/auth/cubejs-token");
            let answer = http::send("GET", &url, &headers, "");
            if answer.status != 200 {
                self.count(|counts| counts.not_issued += 1);
                continue;
            }
            let token = answer.json()["token"].as_str().unwrap().to_owned();
            let kid = token::header(&token)["kid"].as_str().unwrap().to_owned();
            let is_early = !self.in_force.lock().unwrap().contains(&kid);
            self.count(|counts| {
                counts.issued += 1;
                counts.signed_early += usize::from(is_early);
            });
            self.alive.lock().unwrap().push((token, asked));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks with every token that is alive, over and over: from its first moment to its last.
    fn verify(&self, mut index: usize) {
        while !self.is_over() {
            let token = {
                let mut alive = self.alive.lock().unwrap();
                alive.retain(|(_, asked)| asked.elapsed() < USED_FOR);
                index += 2;
                let newest = alive.last().filter(|_| index % 4 < 2);
                newest.or_else(|| alive.get(index % alive.len().max(1))).cloned()
            };
            let Some((token, _)) = token else {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            };
            match self.status(&token) {
                200 => self.count(|counts| counts.verified += 1),
                status => self.count(|counts| counts.rejected_alive.push(status)),
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Signs with keys whose overlap is over, as somebody would who has stolen them.
    fn verify_retired(&self) {
        let overlap = HARD_LIMIT + TOKEN_LIFE + LEEWAY;
        while !self.is_over() {
            let retired = self.retired.lock().unwrap().clone();
            for (key, _) in retired.iter().filter(|(_, since)| since.elapsed() > overlap) {
                let header = json!({ "alg": "HS256", "typ": "JWT", "kid": key.kid });
                let payload = json!({ "iat": token::now(), "exp": token::now() + 4 }).to_string();
                let status = self.status(&token::signed(&header, &payload, &key.secret));
                self.count(|counts| match status {
                    200 => counts.accepted_late += 1,
                    _ => counts.refused_late += 1,
                });
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn status(&self, token: &str) -> u16 {
        let url = self.emulator.url("/cubejs-api/v1/meta");
        http::send("GET", &url, &[("authorization", token)], "").status
    }
}

const CLIENT_SECRET: &str = "client-secret-of-the-soak-0123456789";

/// The value that the secret has at first, and the algorithms of its tokens.
fn first_value(form: Form) -> (String, &'static str) {
    match form {
        Form::Secret => (token::SECRET.to_owned(), "HS256"),
        Form::Pair | Form::Published => (tessera(&["secret", "new", "--pair", "ES256"]), "ES256"),
        Form::Ring => {
            let mut ring: Value =
                serde_json::from_str(&tessera(&["secret", "new", "--ring"])).unwrap();
            ring["keys"][0]["kid"] = json!("first");
            (ring.to_string(), "HS256")
        }
    }
}

/// The variables of those who sign with the key at `arn`, publish it, and verify with what is
/// published.
fn published(arn: &str) -> Vec<(&'static str, String)> {
    let issuer = json!([{
        "issuer": HERE, "audience": "soak", "algorithms": ["ES256"],
        "jwks_url": format!("{HERE}/.well-known/jwks.json"),
    }]);
    let fixed = [
        ("TESSERA_ROTATE", "signing-key"),
        // A refresh, a cool-down, and half a second on the way.
        ("TESSERA_ROTATE_REST", "2s"),
        ("TESSERA_JWKS_FRESH_MIN", "500ms"),
        ("TESSERA_JWKS_FRESH_MAX", "1s"),
        ("TESSERA_JWKS_COOLDOWN", "500ms"),
        ("TESSERA_TOKEN_ISSUER", HERE),
        ("CUBEJS_JWT_AUDIENCE", "soak"),
    ];
    let fixed = fixed.map(|(name, value)| (name, value.to_owned()));
    let places =
        [("TESSERA_SIGNING_KEY_ARN", arn.to_owned()), ("TESSERA_ISSUERS", issuer.to_string())];
    fixed.into_iter().chain(places).collect()
}

/// What the command line prints.
fn tessera(arguments: &[&str]) -> String {
    let output = std::process::Command::new(crate::binary("tessera")).args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
