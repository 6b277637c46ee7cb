// SPDX-License-Identifier: Apache-2.0
//! Other processes: this very program, started again to run one of its tests that is `#[ignore]`d otherwise.
#![allow(dead_code)] // each test program uses some of it
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A name that no other test and no other run has.
pub fn unique(name: &str) -> String {
    format!("rust {name} {}", std::process::id())
}

/// What a part is given.
const GIVEN: &str = "COVIEW_TEST_GIVEN";

/// In a part: what it was given, or None in an ordinary run of the tests.
pub fn given() -> Option<String> {
    std::env::var(GIVEN).ok()
}

/// In a part: tells the one that started it, and waits for a line from it.
pub fn tell_and_wait(what: &str) {
    println!("\npart: {what}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

/// A process that runs a test of this program; ends with the object, by kill -9.
pub struct Part {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Part {
    pub fn start(test: &str, given: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(GIVEN, given)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    /// What it tells next.
    pub fn told(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the part ended without a word");
            if let Some(what) = line.trim_end().strip_prefix("part: ") {
                return what.to_owned();
            }
        }
    }

    /// Lets it go on.
    pub fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    /// Lets it go on, and waits for its end.
    pub fn finish(mut self) {
        self.go_on();
        assert!(self.process.wait().unwrap().success());
    }

    pub fn pid(&self) -> i32 {
        self.process.id() as i32
    }

    /// kill -9, and waits until it is gone.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
