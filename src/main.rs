//! The program: hands the process over to the library and ends with its exit code.

use std::{
    env, fs,
    io::{self, IsTerminal},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use cloudgauge::{
    app::Application,
    cli::{self, Printer, Process},
};
use mimalloc::MiMalloc;
use tokio::runtime::Builder;

/// Gives memory back that a collection no longer needs; answers of clouds are a multitude of small texts that do not
/// live long.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Threads that computed end soon: only then is all that they have freed given back.
const KEEP_ALIVE: Duration = Duration::from_secs(1);

fn main() -> io::Result<ExitCode> {
    let process = Process {
        arguments: env::args_os().collect(),
        environment: env::vars_os().collect(),
        read: Arc::new(|path| fs::read(path)),
        stdout: Printer::new(io::stdout(), io::stdout().is_terminal()),
        stderr: Printer::new(io::stderr(), io::stderr().is_terminal()),
    };
    let runtime = Builder::new_multi_thread().enable_all().thread_keep_alive(KEEP_ALIVE).build()?;
    let code = runtime.block_on(cli::run(process, &Application));
    // A computation that nobody waits for any more must not keep the process alive.
    runtime.shutdown_background();
    Ok(code.into())
}
