// SPDX-License-Identifier: Apache-2.0
//! Looking at objects from outside.
use std::path::PathBuf;
use std::ptr::NonNull;
use std::time::{Duration, SystemTime};

use crate::error::{c_text, check, text_of};
use crate::{sys, Result};

/// What an object is. One namespace holds all kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)] // each is what it says
pub enum Kind {
    Mapping,
    Mutex,
    Event,
    Semaphore,
    Queue,
    Topic,
    Timer,
    /// One that a newer library knows, or that nobody can tell.
    Unknown,
}

/// Why an object is in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// Somebody holds a handle.
    Held,
    /// Nobody does; the name stays because it was asked to.
    Permanent,
    /// Nobody can tell this user what it is; see [`Object::problem`].
    Unreadable,
    /// Held, but written by another layout version, or damaged; see [`Object::problem`].
    Incompatible,
}

/// What is known of an object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Object {
    /// As it was created, with `Global\` in front for the global scope.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Why it is in the list.
    pub state: State,
    /// Permission bits.
    pub mode: u32,
    /// Bytes, as asked for when it was created.
    pub size: u64,
    /// Bytes of memory that it occupies now.
    pub resident: u64,
    /// Open handles in all processes, at least; exactly, where [`handles_known`](Self::handles_known).
    pub handles: u64,
    /// Whether every handle is seen from here.
    pub handles_known: bool,
    /// User ID of its creator.
    pub owner: u32,
    /// Process ID of its creator, who may be gone.
    pub creator: i32,
    /// When.
    pub created: SystemTime,
    /// Whether all users see the name.
    pub global: bool,
    /// Whether it keeps its name without a handle.
    pub permanent: bool,
    /// Path of the object's file.
    pub file: PathBuf,
    /// Of a file mapping: path of the file that it leads to.
    pub target: Option<PathBuf>,
    /// Of one that is unreadable or incompatible: why.
    pub problem: Option<String>,
}

/// A process that holds an object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Holder {
    /// Its process ID, as seen from here.
    pub pid: i32,
    /// The user that it runs as; None where that is hidden.
    pub user: Option<u32>,
    /// Its command line; empty where that is hidden.
    pub command: String,
}

/// The holders that can be seen, and what is known of others.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Holders {
    /// By process ID.
    pub processes: Vec<Holder>,
    /// Whether somebody has a handle, seen or not.
    pub held: bool,
    /// Whether `processes` accounts for every handle.
    pub complete: bool,
}

/// What became of a name that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Now,
    /// It goes with the last handle.
    Later,
}

/// What killed holders left, and was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reclaimed {
    /// How many objects.
    pub objects: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Calls a destructor at the end of a scope.
struct Freed<T>(NonNull<T>, unsafe extern "C" fn(*mut T));

impl<T> Drop for Freed<T> {
    fn drop(&mut self) {
        // SAFETY: the list is ours, and this its last use.
        unsafe { (self.1)(self.0.as_ptr()) }
    }
}

fn objects(make: impl FnOnce(*mut *mut sys::coview_object_list) -> sys::coview_status) -> Result<Vec<Object>> {
    let mut raw = std::ptr::null_mut();
    check(make(&mut raw))?;
    let raw = NonNull::new(raw).expect("a call that succeeds gives a list");
    let list = Freed(raw, sys::coview_object_list_free);
    // SAFETY: the list is there until the end of this function, and its entries and texts with it; no index is beyond
    // the end.
    unsafe {
        let count = sys::coview_object_list_count(list.0.as_ptr());
        Ok((0..count).map(|i| object_of(&*sys::coview_object_list_at(list.0.as_ptr(), i))).collect())
    }
}

