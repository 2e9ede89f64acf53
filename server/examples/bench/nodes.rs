//! Two nodes on one database against one.

use crate::database::{Databases, Kind};
use crate::figures::{Figures, per_second};
use crate::load::{Calls, Load};
use crate::served::Served;
use crate::{Asked, Failure};

pub(crate) async fn measure(
    databases: &Databases,
    asked: &Asked,
    figures: &mut Figures,
) -> Result<(), Failure> {
    figures.head("PostgreSQL, nodes");
    for (how, calls) in [
        ("one call each", Calls::Single),
        ("batch calls", Calls::Many(100)),
    ] {
        for nodes in [1, 2] {
            let place = databases
                .fresh(Kind::Postgres, &format!("{how}, {nodes}"))
                .await;
            // Nodes of one installation share its key.
            let served: Vec<Served> = (0..nodes)
                .map(|_| Served::start(&place))
                .collect::<Result<_, _>>()?;
            let addresses: Vec<&str> = served.iter().map(|node| node.api.as_str()).collect();
            let done = Load::new(&addresses, asked.runs, asked.connections, calls)
                .run()
                .await?;
            figures.add(
                &format!("completed runs, {how}, nodes: {nodes}"),
                "runs/s",
                per_second(asked.runs, done.took),
            );
            for node in served {
                node.stop()?;
            }
        }
        figures.ratio(
            &format!("two nodes ÷ one, {how}"),
            &format!("completed runs, {how}, nodes: 2"),
            &format!("completed runs, {how}, nodes: 1"),
        );
    }
    Ok(())
}
