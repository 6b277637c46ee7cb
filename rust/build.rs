// SPDX-License-Identifier: Apache-2.0
//! Finds libcoview by pkg-config, and tells cargo where it is.
use std::env;
use std::ffi::OsString;
use std::process::{exit, Command};

/// What pkg-config says to these arguments.
fn pkg_config(arguments: &[&str]) -> Result<String, String> {
    let program = env::var_os("PKG_CONFIG").unwrap_or_else(|| OsString::from("pkg-config"));
    let output = Command::new(&program)
        .args(arguments)
        .output()
        .map_err(|error| format!("{} cannot be started: {error}", program.to_string_lossy()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

fn main() {
    for variable in ["PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    // Until 1.0, a minor version may change the interface.
    if let Err(cause) = pkg_config(&["--exists", "--print-errors", "coview >= 0.2.0", "coview < 0.3.0"]) {
        eprintln!("libcoview 0.2 is not found: {cause}");
        eprintln!("Install it (cmake --install build/release --prefix PREFIX), and where PREFIX is not one that");
        eprintln!("pkg-config looks into, set PKG_CONFIG_PATH=PREFIX/lib/pkgconfig.");
        exit(1);
    }
    // Asked for by its name: --libs leaves out what the linker looks into anyway.
    let directory = pkg_config(&["--variable=libdir", "coview"]).unwrap_or_default();
    println!("cargo:rustc-link-search=native={directory}");
    println!("cargo:rustc-link-lib=dylib=coview");
    println!("cargo:rerun-if-changed={directory}/libcoview.so");
    // Of this package's own tests and examples; who depends on it has the loader find the library.
    println!("cargo:rustc-link-arg=-Wl,-rpath,{directory}");
    // Where the header is, for those who compile C beside it, and for the test that compares.
    let include = pkg_config(&["--variable=includedir", "coview"]).unwrap_or_default();
    println!("cargo:include={include}");
    println!("cargo:rustc-env=COVIEW_INCLUDE={include}");
}
