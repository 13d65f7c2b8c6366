//! What the author's code writes with `console`, in our log.

use javascript::{LogLevel, LogLine};

/// Writes the lines under the name of the author's file, so that they are told from ours.
pub fn log(lines: Vec<LogLine>) {
    for line in lines {
        match line.level {
            LogLevel::Debug => tracing::debug!(target: "cube.js", "{}", line.text),
            LogLevel::Info => tracing::info!(target: "cube.js", "{}", line.text),
            LogLevel::Warn => tracing::warn!(target: "cube.js", "{}", line.text),
            LogLevel::Error => tracing::error!(target: "cube.js", "{}", line.text),
        }
    }
}
