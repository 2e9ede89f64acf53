use hms_forms::Kind;
use serde_json::{Map, Value, json};

use super::reference;
use crate::ActorKind;

/// The forms that several keys take.
pub(super) fn shared() -> Map<String, Value> {
    let prefixes = ActorKind::ALL.map(ActorKind::prefix).join("|");
    let shared = json!({
        "id": {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_-]*$",
            "maxLength": 64,
        },
        "target": {
            "description": "The id of a step of the same list, or end",
            "type": "string",
            "minLength": 1,
        },
        "event": {
            "type": "string",
            "pattern": "^\\S+$",
            "maxLength": 128,
        },
        "actor": {
            "type": "string",
            "pattern": format!("^({prefixes}):[A-Za-z0-9._-]{{1,64}}$"),
        },
        "duration": {
            "type": "string",
            "pattern": "^(?=.)(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$|^P(?=.)(\\d+W)?(\\d+D)?(T(?=.)(\\d+H)?(\\d+M)?(\\d+S)?)?$",
        },
        "business": {
            "description": "Working time of a calendar, like 4bh or 2bd",
            "type": "string",
            "pattern": "^\\d+b[hd]$",
        },
        "length": {"anyOf": [reference("duration"), reference("business")]},
        "expression": {
            "description": "An expression in CEL, like result.severity",
            "type": ["string", "number", "boolean"],
            "maxLength": 2000,
        },
        "template": {
            "anyOf": [
                reference("expression"),
                {"type": "array", "items": reference("template")},
                {"type": "object", "additionalProperties": reference("template")},
            ],
        },
        "steps": {
            "type": "array",
            "minItems": 1,
            "maxItems": 500,
            "items": reference("step"),
        },
    });
    match shared {
        Value::Object(shared) => shared,
        _ => Map::new(),
    }
}

/// What a key takes. One that is not here takes anything; a test tells of it.
pub(super) fn of(owner: &str, key: &str) -> Value {
    match (owner, key) {
        ("workflow" | "field", "id") | ("call", "workflow") => reference("id"),
        ("field", "type") => json!({"enum": Kind::ALL.map(Kind::as_str)}),
        ("field", "required") => json!({"type": "boolean"}),
        ("field", "max") => json!({"type": "integer", "minimum": 1}),
        ("field", "label" | "hint") => words(500),
        ("field", "options") => options(),
        ("workflow", "portal") => reference("portal"),
        ("workflow", "retention") => reference("retention"),
        ("retention", "personal") => reference("duration"),
        ("retention", "runs") => json!({"type": "string", "pattern": "^(?!0+.$)\\d{1,5}[ywd]$"}),
        ("workflow", "personal") => json!({
            "type": "array",
            "maxItems": 32,
            "items": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 64},
        }),
        ("workflow", "input") | (_, "output") => json!({"type": "object"}),
        ("portal", "slug") => json!({
            "type": "string",
            "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
            "maxLength": 64,
        }),
        ("portal", "pages") => json!({
            "type": "array",
            "minItems": 1,
            "maxItems": 20,
            "items": reference("page"),
        }),
        ("portal", "statuses") => json!({
            "type": "object",
            "propertyNames": reference("id"),
            "additionalProperties": words(200),
        }),
        ("portal", "notify") => reference("id"),
        (_, "form" | "fields") => json!({
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": reference("field"),
        }),
        (_, "id") => json!({"allOf": [reference("id"), {"not": {"const": "end"}}]}),
        (_, "title") => words(200),
        (_, "description") => words(5000),
        (_, "start" | "event") => reference("event"),
        ("foreach", "as") => json!({
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_]*$",
            "maxLength": 64,
        }),
        (_, "steps") => reference("steps"),
        (_, "type") => json!({"const": owner}),
        (_, "actor") => reference("actor"),
        (_, "input" | "result" | "payload") => json!({
            "type": "object",
            "additionalProperties": reference("template"),
        }),
        (_, "priority") => json!({
            "anyOf": [
                {"enum": ["low", "normal", "high"]},
                {"type": "integer", "minimum": 0, "maximum": 100},
            ],
        }),
        ("wait", "sla") => json!({"anyOf": [reference("length"), reference("patience")]}),
        (_, "sla") => json!({"anyOf": [reference("length"), reference("budget")]}),
        (_, "for" | "within" | "accept") => reference("length"),
        (_, "timeout" | "first" | "max") => reference("duration"),
        (_, "calendar") => reference("id"),
        (_, "ladder") => json!({
            "type": "array",
            "minItems": 1,
            "maxItems": 16,
            "items": reference("rung"),
        }),
        (_, "at") => json!({"type": "string", "pattern": "^[0-9]+ *%$"}),
        (_, "remind") => json!({"const": "assignee"}),
        (_, "notify") => json!({"allOf": [reference("actor"), {"pattern": "^HUMAN:"}]}),
        (_, "go") => reference("target"),
        (_, "on_timeout" | "on_complete" | "on_error" | "default" | "then") => reference("target"),
        (_, "retry") => json!({"anyOf": [attempts(), reference("retries")]}),
        (_, "attempts") => attempts(),
        (_, "factor") => json!({"type": "number", "minimum": 1, "maximum": 100}),
        (_, "outcomes") => json!({
            "type": "object",
            "minProperties": 1,
            "maxProperties": 20,
            "propertyNames": reference("id"),
            "additionalProperties": reference("target"),
        }),
        (_, "key" | "expr" | "if" | "items" | "until" | "match" | "show_if") => {
            reference("expression")
        }
        (_, "cases") => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": reference("target"),
        }),
        (_, "when") => json!({
            "type": "array",
            "minItems": 1,
            "items": reference("condition"),
        }),
        (_, "branches") => json!({
            "type": "object",
            "minProperties": 1,
            "maxProperties": 50,
            "propertyNames": reference("id"),
            "additionalProperties": reference("steps"),
        }),
        (_, "join") => json!({
            "anyOf": [
                {"enum": ["all", "any"]},
                {"type": "integer", "minimum": 1, "maximum": 50},
            ],
        }),
        (_, "at_once") => json!({"type": "integer", "minimum": 1, "maximum": 1000}),
        (_, "outcome") => json!({
            "type": ["string", "number", "boolean"],
            "maxLength": 200,
        }),
        _ => json!({}),
    }
}

