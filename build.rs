//! Makes a build follow its migrations, which diesel reads at compile time, and plants the bug that
//! `AMPARA_PLANTED` names, for the simulator to find; never in a build that could be shipped.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to a build script by the environment"
)]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-env-changed=AMPARA_PLANTED");
    let Some(bug) = std::env::var("AMPARA_PLANTED")
        .ok()
        .filter(|bug| !bug.is_empty())
    else {
        return;
    };
    let profile = std::env::var("PROFILE").unwrap_or_default();
    assert!(
        profile == "debug",
        "AMPARA_PLANTED={bug} plants a bug: only in a debug build"
    );
    println!("cargo:rustc-cfg=planted=\"{bug}\"");
    println!("cargo:rustc-env=AMPARA_PLANTED_BUG={bug}");
    println!("cargo:warning=this build holds the planted bug `{bug}`");
}
