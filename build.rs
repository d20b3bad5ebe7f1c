//! Makes a build follow its migrations: diesel reads them at compile time.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
