//! Why a project cannot be served, and why one of its functions gave no answer.

use javascript::{Place, Reason};

use crate::driver::DriverFault;

/// Everything that is wrong with `cube.js`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(pub Vec<Mistake>);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            mistake.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// One thing that is wrong with `cube.js`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The code does not run.
    #[error(transparent)]
    Code(#[from] javascript::Error),
    /// Neither `module.exports = {...}` nor `export default {...}`.
    #[error("{file} exports no object: write `module.exports = {{ ... }}`")]
    NoOptions {
        /// The file.
        file: String,
    },
    /// No such option.
    #[error("{file}: there is no option `{name}`{}", nearest.map(|name| format!(": did you mean `{name}`?")).unwrap_or_default())]
    Unknown {
        /// The file.
        file: String,
        /// As it was written.
        name: String,
        /// What was meant, perhaps.
        nearest: Option<&'static str>,
    },
    /// An option that cannot be honoured.
    #[error("{file}: option `{name}` is not supported: {reason}")]
    Refused {
        /// The file.
        file: String,
        /// Its name, with those of the objects it is in.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A value of the wrong form.
    #[error("{file}: option `{name}` must be {expected}")]
    Form {
        /// The file.
        file: String,
        /// Its name, with those of the objects it is in.
        name: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Two options for one thing.
    #[error("{file}: `{one}` and `{other}` say the same: keep one")]
    Both {
        /// The file.
        file: String,
        /// One name.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
}

/// A function of `cube.js`, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its name.
    pub name: &'static str,
    /// Where it stands; nothing for one that is not written out in the author's files.
    pub place: Option<Box<Place>>,
}

impl std::fmt::Display for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: `{}`", self.name),
            None => write!(f, "cube.js: `{}`", self.name),
        }
    }
}

/// Why a function of `cube.js` gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// The author threw an error: it is how authors refuse.
    #[error("{hook} refuses: {sentence}")]
    Refused {
        /// The function.
        hook: Hook,
        /// As JavaScript prints the error: `Error: You shall not pass`.
        sentence: String,
    },
    /// `jsonwebtoken` refused a token, and the code let its error through.
    #[error("{hook} refuses a token: {sentence}")]
    Token {
        /// The function.
        hook: Hook,
        /// `TokenExpiredError: jwt expired`
        sentence: String,
    },
    /// The code is wrong, does not end, or gave back something of no use.
    #[error("{hook} failed: {error}")]
    Broken {
        /// The function.
        hook: Hook,
        /// What happened, and where.
        error: javascript::Error,
    },
    /// The answer has the wrong form.
    #[error("{hook} must return {expected}")]
    Form {
        /// The function.
        hook: Hook,
        /// What it may be.
        expected: &'static str,
    },
    /// `driverFactory` said something of a database that cannot be honoured.
    #[error("{hook} gave a driver that cannot be used: {fault}")]
    Driver {
        /// The function.
        hook: Hook,
        /// What is wrong with it.
        fault: DriverFault,
    },
}

/// What the engine throws for mistakes in the code, by itself.
const MISTAKES: &[&str] = &[
    "TypeError",
    "ReferenceError",
    "RangeError",
    "SyntaxError",
    "InternalError",
    "EvalError",
    "URIError",
    "AggregateError",
];

/// What `jsonwebtoken` throws for tokens.
const TOKEN_ERRORS: &[&str] = &["JsonWebTokenError", "TokenExpiredError", "NotBeforeError"];

impl HookError {
    /// An error of a call, told apart by who caused it.
    pub(crate) fn of(hook: Hook, error: javascript::Error) -> Self {
        if let Reason::Thrown { name, message } = &error.reason
            && !MISTAKES.contains(&name.as_str())
        {
            let sentence =
                if message.is_empty() { name.clone() } else { format!("{name}: {message}") };
            let is_of_tokens = TOKEN_ERRORS.contains(&name.as_str());
            return if is_of_tokens {
                Self::Token { hook, sentence }
            } else {
                Self::Refused { hook, sentence }
            };
        }
        Self::Broken { hook, error }
    }
}
