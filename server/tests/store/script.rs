use hms_app::views::FileAnswer;
use hms_engine::{Command, Effect, Order, Run, Task, Time, Workflow, migrate, step};
use hms_server::store::{
    AuditWrite, Batch, Claim, Covers, EventRow, NoticeWrite, RunWrite, StartedRun, TaskWrite,
    file_hash, payload_hash,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the real engine does, gathered as a batch to write.
pub(crate) struct Script {
    pub(crate) workflow: Workflow,
    pub(crate) now: Time,
    batch: Batch,
}

/// A moment: so many seconds into the first day of 2026.
pub(crate) fn at(seconds: i64) -> Time {
    "2026-01-01T00:00:00Z".parse::<Time>().unwrap() + std::time::Duration::from_secs(seconds as u64)
}

impl Script {
    /// With a definition's text.
    pub(crate) fn of(text: &str) -> Script {
        Script {
            workflow: Workflow::parse(text).unwrap().workflow,
            now: at(0),
            batch: Batch::default(),
        }
    }

    /// Begins a run by an event of its own; event `n` starts run `n` + 1000.
    pub(crate) fn start(&mut self, n: u128, payload: Value) -> Run {
        self.start_with(n, payload, &[])
    }

    /// The same, with files that belong to it.
    pub(crate) fn start_with(&mut self, n: u128, payload: Value, files: &[FileAnswer]) -> Run {
        let covers = Covers {
            payload: Some(payload_hash(&payload).unwrap()),
            files: files.iter().map(|one| (one.file, file_hash(one))).collect(),
        };
        let run = Run::new(Uuid::from_u128(n + 1000), &self.workflow, payload.clone());
        self.batch.events.push(EventRow {
            id: Uuid::from_u128(n),
            source: Some("script".to_owned()),
            external_id: Some(n.to_string()),
            name: self.workflow.start.clone(),
            payload,
            received: self.now,
            runs: vec![StartedRun {
                run_id: run.id,
                workflow: run.workflow.clone(),
            }],
            reached: Vec::new(),
        });
        self.batch.runs.push(RunWrite {
            run: run.clone(),
            began_by: Some(Uuid::from_u128(n)),
            breached: false,
            moved: false,
        });
        let mut run = run;
        self.order(&mut run, "event", Order::Start);
        if let Some(row) = self.batch.audit.last_mut() {
            covers.put_into(&mut row.command);
        }
        self.batch.files.extend(files.iter().map(|one| Claim {
            file: one.file,
            run_id: run.id,
        }));
        run
    }

    /// Gives a run a command.
    pub(crate) fn order(&mut self, run: &mut Run, by: &str, order: Order) {
        self.command(run, Command::new(by, order));
    }

    /// Fires a run's due timers.
    pub(crate) fn fire(&mut self, run: &mut Run) {
        for timer in run.due(self.now) {
            self.command(run, Command::timer(timer));
        }
    }

    /// Finishes a task.
    pub(crate) fn complete(&mut self, run: &mut Run, task: Uuid, result: Value) {
        self.order(run, "worker", Order::Complete { task, result });
    }

    /// Moves runs to another version, which is that of the script from then on.
    pub(crate) fn migrate(&mut self, runs: &mut [Run], text: &str, steps: &[(&str, &str)]) {
        let to = Workflow::parse(text).unwrap().workflow;
        let steps = steps
            .iter()
            .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()));
        let order = Order::Migrate {
            to: to.version.clone(),
            steps: steps.collect(),
            note: "new form".to_owned(),
        };
        let command = Command::new("ada", order);
        for run in runs {
            let effects = migrate(&self.workflow, &to, run, &command, self.now).unwrap();
            self.gather(run, &command, effects);
            for write in self
                .batch
                .runs
                .iter_mut()
                .filter(|write| write.run.id == run.id)
            {
                write.moved = true;
            }
            for write in self
                .batch
                .tasks
                .iter_mut()
                .filter(|write| write.run_id == run.id)
            {
                write.moved = true;
            }
        }
        self.workflow = to;
    }

    fn command(&mut self, run: &mut Run, command: Command) {
        let effects = step(&self.workflow, run, &command, self.now).unwrap();
        self.gather(run, &command, effects);
    }

    fn gather(&mut self, run: &mut Run, command: &Command, effects: Vec<Effect>) {
        let mut entries = Vec::new();
        for effect in effects {
            match effect {
                Effect::OpenTask(task) => self.task(run, *task, true),
                Effect::ChangeTask(task) | Effect::CloseTask(task) => self.task(run, *task, false),
                Effect::SetTimer(timer) => self.batch.timers.push((run.id, timer)),
                Effect::ClearTimer(number) => {
                    let before = self.batch.timers.len();
                    self.batch
                        .timers
                        .retain(|(of, timer)| *of != run.id || timer.number != number);
                    if self.batch.timers.len() == before {
                        self.batch.timers_over.push((run.id, number));
                    }
                }
                Effect::Notify { who, about } => self.batch.outbox.push(NoticeWrite {
                    id: Uuid::from_u128(self.batch.outbox.len() as u128 + 1),
                    run_id: run.id,
                    workflow: run.workflow.clone(),
                    who,
                    about,
                    created: self.now,
                }),
                Effect::FinishRun(_) | Effect::StartRun { .. } | Effect::CancelRun(_) => {}
                Effect::Record(entry) => entries.push(entry),
            }
        }
        self.batch.audit.push(AuditWrite {
            run_id: Some(run.id),
            seq: Some(run.seq),
            at: self.now,
            who: command.by.clone(),
            version: Some(run.version.clone()),
            command: serde_json::to_string(&command.order).unwrap(),
            entries: serde_json::to_string(&entries).unwrap(),
        });
        match self
            .batch
            .runs
            .iter_mut()
            .find(|write| write.run.id == run.id)
        {
            Some(write) => write.run = run.clone(),
            None => self.batch.runs.push(RunWrite {
                run: run.clone(),
                began_by: None,
                breached: false,
                moved: false,
            }),
        }
    }

    fn task(&mut self, run: &Run, task: Task, new: bool) {
        if let Some(write) = self
            .batch
            .tasks
            .iter_mut()
            .find(|write| write.task.id == task.id)
        {
            write.task = task;
            return;
        }
        self.batch.tasks.push(TaskWrite {
            run_id: run.id,
            workflow: run.workflow.clone(),
            new,
            moved: false,
            task,
        });
    }

    /// What is still to be written, to add to.
    pub(crate) fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// Takes what is to be written.
    pub(crate) fn take(&mut self) -> Batch {
        self.batch.latest_ms = self.now.timestamp_millis();
        std::mem::take(&mut self.batch)
    }
}

/// A payload with everything that may go wrong on its way.
pub(crate) fn nasty() -> Value {
    json!({
        "z": 1, "a": {"y": [1.5, -0.0, 1e300, 9_007_199_254_740_993_i64], "x": null},
        "text": "zero \u{0} quote \" back \\ 🔔 \u{2028} é",
        "": {"empty": ""}, "complaintId": "C-\u{0}42",
    })
}
