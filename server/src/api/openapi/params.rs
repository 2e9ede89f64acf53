//! The query parameters of the calls.

/// A query parameter.
pub(super) struct Param {
    /// Its name.
    pub(super) name: &'static str,
    /// Its JSON Schema, as text.
    pub(super) schema: &'static str,
    /// What it says.
    pub(super) says: &'static str,
    /// Whether it must be there.
    pub(super) needed: bool,
}

const fn may(name: &'static str, schema: &'static str, says: &'static str) -> Param {
    Param {
        name,
        schema,
        says,
        needed: false,
    }
}

const YES_NO: &str = r#"{"type":"boolean"}"#;
const UUID: &str = r#"{"type":"string","format":"uuid"}"#;
const UP_TO_1000: &str = r#"{"type":"integer","minimum":1,"maximum":1000}"#;
const DURATION: &str = r#"{"type":"string","pattern":"^[1-9][0-9]{0,2}s$","examples":["30s"]}"#;
const NAME: &str = r#"{"type":"string","pattern":"^[A-Za-z0-9_.:@/-]{1,100}$"}"#;
const DAY: &str = r#"{"type":"string","format":"date"}"#;
const TEXT: &str = r#"{"type":"string","maxLength":200}"#;

pub(super) static WORKER: Param = may(
    "worker",
    NAME,
    "Who asks, for the audit trail; also as the header X-Worker.",
);
pub(super) static LEASE: Param = may(
    "lease",
    DURATION,
    "How long the claim holds unless it is renewed.",
);
pub(super) static LIMIT: Param = may("limit", UP_TO_1000, "How many at most; 100 without it.");
pub(super) static DRY_RUN: Param = may(
    "dry_run",
    YES_NO,
    "Says what would happen, and does nothing.",
);

pub(super) static ACTOR: Param = may(
    "actor",
    r#"{"type":"string","maxLength":100,"examples":["AI:fraud-labeler"]}"#,
    "Whose tasks; a trailing * stands for any ending.",
);
pub(super) static TASK_STATUS: Param = may(
    "status",
    r#"{"type":"string","examples":["NEW,CLAIMED"]}"#,
    "One or several of NEW, CLAIMED, DONE, TIMEOUT, FAILED, CANCELLED; without it those that can be begun now. \
     Of the last four those of the newest 10,000 runs, as the header hms-among-runs says.",
);
pub(super) static WAIT: Param = may(
    "wait",
    r#"{"type":"string","pattern":"^[1-9]s$","examples":["30s"]}"#,
    "How long to wait for one, up to 60s.",
);
pub(super) static RUN_STATUS: Param = may(
    "status",
    r#"{"type":"string","examples":["RUNNING"]}"#,
    "One or several of RUNNING, COMPLETED, FAILED, CANCELLED.",
);
pub(super) static WAITING: Param = may(
    "waiting",
    r#"{"enum":["human","timer"]}"#,
    "What they wait for.",
);
pub(super) static STUCK: Param = may(
    "stuck",
    YES_NO,
    "In which nothing moves until somebody steps in.",
);
pub(super) static STOPPED: Param = may("stopped", YES_NO, "That stand at an incident.");
pub(super) static BREACHED: Param = may("breached", YES_NO, "That missed a deadline.");
pub(super) static PARENT: Param = may("parent", UUID, "Called by this run.");
pub(super) static WORKFLOW: Param = may("workflow", TEXT, "Of this workflow.");
pub(super) static SEARCH: Param = may(
    "q",
    TEXT,
    "The beginning of a report number, business key or id.",
);
pub(super) static BEFORE: Param = may(
    "before",
    UUID,
    "Older than this run; the header Link has it for the next page.",
);
pub(super) static AFTER: Param = may(
    "after",
    r#"{"type":"integer","minimum":0}"#,
    "After this entry; the header Link has it for the next page.",
);
pub(super) static FROM: Param = may("from", DAY, "The first day; 30 days without it.");
pub(super) static TO: Param = may("to", DAY, "The last day; today without it.");
pub(super) static FORMAT: Param = may("format", r#"{"enum":["json","csv"]}"#, "JSON without it.");
pub(super) static FILE_FORMAT: Param = may(
    "format",
    r#"{"enum":["json","html"]}"#,
    "JSON without it; HTML is a page to read that holds it.",
);
pub(super) static FILE_NAME: Param = Param {
    name: "name",
    schema: r#"{"type":"string","minLength":1,"maxLength":255,"examples":["plans.pdf"]}"#,
    says: "What the file is called.",
    needed: true,
};
pub(super) static OF_TASK: Param = may(
    "task",
    UUID,
    "The task that names it, for a file of a run that its run called.",
);
