//! The program: hands the process over to the library and ends with its exit code.

use std::{
    env, fs,
    io::{self, IsTerminal},
    os::unix::process::CommandExt as _,
    process::{Command, ExitCode},
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

/// How long the allocator keeps what was freed, in milliseconds.
const PURGE_DELAY: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "0");

fn main() -> io::Result<ExitCode> {
    let (option, value) = PURGE_DELAY;
    // The allocator reads its options before `main`, from the environment alone. Who sets another value gets it.
    if env::var_os(option).is_none()
        && let Ok(program) = env::current_exe()
    {
        let mut anew = Command::new(program);
        anew.args(env::args_os().skip(1)).env(option, value);
        if let Some(name) = env::args_os().next() {
            anew.arg0(name);
        }
        // This returns only where it fails; then memory is given back a little later.
        drop(anew.exec());
    }
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
