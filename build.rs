//! States at build time what is being built: the revision and the compiler.
//!
//! Nothing here may fail: a build from a source archive, without git and without network, says `unknown`. A package
//! that knows its revision sets `CLOUDGAUGE_REVISION`.
#![expect(clippy::disallowed_methods, reason = "a build script has no other way to learn of its surroundings")]

use std::{env, fs, path::Path, process::Command};

/// As many digits as tell commits apart in large repositories.
const REVISION_LEN: usize = 12;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CLOUDGAUGE_REVISION");
    let revision = env::var("CLOUDGAUGE_REVISION").ok().filter(|given| !given.is_empty()).or_else(git_revision);
    println!("cargo::rustc-env=CLOUDGAUGE_REVISION={}", revision.as_deref().unwrap_or("unknown"));
    println!("cargo::rustc-env=CLOUDGAUGE_RUSTC={}", rustc_version().as_deref().unwrap_or("unknown"));
}

/// The version number of the compiler, for example `1.95.0`.
fn rustc_version() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    String::from_utf8(output.stdout).ok()?.split_whitespace().nth(1).map(str::to_owned)
}

/// The commit that is checked out, read from git's files so that git need not be there.
fn git_revision() -> Option<String> {
    let dot_git = Path::new(&env::var_os("CARGO_MANIFEST_DIR")?).join(".git");
    let git = match fs::read_to_string(&dot_git) {
        // In a worktree, `.git` is a file that names the directory.
        Ok(pointer) => dot_git.parent()?.join(pointer.strip_prefix("gitdir:")?.trim()),
        Err(_) => dot_git,
    };
    let common = match fs::read_to_string(git.join("commondir")) {
        Ok(common) => git.join(common.trim()),
        Err(_) => git.clone(),
    };
    let head = watched(&git.join("HEAD"))?;
    let revision = match head.trim().strip_prefix("ref: ") {
        None => head.trim().to_owned(),
        Some(reference) => watched(&common.join(reference)).or_else(|| {
            let packed = watched(&common.join("packed-refs"))?;
            packed.lines().find_map(|line| line.strip_suffix(reference)).map(str::to_owned)
        })?,
    };
    let revision = revision.trim();
    let is_commit = revision.len() >= REVISION_LEN && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| revision[..REVISION_LEN].to_owned())
}

/// Reads a file, and has the build repeated when it changes.
fn watched(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    Some(text)
}