/// # Safety
/// Its texts are there.
unsafe fn object_of(raw: &sys::coview_object) -> Object {
    // SAFETY: the caller's promise.
    let text = |text| unsafe { text_of(text) };
    let unless_empty = |text: String| (!text.is_empty()).then_some(text);
    Object {
        name: text(raw.name),
        kind: match raw.kind {
            sys::COVIEW_KIND_MAPPING => Kind::Mapping,
            sys::COVIEW_KIND_MUTEX => Kind::Mutex,
            sys::COVIEW_KIND_EVENT => Kind::Event,
            sys::COVIEW_KIND_SEMAPHORE => Kind::Semaphore,
            sys::COVIEW_KIND_QUEUE => Kind::Queue,
            sys::COVIEW_KIND_TOPIC => Kind::Topic,
            sys::COVIEW_KIND_TIMER => Kind::Timer,
            _ => Kind::Unknown,
        },
        state: match raw.state {
            sys::COVIEW_STATE_HELD => State::Held,
            sys::COVIEW_STATE_PERMANENT => State::Permanent,
            sys::COVIEW_STATE_UNREADABLE => State::Unreadable,
            _ => State::Incompatible,
        },
        mode: raw.mode,
        size: raw.size,
        resident: raw.resident,
        handles: raw.handles,
        handles_known: raw.handles_known != 0,
        owner: raw.owner,
        creator: raw.creator,
        created: SystemTime::UNIX_EPOCH + Duration::from_nanos(u64::try_from(raw.created).unwrap_or(0)),
        global: raw.global != 0,
        permanent: raw.permanent != 0,
        file: text(raw.file).into(),
        target: unless_empty(text(raw.target)).map(PathBuf::from),
        problem: unless_empty(text(raw.problem)),
    }
}

/// All objects of this user's local scope and of the global scope, by name.
pub fn list() -> Result<Vec<Object>> {
    // SAFETY: the list is stored in a variable of ours.
    objects(|result| unsafe { sys::coview_list(result) })
}

/// One object. Errors: `NotFound` where nobody holds it.
pub fn stat(name: &str) -> Result<Object> {
    let name = c_text(name)?;
    // SAFETY: the name is good during the call.
    let mut one = objects(|result| unsafe { sys::coview_stat(name.as_ptr(), result) })?;
    Ok(one.swap_remove(0))
}

/// The processes that hold an object. Errors: `NotFound`.
pub fn holders(name: &str) -> Result<Holders> {
    let name = c_text(name)?;
    let mut raw = std::ptr::null_mut();
    // SAFETY: the name is good during the call; the list is stored in a variable of ours.
    check(unsafe { sys::coview_find_holders(name.as_ptr(), &mut raw) })?;
    let list = Freed(NonNull::new(raw).expect("a call that succeeds gives a list"), sys::coview_holder_list_free);
    // SAFETY: the list is there until the end of this function, and its entries and texts with it; no index is beyond
    // the end.
    unsafe {
        let raw = list.0.as_ptr();
        let process = |i| {
            let holder = &*sys::coview_holder_list_at(raw, i);
            let user = (holder.user != u32::MAX).then_some(holder.user);
            Holder { pid: holder.pid, user, command: text_of(holder.command) }
        };
        Ok(Holders {
            processes: (0..sys::coview_holder_list_count(raw)).map(process).collect(),
            held: sys::coview_holder_list_held(raw) != 0,
            complete: sys::coview_holder_list_complete(raw) != 0,
        })
    }
}

/// Ends a permanent object: at once, or with its last handle. Errors: `NotFound`; `PermissionDenied`.
pub fn remove(name: &str) -> Result<Removed> {
    remove_with(name, false)
}

/// Takes the name away from any object: who has a handle goes on, and who opens the name gets another object.
pub fn remove_by_force(name: &str) -> Result<Removed> {
    remove_with(name, true)
}

fn remove_with(name: &str, force: bool) -> Result<Removed> {
    let name = c_text(name)?;
    let mut later = 0;
    // SAFETY: the name is good during the call; the answer is stored in a variable of ours.
    check(unsafe { sys::coview_remove(name.as_ptr(), force.into(), &mut later) })?;
    Ok(if later != 0 { Removed::Later } else { Removed::Now })
}

/// Gives back what killed holders left; nobody ever sees that, but it takes memory.
pub fn reclaim() -> Result<Reclaimed> {
    let mut given = Reclaimed { objects: 0, bytes: 0 };
    // SAFETY: both numbers are stored in variables of ours.
    check(unsafe { sys::coview_reclaim(&mut given.objects, &mut given.bytes) })?;
    Ok(given)
}
