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

/// The allocator's options: how long it keeps what was freed, in milliseconds, and whether it asks for pages of two
/// megabytes, of which a single text that lives long keeps the whole.
const ALLOCATOR_OPTIONS: [(&str, &str); 2] = [("MIMALLOC_PURGE_DELAY", "0"), ("MIMALLOC_ALLOW_THP", "0")];

fn main() -> io::Result<ExitCode> {
    // The allocator reads its options before `main`, from the environment alone. Who sets another value gets it.
    let unset = || ALLOCATOR_OPTIONS.into_iter().filter(|(option, _)| env::var_os(option).is_none());
    if unset().next().is_some()
        && let Ok(program) = env::current_exe()
    {
        let mut anew = Command::new(program);
        anew.args(env::args_os().skip(1)).envs(unset());
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
