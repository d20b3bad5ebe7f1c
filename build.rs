//! Makes a build follow its migrations, which diesel reads at compile time.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
