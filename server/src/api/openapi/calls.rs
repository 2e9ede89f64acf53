//! What each call takes and gives, for people and for programs. Who may make it stands in the access table, and
//! a call that stands in one of the two only fails a test.

use super::params::{
    ACTOR, AFTER, BEFORE, BREACHED, DRY_RUN, FILE_FORMAT, FILE_NAME, FORMAT, FROM, LEASE, LIMIT,
    OF_TASK, PARENT, Param, RUN_STATUS, SEARCH, STOPPED, STUCK, TASK_STATUS, TO, WAIT, WAITING,
    WORKER, WORKFLOW,
};

/// One call.
pub(super) struct Call {
    /// `GET` or `POST`.
    pub(super) method: &'static str,
    /// Below `/act`.
    pub(super) path: &'static str,
    /// Under which heading it stands.
    pub(super) group: &'static str,
    /// What it does, in a line.
    pub(super) does: &'static str,
    /// Its query parameters.
    pub(super) query: &'static [&'static Param],
    /// Its body.
    pub(super) takes: Takes,
    /// What it answers when all is well.
    pub(super) gives: &'static [Gives],
}

/// A body: media types, each with the name of its schema.
pub(super) struct Takes(
    pub(super) &'static [(&'static str, &'static str)],
    pub(super) Must,
);

/// Whether there must be a body.
#[derive(PartialEq, Eq)]
pub(super) enum Must {
    /// There must.
    Be,
    /// It may be left out.
    NotBe,
}

/// An answer: its status, its media type, the name of its schema.
pub(super) struct Gives(
    pub(super) u16,
    pub(super) &'static str,
    pub(super) &'static str,
);

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";
const HTML: &str = "text/html";
const BYTES: &str = "application/octet-stream";

const NOTHING: Takes = Takes(&[], Must::NotBe);
const ONE_TASK: &[Gives] = &[Gives(200, JSON, "Task")];
const ONE_RUN: &[Gives] = &[Gives(200, JSON, "Run")];

/// A call about nothing more than what its path names.
const fn read(
    path: &'static str,
    group: &'static str,
    does: &'static str,
    gives: &'static [Gives],
) -> Call {
    Call {
        method: "GET",
        path,
        group,
        does,
        query: &[],
        takes: NOTHING,
        gives,
    }
}

const fn order(
    path: &'static str,
    does: &'static str,
    query: &'static [&'static Param],
    takes: Takes,
) -> Call {
    Call {
        method: "POST",
        path,
        group: "Tasks",
        does,
        query,
        takes,
        gives: ONE_TASK,
    }
}

