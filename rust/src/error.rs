// SPDX-License-Identifier: Apache-2.0
use std::ffi::{CStr, CString};
use std::fmt;
use std::io;
use std::os::raw::c_char;
use std::time::Duration;

use crate::sys;

/// What went wrong: the number of errno(3), and a sentence that names operation, object, cause and remedy.
///
/// ```
/// let error = coview::Mapping::open("nobody has this").unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
/// assert!(error.to_string().contains("nobody has this"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    code: i32,
    sentence: String,
}

/// What the calls of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

pub(crate) const EINVAL: i32 = 22;
pub(crate) const ERANGE: i32 = 34;
pub(crate) const EBADMSG: i32 = 74;

impl Error {
    pub(crate) fn new(code: i32, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
    }

    /// The number of errno(3), such as 2 where there is no such object.
    pub fn code(&self) -> i32 {
        self.code
    }

    /// What kind of error that is, as of an [`io::Error`] with this number.
    pub fn kind(&self) -> io::ErrorKind {
        io::Error::from_raw_os_error(self.code).kind()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (error {})", self.sentence, self.code)
    }
}

impl std::error::Error for Error {}

/// Keeps the kind and the sentence.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        io::Error::new(error.kind(), error)
    }
}

/// The text at `text`, which C returned.
///
/// # Safety
/// `text` is null or leads to a string that ends in a zero byte and stays as it is during the call.
pub(crate) unsafe fn text_of(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A status that is no error, or the error that the last call of this thread left.
pub(crate) fn check(status: sys::coview_status) -> Result<sys::coview_status> {
    if status >= 0 {
        return Ok(status);
    }
    // SAFETY: the sentence is this thread's own, and stays until its next call that fails.
    Err(Error::new(-status, unsafe { text_of(sys::coview_last_error()) }))
}

/// A name or text as C has it.
pub(crate) fn c_text(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::new(EINVAL, format!("'{}' has a zero byte in it", text.escape_default())))
}

/// Nanoseconds from now; None waits for ever. What is longer than 292 years is for ever, too.
pub(crate) fn nanoseconds(timeout: Option<Duration>) -> i64 {
    timeout.and_then(|time| i64::try_from(time.as_nanos()).ok()).unwrap_or(sys::COVIEW_FOREVER)
}

/// The version of libcoview, such as "0.2.0".
pub fn version() -> String {
    // SAFETY: a constant text.
    unsafe { text_of(sys::coview_version()) }
}
