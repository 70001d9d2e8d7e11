//! Writes the Kotlin or the Swift face of a compiled phone core.
//!
//! Owns one call of uniffi's generator for each language, so that nobody installs its command-line tool
//! in the matching version. How the code is named is said in `core/companion/uniffi.toml`. Refuses
//! nothing but a wrong command line: a stripped library has lost its description, and the generator
//! says so itself.
//!
//! `handrail-bindgen kotlin|swift LIBRARY OUT` runs inside the workspace and writes below `OUT`:
//!
//! - Kotlin: one file for Android and the JVM, in the folders of its package;
//! - Swift: `HandrailFFI` (header and module map) and `HandrailGenerated` (Swift).

use std::process::ExitCode;

use uniffi_bindgen::bindings::{
    GenerateOptions, SwiftBindingsOptions, TargetLanguage, generate, generate_swift_bindings,
};

/// The C module below the Swift code; the name that `uniffi.toml` gives it, too.
const C_MODULE: &str = "HandrailFFI";
/// The module of the generated Swift.
const SWIFT_MODULE: &str = "HandrailGenerated";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [language, library, out] = arguments.as_slice() else {
        eprintln!("usage: handrail-bindgen kotlin|swift LIBRARY OUT");
        return ExitCode::from(2);
    };
    let written = match language.as_str() {
        "kotlin" => generate(kotlin(library, out)),
        "swift" => swift(library, out)
            .into_iter()
            .try_for_each(generate_swift_bindings),
        _ => {
            eprintln!("handrail-bindgen: kotlin or swift, not {language}");
            return ExitCode::from(2);
        }
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("handrail-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn kotlin(library: &str, out: &str) -> GenerateOptions {
    GenerateOptions {
        languages: vec![TargetLanguage::Kotlin],
        source: library.into(),
        out_dir: out.into(),
        ..GenerateOptions::default()
    }
}

/// Header and module map in one folder, Swift in another: each is a target of the package.
fn swift(library: &str, out: &str) -> [SwiftBindingsOptions; 2] {
    let into = |folder: &str, c: bool| SwiftBindingsOptions {
        generate_swift_sources: !c,
        generate_headers: c,
        generate_modulemap: c,
        source: library.into(),
        out_dir: format!("{out}/{folder}").into(),
        // That form of the module map is for a framework around a dynamic library.
        xcframework: false,
        module_name: c.then(|| C_MODULE.to_owned()),
        modulemap_filename: c.then(|| "module.modulemap".to_owned()),
        metadata_no_deps: false,
        link_frameworks: Vec::new(),
        config: None,
    };
    [into(C_MODULE, true), into(SWIFT_MODULE, false)]
}
