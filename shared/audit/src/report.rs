//! What a log shows about the processes that wrote it.

use std::fmt;

/// What a log shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Those that wrote audit lines, in the order of their first lines' times.
    pub instances: Vec<Instance>,
    /// Lines of the log, counted from 1, that were audit lines and cannot be read any more.
    pub damaged: Vec<u64>,
}

/// One process and its lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its id.
    pub id: String,
    /// How many of its lines are as they were written.
    pub lines: u64,
    /// The first of them.
    pub first: Place,
    /// The last of them.
    pub last: Place,
    /// Allowed requests whose end is not in the log: they were running when it ends, or the process
    /// was killed.
    pub unfinished: u64,
    /// Everything that is wrong with the chain, by the numbers of lines.
    pub breaks: Vec<Break>,
}

/// Where a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub sequence: u64,
    /// When it was written, as it says.
    pub timestamp: String,
    /// Its hash.
    pub hash: String,
}

/// Something that is wrong with a chain. `at` counts lines of the log from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// Lines were taken out; from the start, if the first is 1.
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// The hash of a line is not that of its text.
    Changed {
        /// Its number, as it says now.
        sequence: u64,
        /// Where it is.
        at: u64,
    },
    /// A line is not the one that its successor was chained to.
    Replaced {
        /// Its number; 0 when it is the start of the chain that is another.
        sequence: u64,
        /// Where its successor is.
        at: u64,
    },
    /// A line stands in the log again.
    Repeated {
        /// Its number.
        sequence: u64,
        /// Where it is.
        at: u64,
    },
    /// A line stands after one that was written later.
    Moved {
        /// Its number.
        sequence: u64,
        /// Where it is.
        at: u64,
    },
}

impl Report {
    /// Whether nothing is wrong, as far as a log can show. Lines that were cut off its end leave no
    /// trace in it.
    pub fn is_whole(&self) -> bool {
        self.damaged.is_empty() && self.instances.iter().all(|instance| instance.breaks.is_empty())
    }

    /// How many things are wrong.
    pub fn faults(&self) -> usize {
        let of_chains: usize = self.instances.iter().map(|instance| instance.breaks.len()).sum();
        self.damaged.len() + of_chains
    }
}

impl Break {
    /// Its place among the others: the number of the line it is about.
    pub(crate) fn sequence(self) -> u64 {
        let (Self::Missing { from: sequence, .. }
        | Self::Changed { sequence, .. }
        | Self::Replaced { sequence, .. }
        | Self::Repeated { sequence, .. }
        | Self::Moved { sequence, .. }) = self;
        sequence
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Missing { from: 1, to: 1 } => f.write_str("it does not start: line 1 is missing"),
            Self::Missing { from: 1, to } => {
                write!(f, "it does not start: lines 1 to {to} are missing")
            }
            Self::Missing { from, to } if from == to => write!(f, "line {from} is missing"),
            Self::Missing { from, to } => write!(f, "lines {from} to {to} are missing"),
            Self::Changed { sequence, at } => {
                write!(f, "line {sequence} was changed after it was written (log line {at})")
            }
            Self::Replaced { sequence: 0, at } => {
                write!(f, "line 1 continues another chain (log line {at})")
            }
            Self::Replaced { sequence, at } => {
                let next = sequence.saturating_add(1);
                write!(
                    f,
                    "line {sequence} is not the one that line {next} continues (log line {at})"
                )
            }
            Self::Repeated { sequence, at } => {
                write!(f, "line {sequence} is there again (log line {at})")
            }
            Self::Moved { sequence, at } => {
                write!(f, "line {sequence} is behind later ones (log line {at})")
            }
        }
    }
}
