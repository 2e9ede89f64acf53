use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, operators};

/// What an expression refers to.
#[derive(Debug, Default)]
pub(super) struct References {
    /// Variables that the expression does not bind itself.
    pub(super) roots: Vec<Named>,
    /// Functions, without the operators.
    pub(super) functions: Vec<Named>,
    /// The ids in `steps.ID` and `steps["ID"]`.
    pub(super) steps: Vec<String>,
    /// Something of CEL that has no meaning here, in words.
    pub(super) unsupported: Option<(&'static str, u64)>,
    /// How deep the tree is.
    pub(super) depth: usize,
}

/// A name, and the node of the tree that has it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) node: u64,
}

impl References {
    pub(super) fn of(expression: &IdedExpr) -> References {
        let mut found = References::default();
        found.walk(expression, &mut Vec::new(), 1);
        found
    }

    fn walk<'e>(&mut self, node: &'e IdedExpr, bound: &mut Vec<&'e str>, depth: usize) {
        self.depth = self.depth.max(depth);
        let depth = depth + 1;
        if let Some(step) = step_of(node)
            && !self.steps.iter().any(|known| known == step)
            && !bound.contains(&"steps")
        {
            self.steps.push(step.to_owned());
        }
        match &node.expr {
            Expr::Ident(name) => {
                if !bound.contains(&name.as_str()) && !name.starts_with('@') {
                    add(&mut self.roots, name, node.id);
                }
            }
            Expr::Select(select) => self.walk(&select.operand, bound, depth),
            Expr::Call(call) => {
                if !is_operator(&call.func_name) {
                    add(&mut self.functions, &call.func_name, node.id);
                }
                for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                    self.walk(part, bound, depth);
                }
            }
            Expr::List(list) => {
                for element in &list.elements {
                    self.walk(element, bound, depth);
                }
            }
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.walk(&entry.key, bound, depth);
                        self.walk(&entry.value, bound, depth);
                    }
                }
            }
            Expr::Comprehension(all) => {
                self.walk(&all.iter_range, bound, depth);
                self.walk(&all.accu_init, bound, depth);
                let outside = bound.len();
                bound.push(&all.accu_var);
                bound.push(&all.iter_var);
                bound.extend(all.iter_var2.as_deref());
                for part in [&all.loop_cond, &all.loop_step, &all.result] {
                    self.walk(part, bound, depth);
                }
                bound.truncate(outside);
            }
            Expr::Literal(LiteralValue::Bytes(_)) => {
                self.unsupported = Some(("bytes", node.id));
            }
            Expr::Struct(_) => self.unsupported = Some(("a message", node.id)),
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }
}

fn add(list: &mut Vec<Named>, name: &str, node: u64) {
    if !list.iter().any(|known| known.name == name) {
        list.push(Named {
            name: name.to_owned(),
            node,
        });
    }
}

/// Operators are calls with names like `_+_`, `!_` and `@in`.
fn is_operator(name: &str) -> bool {
    name.contains('_') && !name.chars().all(|c| c.is_alphanumeric() || c == '_')
        || name.starts_with(['@', '!', '-'])
}

/// The id in `steps.ID` or `steps["ID"]`.
fn step_of(node: &IdedExpr) -> Option<&str> {
    let is_steps = |node: &IdedExpr| matches!(&node.expr, Expr::Ident(name) if name == "steps");
    match &node.expr {
        Expr::Select(select) if is_steps(&select.operand) => Some(&select.field),
        Expr::Call(call) if call.func_name == operators::INDEX && call.args.len() == 2 => {
            match &call.args[1].expr {
                Expr::Literal(LiteralValue::String(id)) if is_steps(&call.args[0]) => {
                    Some(id.inner())
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The names in `root.field.field`, if the expression is nothing else.
pub(super) fn path_of(expression: &IdedExpr) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut node = expression;
    loop {
        match &node.expr {
            Expr::Ident(name) => {
                names.push(name.clone());
                names.reverse();
                return Some(names);
            }
            Expr::Select(select) if !select.test => {
                names.push(select.field.clone());
                node = &select.operand;
            }
            _ => return None,
        }
    }
}
