use std::time::{Duration, Instant};

use hms_app::agency::{Agency, Refused};
use hms_server::identity::{ReceiptSecret, ReportNumber, ServerKey};
use uuid::Uuid;

use crate::house::House;

/// Tries with a wrong receipt at reports that are there and at numbers that nobody has, and how long each took.
pub(crate) struct Guesses {
    strange: ServerKey,
    took: [Vec<Duration>; 2],
}

impl Guesses {
    /// None yet.
    pub(crate) fn none() -> Guesses {
        Guesses {
            strange: ServerKey::fresh(),
            took: Default::default(),
        }
    }

    /// Four at a report's number and at another one.
    pub(crate) async fn at(&mut self, house: &House, number: &str) {
        let wrong = ReceiptSecret::of_draft(&self.strange, Uuid::new_v4(), 0).written();
        let unknown = ReportNumber::of_draft(&self.strange, Uuid::new_v4(), 0).to_string();
        // Turn by turn, so that whatever else the machine does falls on both.
        for _ in 0..4 {
            for (took, number) in self.took.iter_mut().zip([number, &unknown]) {
                let begun = Instant::now();
                let answer = house.desk.open_report(number, &wrong).await;
                took.push(begun.elapsed());
                assert_eq!(answer, Err(Refused::WrongSecret));
            }
        }
    }

    /// Nobody learns by the time whether there is a report. What is left out for one of them shows, in the middle of all
    /// tries and in nearly each pair of them; what a machine does beside falls on one of a pair as often as on the other.
    pub(crate) fn took_the_same(self) {
        let longer = {
            let [known, unknown] = &self.took;
            let pairs = known.iter().zip(unknown);
            pairs.filter(|(known, unknown)| known > unknown).count()
        };
        let pairs = self.took[0].len();
        let one_sided = longer.max(pairs - longer) * 100 / pairs;
        let [known, unknown] = self.took.map(|mut took| {
            took.sort();
            took[took.len() / 2].as_secs_f64()
        });
        assert!(
            (known / unknown - 1.0).abs() < 0.35 || one_sided < 85,
            "half of the tries took {known} s where there is a report, and {unknown} s where there is none; the first took \
             longer in {longer} of {pairs} pairs"
        );
    }
}
