// SPDX-License-Identifier: Apache-2.0

// Package coview is named memory, locks and messages that several processes see at once, gone with their last holder,
// however it ends.
//
//	memory, err := coview.OpenOrCreateMapping("MySharedMem", 4096) // the same in every process
//	view, err := memory.Map()
//	err = view.Use(func(bytes []byte) error {
//		number, err := coview.At[uint64](bytes, 0)
//		if err == nil {
//			fmt.Println(atomic.AddUint64(number, 1))
//		}
//		return err
//	})
//
// # Handles
//
// What Open, Create and their likes give is to be closed: nothing is closed by the garbage collector, which cannot see who
// uses shared memory. Close may be called at any time, also twice, and while other goroutines use the handle: it is then
// given back when the last of them is done. Later calls fail with an error that is fs.ErrClosed.
//
// All types may be used by several goroutines at once, but for Slot, Message and Lock.
//
// # Waiting
//
// Waits take a context. A deadline is kept; that the context was cancelled is noticed within a twentieth of a second, and
// the wait then ends with the context's error. With one that has ended already, a call asks without waiting.
// context.Background() waits for ever, and costs nothing meanwhile. A goroutine that waits has a thread of the system for
// itself.
//
// # Mutexes and threads
//
// A Mutex is owned by a thread of the system, and Go moves goroutines between threads. So Lock ties the goroutine to its
// thread (runtime.LockOSThread), until the Unlock in the same goroutine. Where the goroutine ends without it, Go ends the
// thread, and the next owner is told that the lock was abandoned. But the process's first thread Go only parks: a lock that
// was forgotten there stays owned until the process ends. So unlock with defer; or call runtime.LockOSThread in an init
// function, which leaves that thread to the main goroutine.
//
// # Errors
//
// All are *Error, or wrap one: errno's number, and a sentence that says what helps. errors.Is knows fs.ErrNotExist,
// fs.ErrExist and fs.ErrPermission in them.
package coview
