//! Writes the JavaScript and TypeScript face of a compiled WebAssembly module.
//!
//! Owns one call of the `wasm-bindgen` library, so that nobody has to install its
//! command-line tool in the matching version. A package of its own because it compiles
//! slowly and only `cargo xtask console` and the web tests need it.
//!
//! `xtask-bindgen MODULE.wasm OUT_DIR` replaces the generated files in `OUT_DIR`.

use std::path::PathBuf;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [module, out] = arguments.as_slice() else {
        eprintln!("usage: xtask-bindgen MODULE.wasm OUT_DIR");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).typescript(true);
    // The page loads the module from beside the script: Vite rewrites that address.
    let written = bindgen
        .web(true)
        .map(|bindgen| bindgen.omit_default_module_path(false))
        .and_then(|bindgen| bindgen.generate(out));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}
