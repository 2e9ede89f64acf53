//! `hms`: see `hms --help`.

fn main() -> std::process::ExitCode {
    hms_server::cli::program()
}
