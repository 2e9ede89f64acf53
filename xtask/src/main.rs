//! The project's commands: `cargo xtask demo | build | test | bench | dev`. Each has a file of its own.

use std::process::ExitCode;

mod bench;
mod build;
mod command;
mod demo;
mod dev;
mod folders;
mod page_weight;
mod server;
mod stage;
mod test;

const USAGE: &str = "\
cargo xtask <COMMAND>

  demo [ARGS]   build all, start `hms serve --demo ARGS`, print the addresses and the sign-ins
  build         the browser's code, the assets (target/site) and the server (target/release/hms)
  test          everything CI checks, installing what it needs on a Debian machine
                  --list          name the stages
                  --only STAGE    one stage (may be given several times)
  bench [PART]  the benchmarks: figures and ratios, no verdict on time; or one part of that of the server:
                  stores | growth | timers | sockets | lists | nodes
  dev [ARGS]    rebuild and restart `hms serve --demo ARGS` on change
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    // `cargo xtask demo -- --clock-rate 240` means the same as without the `--`.
    let mut rest: Vec<String> = arguments.collect();
    if rest.first().is_some_and(|first| first == "--") {
        rest.remove(0);
    }

    let outcome = match command.as_str() {
        "demo" => demo::demo(&rest),
        "build" => nothing_more(&rest).and_then(|()| build::build()),
        "test" => match test::test(&rest) {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::FAILURE,
            Err(error) => Err(error),
        },
        "bench" => bench::bench(&rest),
        "dev" => dev::dev(&rest),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        "" => Err(anyhow::anyhow!("which command?\n\n{USAGE}")),
        other => Err(anyhow::anyhow!(
            "there is no command \"{other}\"\n\n{USAGE}"
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn nothing_more(rest: &[String]) -> anyhow::Result<()> {
    match rest.first() {
        None => Ok(()),
        Some(first) => anyhow::bail!("this command takes no arguments, but got \"{first}\""),
    }
}
