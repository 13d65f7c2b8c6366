//! A certificate that the process asks a public authority for, and keeps in a folder.
//!
//! | file there | what |
//! |---|---|
//! | `certificate.json` | the pair, as the value of a secret is ([`Pair::from_secret`]); without it, another is ordered |
//! | `account.json` | the account at the authority |
//! | `attempts.json` | what was asked of it, so that a process that starts again and again asks no more than one that runs |
//! | `lock` | held by whoever looks: of several processes one orders |
//!
//! | file | what |
//! |---|---|
//! | `folder` | files that are whole, and for their owner alone |
//! | `attempts` | when the authority may be asked again |
//! | `advice` | when it would have the certificate renewed |
//! | `stand_in` | what is served until there is one |

mod advice;
mod attempts;
mod folder;
mod stand_in;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use acme::{Account, Answers, Directory, Proof};
use certificate::{Decision, Pair, Profile, Reason, Stored, decide, text_of};
use futures_util::FutureExt as _;
use secrecy::SecretString;
use tokio::time::timeout;

use crate::error::Error;
use crate::renewal::{Clock, checked};
use crate::source::PairSource;
use advice::Advice;
use attempts::Attempts;
use folder::Folder;
use stand_in::Shown;

const CERTIFICATE: &str = "certificate.json";
const ACCOUNT: &str = "account.json";
const ATTEMPTS: &str = "attempts.json";

/// Longer than an authority takes that is not in trouble.
const ORDER_TIME_MAX: Duration = Duration::from_mins(5);

/// After what failed, the folder is looked at no more often: what is wrong with a disk is not said
/// every second. When the authority is asked again is for [`Attempts`] to say.
const PAUSE: Duration = Duration::from_mins(1);

/// What is asked for, and where.
#[derive(Debug, Clone)]
pub struct Order {
    /// Where the authority is.
    pub directory: Directory,
    /// What the certificate is to be; how long it lives is the authority's to say.
    pub profile: Profile,
    /// Where it is kept, in a folder below this one for each authority.
    pub folder: PathBuf,
}

/// Keeps a certificate of a public authority.
pub struct Keeper {
    order: Order,
    folder: Folder,
    answers: Answers,
    clock: Clock,
    shown: Mutex<Shown>,
}

/// What a keeper remembers from one look to the next.
#[derive(Debug, Default)]
struct Memory {
    advice: Advice,
    /// Until when it was said that an order waits.
    told: Option<Duration>,
}

impl Keeper {
    /// Opens the folder, which is made when it is not there. Nobody is asked for anything yet.
    ///
    /// # Errors
    /// [`Error::Unwritable`]
    pub async fn open(order: Order, clock: Clock) -> Result<Arc<Self>, Error> {
        let folder = Folder::open(&order.folder, &order.directory.url).await?;
        let (answers, shown) = (Answers::default(), Mutex::default());
        Ok(Arc::new(Self { order, folder, answers, clock, shown }))
    }

    /// What a server on port 80 of the names is to answer, while the authority asks.
    pub fn answers(&self) -> Answers {
        self.answers.clone()
    }

    /// The pair in the folder; until there is one that clients could take, one that signs itself.
    pub fn source(self: &Arc<Self>) -> PairSource {
        let keeper = Arc::clone(self);
        PairSource::Stored(Arc::new(move || {
            let keeper = Arc::clone(&keeper);
            async move { keeper.served().await.map_err(|error| error.to_string()) }.boxed()
        }))
    }

    async fn served(&self) -> Result<SecretString, Error> {
        let now = (self.clock)();
        let stored = self.folder.read(CERTIFICATE).await?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match good(stored, now) {
            Ok(stored) => {
                *shown = Shown::Issued;
                Ok(stored)
            }
            Err(why) => shown.stand_in(&self.order.profile.names, now, why),
        }
    }

    /// Looks again and again, for ever, and orders a certificate when it is time for it.
    pub async fn keep(self: Arc<Self>, every: Duration) {
        let mut memory = Memory::default();
        loop {
            // In a box: the futures of an order are deep.
            let looked = Box::pin(self.look(&mut memory)).await;
            if let Err(error) = &looked {
                tracing::error!(%error, "certificate not renewed");
            }
            tokio::time::sleep(if looked.is_ok() { every } else { every.max(PAUSE) }).await;
        }
    }

