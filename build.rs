//! Tells the program what it was built from: `cloudgauge --version`, `cloudgauge_build_info`.

use std::env;
use std::process::Command;

fn main() {
    // A release is built from an archive without a repository: the packager sets the variable.
    println!("cargo::rerun-if-env-changed=CLOUDGAUGE_REVISION");
    println!("cargo::rerun-if-changed=.git/HEAD");
    let revision = variable("CLOUDGAUGE_REVISION").or_else(|| output("git", &["rev-parse", "--short=12", "HEAD"]));
    println!("cargo::rustc-env=CLOUDGAUGE_REVISION={}", revision.as_deref().unwrap_or("unknown"));
    // Cargo names the compiler it uses.
    let rustc = variable("RUSTC").and_then(|rustc| output(&rustc, &["--version"]));
    let version = rustc.as_deref().and_then(|line| line.split(' ').nth(1)).unwrap_or("unknown");
    println!("cargo::rustc-env=CLOUDGAUGE_RUSTC={version}");
}

fn variable(name: &str) -> Option<String> {
    env::var_os(name)?.into_string().ok().filter(|value| !value.is_empty())
}

/// The first line that a command prints, if it can be run and succeeds.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
}