/// Every call, as people read about them.
pub(super) static CALLS: &[Call] = &[
    Call {
        method: "POST",
        path: "/events",
        group: "Events",
        does: "Accepts an event, and answers when it is kept. A CloudEvent is taken in structured, binary and batched mode.",
        query: &[],
        takes: Takes(
            &[
                (JSON, "Event"),
                ("application/cloudevents+json", "CloudEvent"),
                ("application/cloudevents-batch+json", "CloudEvents"),
            ],
            Must::Be,
        ),
        gives: &[
            Gives(202, JSON, "Accepted"),
            Gives(200, JSON, "AcceptedOrAnswers"),
        ],
    },
    Call {
        method: "POST",
        path: "/events/batch",
        group: "Events",
        does: "Accepts up to 1000 events in one commit; what is refused leaves the others alone.",
        query: &[],
        takes: Takes(
            &[
                (JSON, "Events"),
                ("application/cloudevents-batch+json", "CloudEvents"),
            ],
            Must::Be,
        ),
        gives: &[Gives(200, JSON, "Answers")],
    },
    Call {
        method: "POST",
        path: "/files",
        group: "Files",
        does: "Keeps a file for a day, in which an event or a result may name it.",
        query: &[&FILE_NAME],
        takes: Takes(&[(BYTES, "Bytes")], Must::Be),
        gives: &[Gives(201, JSON, "File")],
    },
    Call {
        query: &[&OF_TASK],
        ..read(
            "/files/{id}",
            "Files",
            "A file of a case, to be saved.",
            &[Gives(200, "*/*", "Bytes")],
        )
    },
    Call {
        query: &[&ACTOR, &TASK_STATUS, &LIMIT, &WAIT, &LEASE, &WORKER],
        ..read(
            "/tasks",
            "Tasks",
            "The tasks of an actor, soonest deadline first. With lease they are claimed for the caller.",
            &[Gives(200, JSON, "Tasks")],
        )
    },
    read("/tasks/{id}", "Tasks", "A task.", ONE_TASK),
    Call {
        method: "POST",
        path: "/tasks/complete",
        group: "Tasks",
        does: "Finishes up to 1000 tasks in one commit.",
        query: &[&WORKER],
        takes: Takes(&[(JSON, "Results")], Must::Be),
        gives: &[Gives(200, JSON, "Answers")],
    },
    order(
        "/tasks/{id}/claim",
        "Takes a task; without a lease until it is released.",
        &[&LEASE, &WORKER],
        NOTHING,
    ),
    order(
        "/tasks/{id}/release",
        "Gives a task back.",
        &[&WORKER],
        NOTHING,
    ),
    order(
        "/tasks/{id}/heartbeat",
        "Work goes on: the lease begins anew.",
        &[&LEASE, &WORKER],
        NOTHING,
    ),
    order(
        "/tasks/{id}/complete",
        "Finishes a task. The same result again is answered the same.",
        &[&WORKER],
        Takes(&[(JSON, "Result")], Must::NotBe),
    ),
    order(
        "/tasks/{id}/fail",
        "Says that an attempt went wrong.",
        &[&WORKER],
        Takes(&[(JSON, "Failure")], Must::Be),
    ),
    order(
        "/tasks/{id}/pause",
        "Stops the task's SLA clock.",
        &[&WORKER],
        Takes(&[(JSON, "Pause")], Must::Be),
    ),
    order(
        "/tasks/{id}/resume",
        "Lets a stopped clock run again.",
        &[&WORKER],
        NOTHING,
    ),
    order(
        "/tasks/{id}/extend",
        "Gives a task more time.",
        &[&WORKER],
        Takes(&[(JSON, "Extension")], Must::Be),
    ),
    read(
        "/workers",
        "Workers",
        "Who polls for which actor, and the actors with open tasks that nobody polls for.",
        &[Gives(200, JSON, "Workers")],
    ),
    Call {
        method: "POST",
        path: "/workers/heartbeat",
        group: "Workers",
        does: "A worker says that it is there, and which version it is.",
        query: &[&WORKER],
        takes: Takes(&[(JSON, "Heartbeat")], Must::Be),
        gives: &[Gives(204, "", "")],
    },
    Call {
        query: &[
            &RUN_STATUS,
            &WAITING,
            &STUCK,
            &STOPPED,
            &BREACHED,
            &PARENT,
            &WORKFLOW,
            &SEARCH,
            &BEFORE,
            &LIMIT,
        ],
        ..read(
            "/runs",
            "Runs",
            "Runs, newest first. The header Link leads to the next page.",
            &[Gives(200, JSON, "Runs")],
        )
    },
    read(
        "/runs/{id}",
        "Runs",
        "A run with its payload, results, tasks, and the runs it called.",
        &[Gives(200, JSON, "RunInFull")],
    ),
    Call {
        query: &[&AFTER, &LIMIT],
        ..read(
            "/runs/{id}/history",
            "Runs",
            "Each command the run took and what it did, oldest first.",
            &[Gives(200, JSON, "History")],
        )
    },
    Call {
        query: &[&FILE_FORMAT],
        ..read(
            "/runs/{id}/export",
            "Runs",
            "The case as one file that `hms audit verify FILE` looks at without the database.",
            &[Gives(200, JSON, "CaseFile"), Gives(200, HTML, "Page")],
        )
    },
    Call {
        method: "POST",
        path: "/runs/{id}/cancel",
        group: "Runs",
        does: "Ends a run and all that is open in it.",
        query: &[&WORKER],
        takes: Takes(&[(JSON, "Note")], Must::NotBe),
        gives: ONE_RUN,
    },
    Call {
        method: "POST",
        path: "/runs/{id}/retry",
        group: "Runs",
        does: "Sends a stopped run on, again at the step that stopped or at another of its list.",
        query: &[&WORKER],
        takes: Takes(&[(JSON, "Retry")], Must::NotBe),
        gives: ONE_RUN,
    },
    read(
        "/workflows",
        "Workflows",
        "The definitions in force.",
        &[Gives(200, JSON, "Workflows")],
    ),
    read(
        "/workflows/{id}",
        "Workflows",
        "A definition in force, its steps and its text.",
        &[Gives(200, JSON, "WorkflowInFull")],
    ),
    Call {
        method: "POST",
        path: "/workflows",
        group: "Workflows",
        does: "Puts a definition in force for the runs that begin from now on, and says what changes.",
        query: &[&DRY_RUN, &WORKER],
        takes: Takes(&[(YAML, "Yaml")], Must::Be),
        gives: &[Gives(201, JSON, "Deployed"), Gives(200, JSON, "Deployed")],
    },
    Call {
        method: "POST",
        path: "/workflows/check",
        group: "Workflows",
        does: "Says what is wrong with a definition, and keeps nothing.",
        query: &[],
        takes: Takes(&[(YAML, "Yaml")], Must::Be),
        gives: &[Gives(200, JSON, "Checked")],
    },
    Call {
        method: "POST",
        path: "/workflows/{id}/migrate",
        group: "Workflows",
        does: "Moves open runs to another version. One that cannot move says all that is in its way.",
        query: &[&WORKER],
        takes: Takes(&[(JSON, "Migration")], Must::NotBe),
        gives: &[Gives(200, JSON, "Migrated")],
    },
    read(
        "/calendars",
        "Calendars",
        "The working calendars in force, and the workflows that count by each.",
        &[Gives(200, JSON, "Calendars")],
    ),
    read(
        "/calendars/{id}",
        "Calendars",
        "A calendar with its text, and its former versions.",
        &[Gives(200, JSON, "CalendarInFull")],
    ),
    Call {
        method: "POST",
        path: "/calendars",
        group: "Calendars",
        does: "Puts a calendar in force, counts open cases anew, and says which moments move.",
        query: &[&DRY_RUN, &LIMIT, &WORKER],
        takes: Takes(&[(YAML, "Yaml")], Must::Be),
        gives: &[
            Gives(201, JSON, "CalendarDeployed"),
            Gives(200, JSON, "CalendarDeployed"),
        ],
    },
    Call {
        query: &[&FROM, &TO, &WORKFLOW, &FORMAT],
        ..read(
            "/reports/sla",
            "Reports",
            "SLA outcomes of whole UTC days.",
            &[
                Gives(200, JSON, "SlaReport"),
                Gives(200, "text/csv", "Text"),
            ],
        )
    },
    read(
        "/healthz",
        "This server",
        "The process answers.",
        &[Gives(200, JSON, "Health")],
    ),
    read(
        "/readyz",
        "This server",
        "The store answers and takes commits.",
        &[Gives(200, JSON, "Health")],
    ),
    read(
        "/metrics",
        "This server",
        "What this node counts about itself, in the OpenMetrics text format.",
        &[Gives(200, "application/openmetrics-text", "Text")],
    ),
    read(
        "/problems",
        "This server",
        "Every type of problem there is.",
        &[Gives(200, JSON, "Problems")],
    ),
    read(
        "/openapi.json",
        "This server",
        "This document.",
        &[Gives(200, JSON, "OpenApi")],
    ),
    read(
        "/docs",
        "This server",
        "This document as a page.",
        &[Gives(200, "text/html", "Text")],
    ),
    read(
        "/docs.css",
        "This server",
        "The look of that page.",
        &[Gives(200, "text/css", "Text")],
    ),
];
