//! One world: a store, whoever asks things of it, and what goes wrong, all from one seed.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::{Arc, PoisonError};

use hms_engine::Workflow;
use hms_server::clock::moment;
use hms_server::orchestrator::{Beat, Ids};
use uuid::Uuid;

use crate::answers::Answer;
use crate::asks::{Ask, Workflows, World as Asking};
use crate::definitions;
use crate::dice::Dice;
use crate::edits::edited;
use crate::ensure;
use crate::faults::{Fault, Image, Plan};
use crate::inspect::{inspect, replay, whole_chain};
use crate::judge::Trail;
use crate::ledger::{Ledger, Ms, Row};
use crate::node::{Node, template};
use crate::office::{self, Office};
use crate::plot::{Plot, Told};

/// When a world begins: 2026-01-01T00:00:00Z.
pub(crate) const BEGIN: Ms = 1_767_225_600_000;
/// After so many a world is over: some definitions turn in a circle every second.
const TRANSITIONS_MAX: u64 = 10_000;
const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;

/// Lives through a world.
///
/// # Errors
///
/// What about it cannot be.
pub fn live(plot: Plot) -> Result<Told, String> {
    let template = template();
    let world = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let mut world = World::begin(plot, template).await?;
            let mut rounds = 0..plot.rounds;
            while world.told.transitions < TRANSITIONS_MAX && rounds.next().is_some() {
                world.round().await?;
            }
            world.end(plot.census).await
        })
    };
    std::panic::catch_unwind(world).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or("?")))
    })
}

struct World {
    node: Node,
    asking: Asking,
    ledger: Ledger,
    workflows: Workflows,
    now: Ms,
    /// What of the audit trail has been read: its last row, and all of it in one number.
    read: i64,
    chain: u64,
    seed: u64,
    fault: Option<Fault>,
    revisions: u64,
    /// The versions of the calendar that were ever in force.
    hours: Vec<Rc<Office>>,
    told: Told,
}

impl World {
    async fn begin(plot: Plot, template: &Image) -> Result<World, String> {
        let mut world = World {
            node: Node::start(template, Ids::seeded(plot.seed)).await?,
            asking: Asking::new(Dice::new(plot.seed)),
            ledger: Ledger::default(),
            workflows: HashMap::new(),
            now: BEGIN,
            read: 0,
            chain: 0,
            seed: plot.seed,
            fault: plot.fault,
            revisions: 0,
            hours: Vec::new(),
            told: Told::default(),
        };
        world.plan_hours().await?;
        for number in 0..world.asking.dice.between(2, 4) as usize {
            world.deploy(number).await?;
        }
        Ok(world)
    }

