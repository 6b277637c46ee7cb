// SPDX-License-Identifier: Apache-2.0
mod support;

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use coview::{wait_all, wait_any, CreateOptions, Event, Mapping, Mutex, Reset, Semaphore, Timer, Waitable};
use support::{given, tell_and_wait, unique, Part};

const NO_TIME: Duration = Duration::ZERO;

#[test]
fn a_mutex_is_owned_by_one_thread_as_often_as_it_locks() {
    let name = unique("mutex");
    let lock = Mutex::create(&name).unwrap();
    assert!(lock.was_created() && !Mutex::open_or_create(&name).unwrap().was_created());
    let first = lock.lock().unwrap();
    let second = lock.try_lock().unwrap().expect("recursive");
    assert!(!first.abandoned());
    assert_eq!(first.mutex().name(), name);
    let other = || std::thread::scope(|scope| scope.spawn(|| lock.try_lock().unwrap().is_some()).join().unwrap());
    assert!(!other());
    drop(first);
    assert!(!other());
    drop(second);
    assert!(other());
    assert_eq!(Mutex::open(&unique("no mutex")).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(Mutex::create(&name).unwrap_err().kind(), ErrorKind::AlreadyExists);
}

#[test]
fn a_killed_owner_is_told_of_once() {
    let name = unique("killed owner");
    let lock = Mutex::create(&name).unwrap();
    let mut part = Part::start("part_that_locks", &name);
    assert_eq!(part.told(), "locked");
    assert!(lock.try_lock().unwrap().is_none());
    assert!(lock.lock_timeout(Duration::from_millis(1)).unwrap().is_none());
    part.kill();
    assert!(lock.lock().unwrap().abandoned());
    assert!(!lock.lock().unwrap().abandoned());
}

#[test]
fn a_killed_owner_is_told_of_by_a_wait_for_several() {
    let name = unique("killed owner of several");
    let lock = Mutex::create(&name).unwrap();
    let never = Event::create(&unique("never"), Reset::Manual, false).unwrap();
    let objects: [Waitable<'_>; 2] = [(&never).into(), (&lock).into()];
    let mut part = Part::start("part_that_locks", &name);
    assert_eq!(part.told(), "locked");
    assert!(wait_any(&objects, Some(NO_TIME)).unwrap().is_none());
    part.kill();
    let waited = wait_any(&objects, None).unwrap().unwrap();
    assert_eq!(waited.index, 1);
    assert!(waited.guard.as_ref().unwrap().abandoned());
    std::thread::scope(|scope| scope.spawn(|| assert!(lock.try_lock().unwrap().is_none())).join().unwrap());
    drop(waited);
    std::thread::scope(|scope| scope.spawn(|| assert!(lock.try_lock().unwrap().is_some())).join().unwrap());

    let mut part = Part::start("part_that_locks", &name);
    assert_eq!(part.told(), "locked");
    part.kill();
    never.set().unwrap();
    let all = wait_all(&objects, None).unwrap().unwrap();
    assert!(all.abandoned && all.guards.len() == 1 && all.guards[0].abandoned());
}

#[test]
#[ignore = "is started by another test"]
fn part_that_locks() {
    let name = match given() {
        Some(name) => name,
        None => return,
    };
    let lock = Mutex::open(&name).unwrap();
    let _guard = lock.lock().unwrap();
    tell_and_wait("locked");
}

#[test]
fn no_number_is_lost_between_processes_under_a_mutex() {
    let name = unique("number");
    let lock = Mutex::create(&name).unwrap();
    let view = Mapping::create(&format!("{name} memory"), 4096).unwrap().map().unwrap();
    let mut part = Part::start("part_that_counts", &name);
    part.told();
    part.go_on();
    for _ in 0..2000 {
        let mut guard = lock.lock().unwrap();
        // SAFETY: both processes use these bytes under this mutex only, and refer to them in this way only.
        let number = unsafe { view.exclusive(&mut guard) };
        let value = u64::from_ne_bytes(number[..8].try_into().unwrap());
        number[..8].copy_from_slice(&(value + 1).to_ne_bytes());
    }
    assert_eq!(part.told(), "counted");
    assert_eq!(view.read::<u64>(0).unwrap(), 4000);
    part.finish();
}

#[test]
#[ignore = "is started by another test"]
fn part_that_counts() {
    let name = match given() {
        Some(name) => name,
        None => return,
    };
    let lock = Mutex::open(&name).unwrap();
    let view = Mapping::open(&format!("{name} memory")).unwrap().map().unwrap();
    tell_and_wait("ready");
    for _ in 0..2000 {
        let mut guard = lock.lock().unwrap();
        // SAFETY: as above.
        let number = unsafe { view.exclusive(&mut guard) };
        let value = u64::from_ne_bytes(number[..8].try_into().unwrap());
        number[..8].copy_from_slice(&(value + 1).to_ne_bytes());
    }
    tell_and_wait("counted");
}

#[test]
fn an_automatic_event_lets_one_through_and_a_manual_one_all() {
    let automatic = Event::create(&unique("automatic"), Reset::Automatic, true).unwrap();
    assert!(automatic.try_wait().unwrap());
    assert!(!automatic.try_wait().unwrap());
    assert!(!automatic.wait_timeout(Duration::from_millis(1)).unwrap());
    automatic.set().unwrap();
    automatic.wait().unwrap();

    let name = unique("manual");
    let manual = Event::create(&name, Reset::Manual, false).unwrap();
    let same = Event::open(&name).unwrap();
    assert_eq!((automatic.reset(), same.reset()), (Reset::Automatic, Reset::Manual));
    std::thread::scope(|scope| {
        let waiters = [(); 2].map(|()| scope.spawn(|| manual.wait().unwrap()));
        same.set().unwrap();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
    same.clear().unwrap();
    assert!(!manual.try_wait().unwrap());
    same.pulse().unwrap();
    assert!(!manual.try_wait().unwrap());
    assert!(Event::open_or_create(&name, Reset::Automatic, true).unwrap().reset() == Reset::Manual);
}

#[test]
fn a_semaphore_has_as_many_permits_as_it_says() {
    let name = unique("semaphore");
    let permits = Semaphore::create(&name, 1, 2).unwrap();
    let same = Semaphore::open(&name).unwrap();
    assert_eq!((same.count(), same.maximum()), (1, 2));
    permits.acquire().unwrap();
    assert!(!same.try_acquire().unwrap());
    assert!(!same.acquire_timeout(Duration::from_millis(1)).unwrap());
    assert_eq!(same.release(2).unwrap(), 0);
    assert_eq!(permits.release(1).unwrap_err().code(), 75);
    assert_eq!(permits.release(0).unwrap_err().code(), 22);
    assert_eq!(permits.count(), 2);
    assert_eq!(Semaphore::create(&unique("too many"), 3, 2).unwrap_err().code(), 22);
    assert!(!Semaphore::open_or_create(&name, 0, 9).unwrap().was_created());
}

#[test]
fn a_timer_is_due_once_or_again_and_again() {
    let name = unique("timer");
    let timer = Timer::create(&name, Reset::Automatic).unwrap();
    let same = Timer::open(&name).unwrap();
    assert_eq!((same.reset(), same.due_in().unwrap()), (Reset::Automatic, None));
    assert!(!same.wait_timeout(NO_TIME).unwrap());
    timer.set(NO_TIME, Duration::from_millis(1)).unwrap();
    same.wait().unwrap();
    same.wait().unwrap();
    assert!(same.due_in().unwrap().unwrap() <= Duration::from_millis(1));
    same.cancel().unwrap();
    timer.set(Duration::from_secs(3600), NO_TIME).unwrap();
    assert!(!timer.wait_timeout(NO_TIME).unwrap());
    assert!(same.due_in().unwrap().unwrap() > Duration::from_secs(3000));
    timer.set_at(SystemTime::UNIX_EPOCH, NO_TIME).unwrap();
    assert_eq!(wait_any(&[(&same).into()], None).unwrap().unwrap().index, 0);
    assert!(!Timer::open_or_create(&name, Reset::Manual).unwrap().was_created());
}

#[test]
fn all_or_none_are_taken() {
    let permits = Semaphore::create(&unique("all permits"), 1, 1).unwrap();
    let event = Event::create(&unique("all event"), Reset::Automatic, false).unwrap();
    let both: [Waitable<'_>; 2] = [(&permits).into(), (&event).into()];
    assert!(wait_all(&both, Some(NO_TIME)).unwrap().is_none());
    assert_eq!(permits.count(), 1);
    event.set().unwrap();
    let all = wait_all(&both, Some(NO_TIME)).unwrap().unwrap();
    assert!(!all.abandoned && all.guards.is_empty());
    assert_eq!((permits.count(), event.try_wait().unwrap()), (0, false));
    assert_eq!(wait_any(&[], None).unwrap_err().code(), 22);
    let too_many: Vec<Waitable<'_>> = (0..65).map(|_| (&event).into()).collect();
    assert_eq!(wait_any(&too_many, Some(NO_TIME)).unwrap_err().code(), 22);
    assert_eq!(wait_all(&[(&event).into(), (&event).into()], Some(NO_TIME)).unwrap_err().code(), 22);
}

#[test]
fn options_reach_the_object() {
    let name = unique("options");
    let options = CreateOptions::new().mode(0o640).permanent(true).reserve(false).huge_pages(false);
    drop(Event::create_with(&name, Reset::Manual, true, &options).unwrap());
    let seen = coview::stat(&name).unwrap();
    assert_eq!((seen.mode, seen.permanent, seen.kind), (0o640, true, coview::Kind::Event));
    assert!(Event::open(&name).unwrap().try_wait().unwrap());
    assert_eq!(coview::remove(&name).unwrap(), coview::Removed::Now);
    for made in [
        Mutex::open_or_create_with(&name, &options).map(drop),
        Semaphore::open_or_create_with(&format!("{name} s"), 1, 1, &options).map(drop),
        Timer::open_or_create_with(&format!("{name} t"), Reset::Manual, &options).map(drop),
        Mapping::open_or_create_with(&format!("{name} m"), 64, &options).map(drop),
    ] {
        made.unwrap();
    }
    for suffix in ["", " s", " t", " m"] {
        assert_eq!(coview::stat(&format!("{name}{suffix}")).unwrap().mode, 0o640);
        coview::remove(&format!("{name}{suffix}")).unwrap();
    }
}
