//! Every call to the outside. After each one there is a checkpoint, where a test ends the step as a
//! crash would: what was done is done, and nobody has heard of it.

use std::ops::ControlFlow;
use std::sync::Arc;

use database::{Options, Roles};
use secrecy::SecretString;
use vault::{Label, Labels, Vault, Version};

use crate::{Error, Load};

/// A call that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// The labels of the secret were read.
    ReadLabels,
    /// A version was read.
    ReadVersion,
    /// The pending version was written.
    WriteVersion,
    /// The version was put into force.
    MakeCurrent,
    /// The label of the pending version was taken away.
    EndPending,
    /// `load` was asked.
    AskLoad,
    /// A login was tried.
    LogIn,
    /// The database was asked for a role.
    FindRole,
    /// A role was made, or its password changed.
    ChangeRole,
    /// AWS Certificate Manager was asked for a certificate.
    ReadImported,
    /// A pair was imported there.
    Import,
    /// The trust bundle was read.
    ReadBundle,
    /// The trust bundle was written.
    WriteBundle,
    /// A domain was asked for the version that it reads of the bundle.
    ReadDomain,
    /// A domain was told to read another.
    ChangeDomain,
    /// A public authority was asked for an account, or when it would renew.
    AskAuthority,
    /// A public authority has issued a certificate.
    Order,
}

/// What is asked after every call whether to go on.
pub type Checkpoint = Arc<dyn Fn(Call) -> ControlFlow<()> + Send + Sync>;

/// The outside of one step.
pub(crate) struct Outside<'r> {
    pub(crate) vault: &'r Vault,
    pub(crate) secret: &'r str,
    pub(crate) checkpoint: &'r Checkpoint,
}

impl Outside<'_> {
    pub(crate) async fn labels(&self) -> Result<Labels, Error> {
        self.call(Call::ReadLabels, self.vault.labels(self.secret)).await
    }

    pub(crate) async fn labelled(&self, label: Label) -> Result<Option<Version>, Error> {
        self.call(Call::ReadVersion, self.vault.labelled(self.secret, label)).await
    }

    /// The version in force of another secret.
    pub(crate) async fn current_of(&self, secret: &str) -> Result<Option<Version>, Error> {
        self.labelled_of(secret, Label::Current).await
    }

    /// The version of another secret with this label.
    pub(crate) async fn labelled_of(
        &self,
        secret: &str,
        label: Label,
    ) -> Result<Option<Version>, Error> {
        self.call(Call::ReadVersion, self.vault.labelled(secret, label)).await
    }

    pub(crate) async fn version(&self, id: &str) -> Result<Option<Version>, Error> {
        self.call(Call::ReadVersion, self.vault.version(self.secret, id)).await
    }

    pub(crate) async fn put_pending(&self, id: &str, value: &SecretString) -> Result<(), Error> {
        self.call(Call::WriteVersion, self.vault.put_pending(self.secret, id, value)).await
    }

    pub(crate) async fn put(
        &self,
        id: &str,
        value: &SecretString,
        label: Label,
    ) -> Result<(), Error> {
        self.call(Call::WriteVersion, self.vault.put(self.secret, id, value, label)).await
    }

    pub(crate) async fn make_current(&self, id: &str, in_place_of: &str) -> Result<(), Error> {
        let made = self.vault.make_current(self.secret, id, in_place_of);
        self.call(Call::MakeCurrent, made).await
    }

    pub(crate) async fn end_pending(&self, id: &str) -> Result<(), Error> {
        self.call(Call::EndPending, self.vault.end_pending(self.secret, id)).await
    }

    /// The status that `load` answers this token with, or in a word why there is no answer.
    pub(crate) async fn ask(
        &self,
        load: &Load,
        token: &str,
    ) -> Result<Result<u16, &'static str>, Error> {
        let asked = async { Ok::<_, Error>(load.web.status(&load.address, token).await) };
        self.call(Call::AskLoad, asked).await
    }

    pub(crate) async fn can_log_in(&self, options: &Options) -> Result<bool, Error> {
        self.call(Call::LogIn, database::can_log_in(options)).await
    }

    /// `None` when the database does not let them in.
    pub(crate) async fn connect(&self, options: &Options) -> Result<Option<Roles>, Error> {
        self.call(Call::LogIn, Roles::connect(options)).await
    }

    pub(crate) async fn has_role(&self, roles: &Roles, role: &str) -> Result<bool, Error> {
        self.call(Call::FindRole, roles.exists(role)).await
    }

    pub(crate) async fn set_password(
        &self,
        roles: &Roles,
        role: &str,
        password: &SecretString,
    ) -> Result<(), Error> {
        self.call(Call::ChangeRole, roles.set_password(role, password)).await
    }

    pub(crate) async fn create_member(
        &self,
        roles: &Roles,
        role: &str,
        of: &str,
        password: &SecretString,
    ) -> Result<(), Error> {
        self.call(Call::ChangeRole, roles.create_member(role, of, password)).await
    }

    async fn call<T, E: Into<Error>>(
        &self,
        call: Call,
        outcome: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        checked(self.checkpoint, call, outcome).await
    }
}

/// Makes a call, and asks whether to go on.
pub(crate) async fn checked<T, E: Into<Error>>(
    checkpoint: &Checkpoint,
    call: Call,
    outcome: impl Future<Output = Result<T, E>>,
) -> Result<T, Error> {
    let value = outcome.await.map_err(Into::into)?;
    match checkpoint(call) {
        ControlFlow::Continue(()) => Ok(value),
        ControlFlow::Break(()) => Err(Error::BrokenOff),
    }
}