    fn dice(&mut self) -> &mut Dice {
        &mut self.asking.dice
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.node
            .plan
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets some time pass, then has something asked.
    async fn round(&mut self) -> Result<(), String> {
        if self.dice().one_in(60) {
            let number = self.dice().roll(4) as usize;
            self.deploy(number).await?;
        }
        if self.dice().one_in(40) {
            self.plan_hours().await?;
        }
        let until = self.until();
        self.pass(until).await?;
        let many = match self.dice().roll(8) {
            0..=2 => 1,
            3..=5 => self.dice().between(2, 12),
            6 => self.dice().between(12, 40),
            _ => 0,
        };
        let open: Vec<Uuid> = self.ledger.open_tasks().map(|(id, _)| id).collect();
        let mut asks = Vec::new();
        for _ in 0..many {
            asks.push(
                self.asking
                    .ask(&self.ledger, &self.workflows, &open, self.now),
            );
        }
        self.beat(asks).await?;
        if self.dice().one_in(200) {
            let image = Image::take(&self.node.database);
            self.crash(&image).await?;
        }
        Ok(())
    }

    /// When something is asked next: at once, later, or at the very moment of a deadline.
    fn until(&mut self) -> Ms {
        let now = self.now;
        let due = self.node.conductor.next_due();
        let due = due.map_or(now, |due| due.timestamp_millis().max(now));
        let dice = self.dice();
        match dice.roll(20) {
            0..=6 => now,
            7..=10 => due,
            11 | 12 => (due - 1).max(now),
            13..=16 => now + dice.roll(5 * SECOND) as Ms,
            17 | 18 => now + dice.roll(120 * SECOND) as Ms,
            _ => now + dice.roll(HOUR) as Ms,
        }
    }

    /// Lets time pass up to a moment, with the orchestrator awake whenever it wants to be.
    async fn pass(&mut self, until: Ms) -> Result<(), String> {
        while let Some(due) = self.node.conductor.next_due()
            && due.timestamp_millis() < until
        {
            self.now = self.now.max(due.timestamp_millis());
            self.beat(Vec::new()).await?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// One transaction: what is due, and what is asked.
    async fn beat(&mut self, asks: Vec<Ask>) -> Result<(), String> {
        self.told.beats += 1;
        let fault = self.dice().one_in(20).then(|| self.fault());
        {
            let mut plan = self.plan();
            plan.fault = fault;
            plan.tried = 0;
        }
        let (work, waiting): (Vec<_>, Vec<_>) = asks.iter().map(Ask::work).unzip();
        let done = self.node.conductor.beat(moment(self.now), work).await;
        let passed_over = matches!(done, Ok(Beat::PassedOver));
        ensure!(!passed_over, "a due timer was passed over");
        let answers = waiting.into_iter().map(|waiting| waiting.answer());
        let asked: Vec<(Ask, Answer)> = asks.into_iter().zip(answers).collect();
        let (crashed, tried) = {
            let mut plan = self.plan();
            plan.fault = None;
            (plan.crashed.take(), plan.tried)
        };
        if let Some(image) = &crashed {
            self.restart(image).await?;
        }
        let rows = self.rows().await?;
        let whole = rows.len() == tried || (rows.is_empty() && done.is_err());
        ensure!(whole, "{} of {tried} commands were kept", rows.len());
        if !rows.is_empty() || asked.iter().any(|(_, answer)| answered(answer)) {
            self.told.transitions += rows.len() as u64;
            Trail::new(&mut self.ledger, rows.into(), self.now).follow(&asked)?;
        }
        self.remember(asked);
        if crashed.is_some() {
            let outage = self.outage();
            self.after_crash().await?;
            self.now += outage;
        } else {
            self.rest()?;
        }
        Ok(())
    }

    fn fault(&mut self) -> (Fault, Dice) {
        let fault = Fault::any(&mut self.asking.dice);
        let dice = Dice::new(self.dice().roll(u64::MAX));
        (self.fault.unwrap_or(fault), dice)
    }

    /// The rows of the audit trail that are new.
    async fn rows(&mut self) -> Result<Vec<Row>, String> {
        let audit = self.node.tables.audit(self.read, self.chain).await;
        (self.read, self.chain) = (audit.last, audit.chain);
        Ok(audit.rows)
    }

    /// What was not answered is asked again later; what closed may be answered again.
    fn remember(&mut self, asked: Vec<(Ask, Answer)>) {
        for (ask, answer) in asked {
            if let (Ask::Tasks { orders, .. }, true) = (&ask, answered(&answer)) {
                self.asking
                    .closed
                    .extend(orders.iter().map(|(task, _)| *task));
            }
            if !answered(&answer) {
                self.asking.unanswered.push(ask);
            }
        }
        let (closed, unanswered) = (&mut self.asking.closed, &mut self.asking.unanswered);
        closed.drain(..closed.len().saturating_sub(40));
        unanswered.drain(..unanswered.len().saturating_sub(40));
    }

    /// When the orchestrator rests, nothing is overdue, and it wakes in time for what is next.
    fn rest(&mut self) -> Result<(), String> {
        let due = self.node.conductor.next_due();
        let due = due.map(|due| due.timestamp_millis());
        if due.is_some_and(|due| due <= self.now) {
            return Ok(());
        }
        if let Some(earliest) = self.ledger.earliest() {
            ensure!(earliest > self.now, "overdue since {earliest}");
            ensure!(
                due.is_some_and(|due| due <= earliest),
                "it rests until {due:?}, and {earliest} comes before"
            );
        }
        self.ledger.quiet_at = self.now;
        Ok(())
    }

    fn outage(&mut self) -> Ms {
        match self.dice().roll(4) {
            0 => 0,
            1 | 2 => self.dice().roll(10 * SECOND) as Ms,
            _ => self.dice().roll(HOUR) as Ms,
        }
    }

    /// The program is gone in between two transactions.
    async fn crash(&mut self, image: &Image) -> Result<(), String> {
        self.restart(image).await?;
        self.after_crash().await
    }

    /// Everything in memory is thrown away, and the program comes up on the file.
    async fn restart(&mut self, image: &Image) -> Result<(), String> {
        self.told.crashes += 1;
        let ids = Ids::seeded(self.seed ^ self.told.crashes.rotate_right(16));
        self.node = Node::start(image, ids).await?;
        Ok(())
    }

    /// What had been read before is there after it, and all of it agrees.
    async fn after_crash(&mut self) -> Result<(), String> {
        let chain = self.node.tables.chain(self.read).await;
        ensure!(chain == self.chain, "the audit trail is not what it was");
        let latest = self.node.tables.latest().await;
        ensure!(latest <= self.now, "time at {latest} before it came");
        if self.dice().one_in(3) {
            inspect(&mut self.node.tables, &self.ledger).await?;
        }
        Ok(())
    }

    /// Puts a new revision of a definition in force, however often it takes.
    async fn deploy(&mut self, number: usize) -> Result<(), String> {
        self.revisions += 1;
        let revision = self.revisions;
        let before = self.ledger.in_force.get(&format!("W{number}"));
        let before = before
            .and_then(|version| self.ledger.flows.get(version))
            .cloned();
        let flow = match before.filter(|_| !self.dice().one_in(3)) {
            Some(before) => edited(self.dice(), &before, revision),
            None => definitions::flow(self.dice(), number, revision),
        };
        let office = self.ledger.office.as_ref();
        let calendars = office.map(|office| office.calendars()).unwrap_or_default();
        let parsed = Workflow::parse_with(&flow.text, &calendars);
        let parsed = parsed.map_err(|error| format!("{}\n{error:?}", flow.text))?;
        let version = parsed.workflow.version.clone();
        self.workflows
            .insert(version.clone(), Arc::new(parsed.workflow));
        loop {
            self.maybe_fault();
            let now = moment(self.now);
            let conductor = &mut self.node.conductor;
            let done = conductor
                .put_in_force(now, "admin".into(), &flow.text)
                .await;
            if self.deployed(done.is_ok()).await? {
                break;
            }
        }
        let in_force = &mut self.ledger.in_force;
        in_force.insert(flow.id.clone(), version.clone());
        self.ledger.flows.insert(version, Rc::new(flow));
        Ok(())
    }

    /// Puts other hours in force, or such as were before, however often it takes.
    async fn plan_hours(&mut self) -> Result<(), String> {
        self.revisions += 1;
        let revision = self.revisions;
        let known = self.hours.len() as u64;
        let office = match known > 1 && self.dice().one_in(4) {
            true => self.hours[self.asking.dice.roll(known) as usize].clone(),
            false => Rc::new(Office::any(self.dice(), revision)),
        };
        loop {
            self.maybe_fault();
            let now = moment(self.now);
            let (by, source) = (office::BY.to_owned(), &office.calendar.source);
            let conductor = &mut self.node.conductor;
            let done = conductor.put_calendar_in_force(now, by, source).await;
            if self.deployed(done.is_ok()).await? {
                break;
            }
        }
        self.hours.push(office.clone());
        self.ledger.office = Some(office);
        Ok(())
    }

    /// Sometimes something goes wrong at the next commit.
    fn maybe_fault(&mut self) {
        let fault = self.dice().one_in(4).then(|| self.fault());
        self.plan().fault = fault;
    }

    /// Whether something was put in force; no run moves by that alone.
    async fn deployed(&mut self, done: bool) -> Result<bool, String> {
        let crashed = {
            let mut plan = self.plan();
            plan.fault = None;
            plan.crashed.take()
        };
        if let Some(image) = crashed {
            self.crash(&image).await?;
        }
        ensure!(self.rows().await?.is_empty(), "a deployment moved runs");
        Ok(done)
    }

    /// Looks at everything a last time, then has every run cancelled and looks again.
    async fn end(mut self, census: bool) -> Result<Told, String> {
        self.beat(Vec::new()).await?;
        self.look().await?;
        if self.dice().one_in(4) {
            self.cancel_all().await?;
            self.look().await?;
        }
        whole_chain(&self.node.database, self.ledger.runs.len()).await?;
        let audit = self.node.tables.audit(0, 0).await;
        let mut digest = DefaultHasher::new();
        audit.chain.hash(&mut digest);
        for row in self.node.tables.runs().await {
            row.state.hash(&mut digest);
        }
        self.told.digest = digest.finish();
        self.told.runs = self.ledger.runs.len() as u64;
        if census {
            for row in &audit.rows {
                for entry in &row.entries {
                    let kind = serde_json::to_value(&entry.kind).unwrap();
                    let kind = kind["kind"].as_str().unwrap_or_default().to_owned();
                    *self.told.census.entry(kind).or_default() += 1;
                }
            }
        }
        Ok(self.told)
    }

    async fn look(&mut self) -> Result<(), String> {
        inspect(&mut self.node.tables, &self.ledger).await?;
        let audit = self.node.tables.audit(0, 0).await;
        ensure!(audit.chain == self.chain, "the audit trail has changed");
        replay(
            &mut self.node.tables,
            &audit.rows,
            &self.workflows,
            &self.ledger,
        )
        .await
    }

    /// Cancelling leaves nothing open.
    async fn cancel_all(&mut self) -> Result<(), String> {
        loop {
            let running = self.ledger.runs.iter();
            let running: Vec<Uuid> = running
                .filter(|(_, run)| run.status == hms_engine::RunStatus::Running)
                .map(|(id, _)| *id)
                .collect();
            if running.is_empty() {
                return Ok(());
            }
            let cancel = |run| Ask::Run {
                by: "admin".to_owned(),
                run,
                order: hms_engine::Order::Cancel {
                    note: "over".to_owned(),
                },
            };
            self.beat(running.into_iter().map(cancel).collect()).await?;
        }
    }
}

fn answered(answer: &Answer) -> bool {
    !matches!(answer, Answer::Nothing)
}
