use std::fmt;

use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use crate::edge;

/// How a log line begins: when it was, and the id of the request that was being answered. The id is asked for when a
/// line is written: a span around each request cost more than all the rest that is put around it.
pub(super) struct Beginning;

impl FormatTime for Beginning {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        SystemTime.format_time(line)?;
        match edge::id() {
            Some(id) => write!(line, " request.id={id}"),
            None => Ok(()),
        }
    }
}