    /// # Errors
    /// [`Error`], and what is in the folder stays.
    async fn look(&self, memory: &mut Memory) -> Result<(), Error> {
        let Some(_lock) = self.folder.lock().await? else { return Ok(()) };
        let now = (self.clock)();
        let stored = self.folder.read(CERTIFICATE).await?;
        let pair = stored.as_ref().map(Pair::from_secret).transpose();
        let stored = match &pair {
            Err(error) => Stored::Unreadable(error),
            Ok(None) => Stored::Missing,
            Ok(Some(pair)) if self.is_recalled(pair, &mut memory.advice).await => {
                Stored::Recalled(pair)
            }
            Ok(Some(pair)) => Stored::Pair(pair),
        };
        let attempts = Attempts::read(self.folder.read(ATTEMPTS).await?.as_ref());
        let decision = decide(stored, &self.order.profile, &[], now, attempts.issued(now));
        let (reason, until) = match decision {
            Decision::Keep { .. } => return Ok(()),
            Decision::Wait { reason, until } => (reason, Some(until)),
            Decision::Renew(reason) => (reason, attempts.pause(now)),
        };
        match until {
            Some(until) => memory.wait(&reason, until),
            None => self.renew(&reason, pair.ok().flatten().as_ref(), attempts.begun(now)).await?,
        }
        Ok(())
    }

    /// Puts another pair into the folder. `attempts` say that this was tried.
    async fn renew(
        &self,
        reason: &Reason,
        replaced: Option<&Pair>,
        attempts: Attempts,
    ) -> Result<(), Error> {
        tracing::info!(%reason, authority = self.order.directory.url, "certificate is ordered");
        self.folder.write(ATTEMPTS, &attempts.text()).await?;
        let issued = timeout(ORDER_TIME_MAX, self.issue(replaced)).await;
        let pair = match issued.unwrap_or(Err(Error::OutOfTime)) {
            Err(error @ Error::Authority(acme::Error::RateLimited { .. })) => {
                self.folder.write(ATTEMPTS, &attempts.limited().text()).await?;
                return Err(error);
            }
            other => other?,
        };
        let fit = decide(Stored::Pair(&pair), &self.order.profile, &[], (self.clock)(), None);
        if let Decision::Renew(because) | Decision::Wait { reason: because, .. } = fit {
            return Err(Error::NotFit { because });
        }
        self.folder.write(CERTIFICATE, &pair.to_secret()).await?;
        self.folder.write(ATTEMPTS, &attempts.done().text()).await
    }

    async fn issue(&self, replaced: Option<&Pair>) -> Result<Pair, Error> {
        let account = match self.account().await? {
            Some(account) => account,
            None => self.new_account().await?,
        };
        let proof = Proof::Http(self.answers.clone());
        let replaced = replaced.and_then(|pair| pair.chain().first());
        Ok(account.issue(&self.order.profile, &proof, replaced).await?)
    }

    /// The account that is stored.
    async fn account(&self) -> Result<Option<Account>, Error> {
        let Some(stored) = self.folder.read(ACCOUNT).await? else { return Ok(None) };
        Ok(Some(Account::open(&self.order.directory, &stored).await?))
    }

    /// Another account, stored before it is used.
    async fn new_account(&self) -> Result<Account, Error> {
        let (account, stored) = Account::create(&self.order.directory).await?;
        self.folder.write(ACCOUNT, &stored).await?;
        Ok(account)
    }

    /// Whether the authority would have this pair renewed by now. One that does not say so, or does
    /// not answer, would not.
    async fn is_recalled(&self, pair: &Pair, advice: &mut Advice) -> bool {
        let Some((der, facts)) = pair.chain().first().zip(pair.facts().first()) else {
            return false;
        };
        let now = (self.clock)();
        if advice.is_old(facts, now) {
            let asked = async {
                let Some(account) = self.account().await? else { return Ok(None) };
                Ok::<_, Error>(account.window(der).await?)
            };
            let told = timeout(ORDER_TIME_MAX, Box::pin(asked)).await;
            let window = told.unwrap_or(Err(Error::OutOfTime)).unwrap_or_else(|error| {
                tracing::warn!(%error, "nobody knows whether the authority would renew");
                None
            });
            *advice = Advice::new(facts, window, now);
        }
        advice.is_over(now)
    }
}

/// What is stored, if it is a pair that clients would take.
fn good(stored: Option<SecretString>, now: Duration) -> Result<SecretString, Error> {
    let stored = stored.ok_or(Error::NotYet)?;
    checked(Pair::from_secret(&stored)?, now)?;
    Ok(stored)
}

impl Memory {
    /// Says once that an order waits.
    fn wait(&mut self, reason: &Reason, until: Duration) {
        if self.told != Some(until) {
            self.told = Some(until);
            tracing::warn!(%reason, until = text_of(until), "the order of a certificate waits");
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Keeper").field("order", &self.order).finish_non_exhaustive()
    }
}
