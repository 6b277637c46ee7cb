// SPDX-License-Identifier: Apache-2.0
mod support;

use std::io::ErrorKind;
use std::os::unix::io::AsRawFd;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicU8, Ordering};

use coview::{shared_struct, Access, CreateOptions, Mapping, Mutex, View};
use support::{given, tell_and_wait, unique, Part};

#[test]
fn two_views_of_one_name_are_one_memory() {
    let name = unique("memory");
    let first = Mapping::create(&name, 5000).unwrap();
    let second = Mapping::open(&name).unwrap();
    assert!(first.was_created() && !second.was_created());
    assert_eq!((first.size(), second.size(), second.name()), (5000, 5000, name));
    assert!(first.is_still_named());
    assert!(first.as_raw_fd() >= 0);
    let (a, b) = (first.map().unwrap(), second.map_range(4096..4104).unwrap());
    assert_eq!((a.len(), b.len()), (5000, 8));
    a.bytes()[4097].store(7, Ordering::Relaxed);
    assert_eq!(b.bytes()[1].load(Ordering::Relaxed), 7);
    b.get::<AtomicU64>(0).unwrap().store(0x0102_0304_0506_0708, Ordering::Relaxed);
    assert_eq!(a.read::<u64>(4096).unwrap(), 0x0102_0304_0506_0708);
    a.write(4093, &[1.5_f32, -2.0]).unwrap(); // wherever it is, aligned or not
    assert_eq!(a.read::<[f32; 2]>(4093).unwrap(), [1.5, -2.0]);
    let mut copy = [0; 3];
    a.copy_to(4097, &mut copy).unwrap();
    a.copy_from(10, &copy).unwrap();
    assert_eq!(a.read::<[u8; 3]>(10).unwrap(), copy);
}

#[test]
fn the_name_goes_with_the_last_view() {
    let name = unique("last view");
    let view = Mapping::create(&name, 64).unwrap().map().unwrap();
    assert!(Mapping::open(&name).is_ok()); // the view keeps it
    drop(view);
    let error = Mapping::open(&name).unwrap_err();
    assert_eq!((error.code(), error.kind()), (2, ErrorKind::NotFound));
    assert!(error.to_string().contains(&name), "{error}");
    assert_eq!(std::io::Error::from(error).kind(), ErrorKind::NotFound);
}

#[test]
fn a_reader_only_reads() {
    let name = unique("reader");
    let writer = Mapping::create(&name, 64).unwrap();
    let reader = Mapping::open_with(&name, Access::ReadOnly).unwrap();
    assert_eq!((writer.access(), reader.access()), (Access::ReadWrite, Access::ReadOnly));
    assert_eq!(reader.map().unwrap_err().kind(), ErrorKind::PermissionDenied);
    let view = reader.map_read_only().unwrap();
    writer.map().unwrap().write(8, &42_u32).unwrap();
    assert_eq!(view.get::<AtomicU32>(8).unwrap().load(Ordering::Relaxed), 42);
    assert_eq!(view.read::<u32>(8).unwrap(), 42);
    assert_eq!(view.bytes()[8].load(Ordering::Relaxed), 42);
    let mut copy = [0; 2];
    view.copy_to(8, &mut copy).unwrap();
    assert_eq!((copy, view.len()), ([42, 0], 64));
    view.prefault().unwrap();
    assert_eq!(reader.map_read_only_range(60..).unwrap().len(), 4);
}

#[test]
fn what_is_beyond_the_end_or_misaligned_is_an_error() {
    let view = Mapping::anonymous(64).unwrap().map().unwrap();
    assert_eq!(view.get::<AtomicU64>(57).unwrap_err().code(), 34);
    assert_eq!(view.get::<AtomicU64>(4).unwrap_err().code(), 22);
    assert_eq!(view.get::<AtomicU64>(usize::MAX).unwrap_err().code(), 34);
    assert_eq!(view.slice::<AtomicU64>(8, usize::MAX / 4).unwrap_err().code(), 34);
    assert_eq!(view.slice::<AtomicU64>(8, 7).unwrap().len(), 7);
    assert_eq!(view.read::<u64>(60).unwrap_err().code(), 34);
    assert_eq!(view.write(64, &1_u8).unwrap_err().code(), 34);
    assert_eq!(view.copy_to(60, &mut [0; 5]).unwrap_err().code(), 34);
    assert_eq!(view.copy_from(64, &[]), Ok(()));
    let mapping = Mapping::anonymous(64).unwrap();
    assert_eq!(mapping.map_range(60..70).unwrap_err().code(), 34);
    #[allow(clippy::reversed_empty_ranges)]
    let reversed = mapping.map_range(9..8);
    assert_eq!(reversed.unwrap_err().code(), 34);
    assert_eq!(mapping.map_range(8..=15).unwrap().len(), 8);
}

