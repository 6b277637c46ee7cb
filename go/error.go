// SPDX-License-Identifier: Apache-2.0

package coview

// #cgo pkg-config: coview
// #include "shim.h"
import "C"

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"unsafe"
)

// Error is what went wrong.
type Error struct {
	Errno    syscall.Errno // such as ENOENT where there is no such object
	Sentence string        // operation, object, cause, remedy
	cause    error
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Sentence }

// Unwrap returns the number, which errors.Is compares with fs.ErrNotExist and its likes.
func (e *Error) Unwrap() error {
	if e.cause != nil {
		return e.cause
	}
	return e.Errno
}

func invalid(format string, arguments ...any) *Error {
	return &Error{Errno: syscall.EINVAL, Sentence: fmt.Sprintf(format, arguments...)}
}

func closed(what string) *Error {
	return &Error{Errno: syscall.EBADF, Sentence: "cannot use a " + what + ": it was closed", cause: fs.ErrClosed}
}

// Version returns the version of libcoview, such as "0.2.0".
func Version() string { return C.GoString(C.coview_version()) }

// status of a call that failed or not; how it went where it did not.
func check(done C.shim_done) (C.coview_status, error) {
	if done.status >= 0 {
		return done.status, nil
	}
	sentence := C.GoString(done.sentence)
	C.free(unsafe.Pointer(done.sentence))
	return done.status, &Error{Errno: syscall.Errno(-done.status), Sentence: sentence}
}

// A text as C has it, and what frees it.
func cText(text string) (*C.char, func(), error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, func() {}, invalid("%q has a zero byte in it", text)
	}
	made := C.CString(text)
	return made, func() { C.free(unsafe.Pointer(made)) }, nil
}

func cBool(value bool) C.uint8_t {
	if value {
		return 1
	}
	return 0
}

func cInt(value bool) C.int {
	if value {
		return 1
	}
	return 0
}
