//! Hooks that are programs.

use std::{collections::BTreeMap, process::Stdio, sync::Mutex};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Command,
};

use super::{
    HookStatus,
    payload::Payload,
    secret::{Resolved, hide},
    tail::Tail,
};
use crate::workflow::lock::lock;

/// What the names of our own variables begin with.
pub(super) const PREFIX: &str = "CLOUDGAUGE_";

/// What a program needs of the environment to work at all.
const PASSED_ON: [&str; 5] = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"];

/// A program to run.
#[derive(Clone, Debug)]
pub(super) struct Process {
    /// The program and its arguments; at least the program.
    argv: Vec<String>,
    /// The user's own variables.
    variables: BTreeMap<String, Resolved>,
    /// The part of our environment that is passed on.
    environment: BTreeMap<String, String>,
}

impl Process {
    pub(super) fn new(
        argv: Vec<String>,
        variables: BTreeMap<String, Resolved>,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let passed_on = PASSED_ON.iter().filter_map(|name| environment.get_key_value(*name));
        let environment = passed_on.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { argv, variables, environment }
    }

    /// Runs the program to its end; its output goes to `output` as it appears.
    ///
    /// The program and its descendants are killed when the future is dropped.
    pub(super) async fn run(&self, hook: &str, payload: &Payload, body: &[u8], output: &Output) -> HookStatus {
        let mut command = Command::new(&self.argv[0]);
        command.args(&self.argv[1..]).env_clear().envs(&self.environment);
        for (name, value) in &self.variables {
            match value.read().await {
                Ok(value) => {
                    command.env(name, &value);
                    lock(&output.secrets).push(value);
                }
                Err(problem) => return HookStatus::Failed(format!("variable `{name}`: {problem}")),
            }
        }
        command
            .env(format!("{PREFIX}EVENT"), payload.event.as_str())
            .env(format!("{PREFIX}HOOK"), hook)
            .env(format!("{PREFIX}WORKFLOW"), payload.workflow.as_str())
            .env(format!("{PREFIX}RUN"), payload.run.as_str())
            .env(format!("{PREFIX}TRIGGER"), payload.trigger.as_str())
            .env(format!("{PREFIX}OUTCOME"), payload.outcome.as_str())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that what it starts can be killed with it.
            .process_group(0)
            .kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return HookStatus::Failed(format!("cannot start `{}`: {error}", self.argv[0])),
        };
        let group = Group::of(&child);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program need not read what it is told: a closed pipe is no error.
                let _unread = stdin.write_all(body).await;
            }
        };
        let end = async {
            let status = child.wait().await;
            // Whatever the program left behind would keep the pipes open, and run without limit.
            drop(group);
            status
        };
        let (status, (), (), ()) =
            futures::join!(end, feed, drain(stdout, &output.stdout), drain(stderr, &output.stderr));
        match status {
            Ok(status) => exit_status(status),
            Err(error) => HookStatus::Failed(format!("cannot wait for `{}`: {error}", self.argv[0])),
        }
    }
}

/// What a program wrote so far.
#[derive(Debug, Default)]
pub(super) struct Output {
    stdout: Mutex<Tail>,
    stderr: Mutex<Tail>,
    /// What it was given and must not be shown.
    secrets: Mutex<Vec<String>>,
}

impl Output {
    pub(super) fn lines(&self) -> Vec<String> {
        let secrets = lock(&self.secrets);
        let lines = [&self.stdout, &self.stderr].into_iter().flat_map(|tail| lock(tail).lines());
        lines.map(|line| hide(&line, &secrets)).collect()
    }
}

fn exit_status(status: std::process::ExitStatus) -> HookStatus {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => HookStatus::Exited(code),
        (None, Some(signal)) => HookStatus::Killed(signal),
        (None, None) => HookStatus::Failed("ended without a status".to_owned()),
    }
}

async fn drain(stream: Option<impl AsyncRead + Unpin>, tail: &Mutex<Tail>) {
    let Some(mut stream) = stream else { return };
    let mut buffer = [0; 4096];
    // A stream that breaks has no more to say.
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        lock(tail).extend(&buffer[..count]);
    }
}

/// A process group that is killed on drop.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn of(child: &tokio::process::Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It fails when nobody is left, which is what is wanted.
            let _gone = kill_process_group(leader, Signal::KILL);
        }
    }
}
