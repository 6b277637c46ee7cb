// SPDX-License-Identifier: Apache-2.0
//! `coview::sys` says what `coview.h` says: a C compiler compares them.
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

const SYS: &str = include_str!("../src/sys.rs");
/// In the header, and left out here on purpose.
const LEFT_OUT: [&str; 3] = ["coview_copy_", "coview_channel_", "coview_tree_"];

/// A declaration of `name` in C, of a type as Rust has it.
fn in_c(rust: &str, name: &str) -> String {
    let rust = rust.trim();
    if let Some(array) = rust.strip_prefix('[') {
        let (element, count) = array.trim_end_matches(']').split_once(';').unwrap();
        return format!("{}[{}]", in_c(element, name), count.trim());
    }
    if let Some(pointed) = rust.strip_prefix("*const ") {
        return format!("{} const* {name}", in_c(pointed, ""));
    }
    if let Some(pointed) = rust.strip_prefix("*mut ") {
        return format!("{}* {name}", in_c(pointed, ""));
    }
    let base = match rust {
        "usize" => "size_t",
        "c_int" => "int",
        "c_char" => "char",
        "c_void" => "void",
        "u8" | "u16" | "u32" | "u64" => return format!("uint{}_t {name}", &rust[1..]),
        "i8" | "i16" | "i32" | "i64" => return format!("int{}_t {name}", &rust[1..]),
        other => other,
    };
    format!("{base} {name}")
}

/// `name: type` pairs of a list with commas, as declarations.
fn declarations(list: &str) -> Vec<(String, String)> {
    let one = |each: &str| {
        let (name, rust) = each.split_once(':').expect(each);
        let name = name.trim().trim_start_matches("pub ").trim_start_matches("r#").to_owned();
        (name.clone(), in_c(rust, &name))
    };
    list.split(',').filter(|each| !each.trim().is_empty()).map(one).collect()
}

/// A C program that compiles where `sys` and the header agree, and the functions that `sys` has.
fn comparison(sys: &str) -> (String, BTreeSet<String>) {
    let mut program = String::from("#include <coview.h>\n#include <stddef.h>\n");
    let mut functions = BTreeSet::new();
    for part in sys.split("pub fn ").skip(1) {
        let declaration = &part[..part.find(';').unwrap()];
        let (name, rest) = declaration.split_once('(').unwrap();
        let (arguments, result) = rest.rsplit_once(')').unwrap();
        let result = result.trim().strip_prefix("->").unwrap_or("c_void");
        let arguments: Vec<_> = declarations(arguments).into_iter().map(|(_, declared)| declared).collect();
        let arguments = if arguments.is_empty() { "void".to_owned() } else { arguments.join(", ") };
        writeln!(program, "extern {}({arguments});", in_c(result, name)).unwrap();
        functions.insert(name.to_owned());
    }
    for part in sys.split("pub struct coview_").skip(1) {
        let name = part[..part.find(' ').unwrap()].trim();
        let members = declarations(&part[part.find('{').unwrap() + 1..part.find('}').unwrap()]);
        let body: String = members.iter().map(|(_, declared)| format!("{declared}; ")).collect();
        writeln!(program, "struct twin_{name} {{ {body}}};").unwrap();
        let (twin, own) = (format!("struct twin_{name}"), format!("coview_{name}"));
        writeln!(program, "_Static_assert(sizeof({twin}) == sizeof({own}), \"size of {own}\");").unwrap();
        for (member, _) in members {
            writeln!(
                program,
                "_Static_assert(offsetof({twin}, {member}) == offsetof({own}, {member}) && __builtin_types_compatible_p(\
                 __typeof__((({twin}*)0)->{member}), __typeof__((({own}*)0)->{member})), \"{member} of {own}\");"
            )
            .unwrap();
        }
    }
    for part in sys.split("pub const ").skip(1) {
        let (name, value) = part[..part.find(';').unwrap()].split_once('=').unwrap();
        let name = name.split_once(':').unwrap().0;
        let value = value.trim().replace("u64::MAX", "UINT64_MAX");
        writeln!(program, "_Static_assert({name} == {value}, \"{name}\");").unwrap();
    }
    (program, functions)
}

/// What the compiler says; nothing where it compiles.
fn compiled(program: &str, name: &str) -> String {
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&source, program).unwrap();
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let output = Command::new(compiler)
        .args(["-std=gnu11", "-fsyntax-only", "-Wall", "-Werror", "-I", env!("COVIEW_INCLUDE")])
        .arg(&source)
        .output()
        .expect("the C compiler that Rust links with");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn sys_is_the_header() {
    let (program, _) = comparison(SYS);
    assert_eq!(compiled(&program, "header.c"), "");
}

#[test]
fn differences_are_found() {
    for (right, wrong) in [
        ("timeout: i64", "timeout: i32"),
        ("pub huge_pages: u8", "pub huge_pages: u16"),
        ("pub size: u64,\n    pub resident: u64", "pub resident: u64,\n    pub size: u64"),
        ("COVIEW_ABANDONED: coview_status = 2", "COVIEW_ABANDONED: coview_status = 1"),
    ] {
        assert!(SYS.contains(right), "{right}");
        let (program, _) = comparison(&SYS.replace(right, wrong));
        // Members of one type that changed places are where the offsets are.
        let found = compiled(&program, "header_broken.c");
        assert_ne!(found, "", "{wrong}");
    }
}

#[test]
fn nothing_of_the_header_is_missing() {
    let (_, functions) = comparison(SYS);
    let header = fs::read_to_string(Path::new(env!("COVIEW_INCLUDE")).join("coview.h")).unwrap();
    for part in header.split("COVIEW_API ").skip(1).filter(|part| !part.starts_with("__attribute__")) {
        let declared = &part[..part.find('(').unwrap()];
        let name = declared.rsplit([' ', '*']).next().unwrap();
        let left_out = LEFT_OUT.iter().any(|prefix| name.starts_with(prefix));
        assert!(left_out || functions.contains(name), "{name} is in coview.h and not in sys");
    }
}