/// One text, or one in each language.
fn words(chars_max: usize) -> Value {
    let text = json!({"type": ["string", "number", "boolean"], "maxLength": chars_max});
    json!({
        "anyOf": [
            text,
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
                "additionalProperties": text,
            },
        ],
    })
}

/// Ids with their words, or texts that are both.
fn options() -> Value {
    json!({
        "anyOf": [
            {"type": "array", "minItems": 2, "maxItems": 100, "uniqueItems": true,
                "items": {"type": ["string", "number", "boolean"]}},
            {"type": "object", "minProperties": 2, "maxProperties": 100,
                "propertyNames": reference("id"), "additionalProperties": words(500)},
        ],
    })
}

fn attempts() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": 100})
}

/// What an editor says about a key.
pub(super) fn about(owner: &str, key: &str) -> Option<&'static str> {
    Some(match (owner, key) {
        ("workflow", "id") => "The workflow's name",
        ("workflow", "input") => "What the event's payload must be, as a JSON Schema",
        ("workflow", "portal") => "A form that anybody can fill in starts a run",
        ("field", "id") => "What the answer is called, each once in a form",
        ("field", "label") => "For people: what is asked",
        ("field", "type") => "What is asked for; a line of text, when left out",
        ("field", "required") => "Whether it must be answered",
        ("field", "max") => "The most: characters, dollars, a number, options, or files",
        ("field", "options") => "What there is to choose from",
        ("field", "hint") => "For people: what helps to answer",
        ("field", "show_if") => "Asked for only when this holds, over answers.ID before it",
        ("portal", "slug") => "The end of its address, /report/SLUG",
        ("portal", "title") => "For people: what the service is called",
        ("portal", "pages") => "What is asked, page by page",
        ("portal", "statuses") => "What a step is called for the reporter",
        ("portal", "notify") => "The field whose address gets messages",
        ("page", "title") => "For people: what the page is about",
        (_, "fields") => "What is asked on it",
        (_, "form") => "The fields the person fills in",
        (_, "output") => "What the result must be, as a JSON Schema",
        (_, "id") => "The step's name, each once in a file",
        ("workflow", "title") => "For people: what the workflow is called",
        (_, "title") => "For people: what the step is called on a status page",
        (_, "description") => "For people: what happens to a case",
        (_, "start") => "The event that starts a run",
        ("workflow", "personal") => "The fields of the payload that are personal data",
        ("workflow", "retention") => "How long what is kept of a case stays after its end",
        ("retention", "personal") => "How long personal data stays, like 90d",
        ("retention", "runs") => {
            "How long finished runs stay before they are moved into the archive, like 7y"
        }
        ("workflow", "key") => "An expression over payload: what people know a case by",
        ("foreach", "steps") => "What is done for each item",
        (_, "steps") => "What happens, from the first step on",
        (_, "type") => "What kind of step this is; a task, when left out",
        (_, "actor") => "Who does it: AI:agent, SVC:service or HUMAN:role",
        (_, "input") => "What the actor is handed besides the payload",
        (_, "priority") => "What comes first among tasks with as much time left",
        ("wait", "sla") => "How long to wait for the event",
        (_, "sla") => "How long it may take, like 4h, or within, accept, calendar and ladder",
        (_, "within") => "How long it may take, like 4h or 2bd",
        (_, "accept") => "How long until somebody takes it for the first time",
        ("workflow", "calendar") => "The working calendar its SLAs are counted by",
        (_, "calendar") => "The calendar it is counted by, or none for the clock",
        (_, "ladder") => "What happens when a share of the time is gone",
        (_, "at") => "The share of the time, like 50%",
        (_, "remind") => "Reminds who has the task, or all who may take it",
        (_, "notify") => "Tells the people of a role, like HUMAN:supervisor",
        (_, "go") => "Closes the task and goes on there",
        (_, "on_timeout") => "Where to go on when that time has passed",
        (_, "on_complete") => "Where to go on; left out, the next step of the list",
        (_, "on_error") => "Where to go on after the last attempt failed",
        (_, "timeout") => "How long one attempt may take",
        (_, "retry") => "How often a failed attempt is tried again",
        (_, "attempts") => "All attempts, the first included",
        (_, "first") => "How long to wait before the second attempt",
        (_, "factor") => "Each wait is this many times the one before",
        ("retries", "max") => "The longest wait",
        (_, "outcomes") => "The answers a person may give, and where each leads",
        (_, "expr") => "The expression whose value chooses",
        (_, "cases") => "Each value and where it leads",
        (_, "when") => "Conditions: the first that holds chooses",
        (_, "if") => "A condition",
        (_, "then") => "Where to go on when it holds",
        (_, "default") => "Where everything else leads",
        (_, "branches") => "The lists to run side by side, each with a name",
        (_, "join") => "How many must finish: all, any or a number",
        (_, "items") => "The expression that gives the list to go through",
        (_, "as") => "What an item is called in expressions",
        (_, "at_once") => "How many items are under way at a time",
        (_, "for") => "How long to wait",
        (_, "until") => "An expression that gives the moment",
        (_, "event") => "The event to wait for",
        (_, "match") => "Whether an event is for this run, over event.payload too",
        (_, "workflow") => "The id of the workflow to run",
        (_, "payload") => "The payload it is given",
        (_, "result") => "What the run came to",
        (_, "outcome") => "How it ended, in a few words",
        _ => return None,
    })
}

