// SPDX-License-Identifier: Apache-2.0
mod support;

use std::io::ErrorKind;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use coview::{holders, list, reclaim, remove, remove_by_force, stat, CreateOptions, Kind, Mapping, Removed, State};
use support::{given, tell_and_wait, unique, Part};

/// A child has what this process has open until it calls exec: who looks whether a name is gone lets none begin.
static BEGINNING: Mutex<()> = Mutex::new(());

#[test]
fn an_object_is_listed_with_its_holders() {
    let name = unique("listed");
    let mapping = Mapping::create(&name, 5000).unwrap();
    let begins = BEGINNING.lock().unwrap();
    let mut part = Part::start("part_that_holds", &name);
    drop(begins);
    assert_eq!(part.told(), "held");
    let seen = stat(&name).unwrap();
    assert_eq!((seen.kind, seen.state, seen.size, seen.mode), (Kind::Mapping, State::Held, 5000, 0o600));
    assert_eq!(seen.creator, std::process::id() as i32);
    // In a container, from which not all processes are seen, there could be more.
    assert!(seen.handles == 2 || !seen.handles_known);
    assert!(!seen.global && !seen.permanent && seen.target.is_none() && seen.problem.is_none());
    assert!(seen.file.exists() && seen.resident >= 5000);
    assert!(SystemTime::now().duration_since(seen.created).unwrap() < Duration::from_secs(600));
    assert!(list().unwrap().iter().any(|object| object.name == name));
    let who = holders(&name).unwrap();
    assert!(who.held && who.complete == seen.handles_known);
    let pids: Vec<_> = who.processes.iter().map(|holder| holder.pid).collect();
    let mut expected = [std::process::id() as i32, part.pid()];
    expected.sort_unstable();
    assert_eq!(pids, expected);
    assert!(who.processes[0].command.contains("objects") && who.processes[0].user.is_some());
    part.kill();
    drop(mapping);
    assert_eq!(stat(&name).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(holders(&name).unwrap_err().kind(), ErrorKind::NotFound);
    reclaim().unwrap();
}

#[test]
#[ignore = "is started by another test"]
fn part_that_holds() {
    let name = match given() {
        Some(name) => name,
        None => return,
    };
    let _held = Mapping::open(&name).unwrap();
    tell_and_wait("held");
}

#[test]
fn a_permanent_one_stays_until_it_is_removed() {
    let _no_child_begins = BEGINNING.lock().unwrap();
    let name = unique("permanent");
    let options = CreateOptions::new().permanent(true);
    let mapping = Mapping::create_with(&name, 64, &options).unwrap();
    assert_eq!(remove(&name).unwrap(), Removed::Later);
    drop(mapping);
    assert_eq!(stat(&name).unwrap_err().kind(), ErrorKind::NotFound);
    drop(Mapping::create_with(&name, 64, &options).unwrap());
    assert_eq!(stat(&name).unwrap().state, State::Permanent);
    assert_eq!(remove(&name).unwrap(), Removed::Now);
    assert_eq!(remove(&name).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn force_takes_the_name_from_who_holds_it() {
    let name = unique("forced");
    let mapping = Mapping::create(&name, 64).unwrap();
    assert_eq!(remove(&name).unwrap(), Removed::Later);
    assert!(mapping.is_still_named());
    assert_eq!(remove_by_force(&name).unwrap(), Removed::Now);
    assert!(!mapping.is_still_named());
}

#[test]
fn the_version_is_that_of_the_library() {
    // build.rs has looked that it is one that goes with this crate.
    assert_eq!(coview::version().split('.').filter_map(|part| part.parse::<u32>().ok()).count(), 3);
}