#[test]
fn copy_on_write_stays_here_and_a_view_can_give_up_writing() {
    let mapping = Mapping::anonymous(64).unwrap();
    let (all, own) = (mapping.map().unwrap(), mapping.map_copy_on_write().unwrap());
    own.write(0, &9_u8).unwrap();
    assert_eq!((all.read::<u8>(0).unwrap(), own.read::<u8>(0).unwrap()), (0, 9));
    all.write(1, &3_u8).unwrap();
    let all = all.into_read_only().unwrap();
    assert_eq!(all.read::<u8>(1).unwrap(), 3);
}

#[test]
fn a_file_grows_and_keeps_what_is_written() {
    let path = std::env::temp_dir().join(unique("file"));
    let mapping = Mapping::file(&path, Access::ReadWrite, 100, None).unwrap();
    let view = mapping.map().unwrap();
    view.copy_from(95, b"hello").unwrap();
    view.flush().unwrap();
    let content = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!((content.len(), &content[95..]), (100, &b"hello"[..]));
    let missing = Mapping::file(&path, Access::ReadOnly, 0, None).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert_eq!(Mapping::file("a\0b", Access::ReadOnly, 0, None).unwrap_err().code(), 22);
}

#[test]
fn names_and_options_that_cannot_be_are_errors() {
    assert_eq!(Mapping::create("", 64).unwrap_err().code(), 22);
    assert_eq!(Mapping::create("a\0b", 64).unwrap_err().code(), 22);
    assert_eq!(Mapping::create(&unique("nothing"), 0).unwrap_err().code(), 22);
    assert_eq!(Mapping::anonymous(0).unwrap_err().code(), 22);
    let options = CreateOptions::default().mode(0o7777);
    assert_eq!(Mapping::create_with(&unique("mode"), 64, &options).unwrap_err().code(), 22);
    let name = unique("there");
    let _first = Mapping::create(&name, 64).unwrap();
    assert_eq!(Mapping::create(&name, 64).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(Mapping::open_or_create(&name, 4096).unwrap().size(), 64);
    assert!(Mutex::open(&name).is_err());
}

shared_struct! {
    struct Board {
        frames: AtomicU64,
        lamps: [AtomicU8; 8],
    }
}

#[test]
fn a_struct_of_atomics_is_seen_by_another_process() {
    let name = unique("board");
    let view = Mapping::create(&name, 4096).unwrap().map().unwrap();
    let board = view.get::<Board>(16).unwrap();
    let mut part = Part::start("part_that_writes_the_board", &name);
    assert_eq!(part.told(), "written");
    assert_eq!(board.frames.load(Ordering::Acquire), 5);
    assert_eq!(board.lamps[7].load(Ordering::Relaxed), 1);
    part.kill();
    assert!(Mapping::open(&name).is_ok());
}

#[test]
#[ignore = "is started by another test"]
fn part_that_writes_the_board() {
    let name = match given() {
        Some(name) => name,
        None => return,
    };
    let view = Mapping::open(&name).unwrap().map().unwrap();
    let board = view.get::<Board>(16).unwrap();
    board.lamps[7].store(1, Ordering::Relaxed);
    board.frames.store(5, Ordering::Release);
    tell_and_wait("written");
}

#[test]
fn under_a_guard_the_bytes_are_a_slice() {
    let view = Mapping::anonymous(64).unwrap().map().unwrap();
    let lock = Mutex::create(&unique("guard")).unwrap();
    let mut guard = lock.lock().unwrap();
    // SAFETY: the memory has no name, and this thread refers to it by this slice only.
    let bytes = unsafe { view.exclusive(&mut guard) };
    bytes.fill(3);
    bytes[5] = 4;
    drop(guard);
    assert_eq!(view.read::<[u8; 2]>(4).unwrap(), [3, 4]);
}

#[test]
fn threads_use_one_view() {
    fn shared<T: Send + Sync>(value: T) -> T {
        value
    }
    let view: View = shared(shared(Mapping::anonymous(64).unwrap()).map().unwrap());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    view.get::<AtomicU64>(0).unwrap().fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(view.read::<u64>(0).unwrap(), 4000);
}