/// Which keys must be there, also beside others.
pub(super) fn needed(owner: &str) -> Value {
    match owner {
        "workflow" => json!({"required": ["id", "start", "steps"]}),
        "task" => json!({
            "required": ["id", "actor"],
            "dependentRequired": {"on_timeout": ["sla"]},
            "if": {"properties": {"actor": {"pattern": "^HUMAN:"}}},
            "then": {"properties": {"retry": false, "timeout": false}},
            "else": {"properties": {"outcomes": false, "form": false}},
        }),
        "switch" => json!({
            "required": ["id", "type"],
            "oneOf": [{"required": ["expr", "cases"]}, {"required": ["when"]}],
        }),
        "parallel" => json!({"required": ["id", "type", "branches"]}),
        "foreach" => json!({"required": ["id", "type", "items", "as", "steps"]}),
        "wait" => json!({
            "required": ["id", "type"],
            "oneOf": [{"required": ["for"]}, {"required": ["until"]}, {"required": ["event"]}],
            "dependentRequired": {
                "sla": ["event", "on_timeout"],
                "on_timeout": ["event", "sla"],
                "match": ["event"],
            },
        }),
        "call" => json!({"required": ["id", "type", "workflow"]}),
        "retention" => json!({"minProperties": 1}),
        "condition" => json!({"required": ["if", "then"]}),
        "budget" | "patience" => json!({"required": ["within"]}),
        "rung" => json!({"required": ["at"], "minProperties": 2}),
        "field" => json!({
            "required": ["id", "label"],
            "if": {"properties": {"type": {"enum": ["choice", "choices"]}}, "required": ["type"]},
            "then": {"required": ["options"]},
            "else": {"properties": {"options": false}},
        }),
        "portal" => json!({"required": ["slug", "title", "pages"]}),
        "page" => json!({"required": ["title", "fields"]}),
        "retries" => json!({}),
        _ => json!({"required": ["id", "type"]}),
    }
}
