//! `hms`: see `hms --help`.

/// What is shipped has its own, which takes minutes to build; all else has the system's.
#[cfg(all(feature = "embed", target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    hms_server::cli::program()
}
