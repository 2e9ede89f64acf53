use std::collections::BTreeMap;
use std::ops::Index;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// What each step that finished came to last, by its id.
///
/// A run has a few, and many runs wait at once: a sorted list takes what is in it, where a tree takes room for
/// eleven with the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "BTreeMap<Box<str>, Value>")]
pub struct Results(Vec<(Box<str>, Value)>);

impl Results {
    /// None yet.
    pub const fn new() -> Results {
        Results(Vec::new())
    }

    /// What a step came to.
    pub fn get(&self, step: &str) -> Option<&Value> {
        self.place(step).ok().map(|at| &self.0[at].1)
    }

    /// Keeps what a step came to, in place of what it came to before.
    pub fn insert(&mut self, step: &str, result: Value) {
        match self.place(step) {
            Ok(at) => self.0[at].1 = result,
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (step.into(), result));
            }
        }
    }

    /// The steps, in order of their ids.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(step, _)| &**step)
    }

    /// What they came to, in order of their ids.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().map(|(_, result)| result)
    }

    /// Each step and what it came to, in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(step, result)| (&**step, result))
    }

    /// Whether none has finished.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Where a step stands, or would.
    fn place(&self, step: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(step))
    }
}

impl Index<&str> for Results {
    type Output = Value;

    /// # Panics
    ///
    /// When the step has not finished; [`Results::get`] asks first.
    fn index(&self, step: &str) -> &Value {
        match self.get(step) {
            Some(result) => result,
            None => panic!("no result of the step \"{step}\""),
        }
    }
}

impl From<BTreeMap<Box<str>, Value>> for Results {
    fn from(sorted: BTreeMap<Box<str>, Value>) -> Results {
        Results(sorted.into_iter().collect())
    }
}

impl IntoIterator for Results {
    type Item = (Box<str>, Value);
    type IntoIter = std::vec::IntoIter<(Box<str>, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Results {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn they_are_kept_and_read_like_a_sorted_map() {
        let mut results = Results::new();
        let mut wanted = BTreeMap::new();
        for (number, step) in ["b", "a", "c", "a", "", "bb"].into_iter().enumerate() {
            results.insert(step, json!(number));
            wanted.insert(step, json!(number));
            let text = serde_json::to_string(&results).unwrap();
            assert_eq!(text, serde_json::to_string(&wanted).unwrap());
            assert_eq!(serde_json::from_str::<Results>(&text).unwrap(), results);
            assert!(
                results
                    .iter()
                    .eq(wanted.iter().map(|(step, result)| (*step, result)))
            );
            assert_eq!(results.get(step), wanted.get(step));
        }
        assert_eq!(results["a"], json!(3));
        assert_eq!(results.get("none"), None);
        // Keys in whatever order another program wrote them.
        let read: Results = serde_json::from_str(r#"{"z":1,"a":2}"#).unwrap();
        assert_eq!(read.keys().collect::<Vec<_>>(), ["a", "z"]);
    }
}
