//! A file that is new in the site makes the server new.
fn main() {
    println!("cargo::rerun-if-changed=site");
}
