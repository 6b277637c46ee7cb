// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"time"
	"unsafe"
)

const (
	ok        = C.COVIEW_OK
	timedOut  = C.COVIEW_TIMED_OUT
	abandoned = C.COVIEW_ABANDONED
	absent    = C.COVIEW_ABSENT
)

// How soon a wait notices that its context was cancelled.
const patience = 50 * time.Millisecond

// wait makes attempts of so many nanoseconds until one is no time-out, or the context ends: its error then. One that has
// ended already has one attempt without waiting.
func wait(ctx context.Context, attempt func(nanoseconds C.int64_t) (C.coview_status, error)) (C.coview_status, error) {
	if ctx.Done() == nil {
		return attempt(C.COVIEW_FOREVER)
	}
	deadline, bounded := ctx.Deadline()
	for {
		ended, next := ctx.Err(), patience
		if left := time.Until(deadline); bounded && left < next {
			next = left
		}
		if next <= 0 && ended == nil {
			ended = context.DeadlineExceeded
		}
		if ended != nil {
			next = 0
		}
		if status, err := attempt(C.int64_t(next)); err != nil || status != timedOut {
			return status, err
		}
		if ended != nil {
			return timedOut, ended
		}
	}
}

// within is wait for calls that give a status only.
func (h *handle) within(ctx context.Context, attempt func(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done) error {
	return h.use(func(raw unsafe.Pointer) error {
		_, err := wait(ctx, func(nanoseconds C.int64_t) (C.coview_status, error) {
			return check(attempt(raw, nanoseconds))
		})
		return err
	})
}

// atOnce makes one attempt without waiting.
func (h *handle) atOnce(attempt func(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done) (done bool, err error) {
	err = h.use(func(raw unsafe.Pointer) error {
		status, err := check(attempt(raw, 0))
		done = err == nil && status != timedOut
		return err
	})
	return done, err
}

// Waitable is a Mutex, Event, Semaphore, Timer, Queue or Subscription. A queue and a subscription are there while they
// have a message; a wait takes none of it.
type Waitable interface {
	// The entry for the handle, which is kept until leave.
	waitable(entry *C.coview_waitable) (*handle, error)
}

// enterAll keeps all handles; leave gives them back.
func enterAll(objects []Waitable) (entries []C.coview_waitable, hasMutex bool, leave func(), err error) {
	var kept []*handle
	leave = func() {
		for _, h := range kept {
			h.leave()
		}
	}
	entries = make([]C.coview_waitable, len(objects))
	for i, object := range objects {
		h, err := object.waitable(&entries[i])
		if err != nil {
			leave()
			return nil, false, nil, err
		}
		kept = append(kept, h)
		if _, is := object.(*Mutex); is {
			hasMutex = true
		}
	}
	if len(entries) == 0 {
		entries = make([]C.coview_waitable, 1) // so that there is a pointer; the count is 0
	}
	return entries, hasMutex, leave, nil
}

// WaitAny takes the first of 1 to 64 objects that is there, and returns its place. Where it is a mutex, the lock that it
// returns is to be unlocked in this goroutine; else it is nil. It fails with EINVAL for none, or more than 64.
func WaitAny(ctx context.Context, objects ...Waitable) (index int, lock *Lock, err error) {
	entries, hasMutex, leave, err := enterAll(objects)
	if err != nil {
		return 0, nil, err
	}
	defer leave()
	if hasMutex {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread() // the lock has one of its own
	}
	var found C.size_t
	status, err := wait(ctx, func(nanoseconds C.int64_t) (C.coview_status, error) {
		return check(C.shim_wait_any(&entries[0], C.size_t(len(objects)), nanoseconds, &found))
	})
	if err != nil {
		return 0, nil, err
	}
	if mutex, is := objects[found].(*Mutex); is {
		lock = mutex.locked(status == abandoned)
	}
	return int(found), lock, nil
}

// WaitAll takes all objects at the moment when all are there. It returns the locks of the mutexes among them, in their
// order, each to be unlocked in this goroutine. Where one was abandoned, all of them say so. Nothing is taken where it
// fails: with EINVAL for none, more than 64, or one that is there twice.
func WaitAll(ctx context.Context, objects ...Waitable) (locks []*Lock, err error) {
	entries, hasMutex, leave, err := enterAll(objects)
	if err != nil {
		return nil, err
	}
	defer leave()
	if hasMutex {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread() // the locks have their own
	}
	status, err := wait(ctx, func(nanoseconds C.int64_t) (C.coview_status, error) {
		return check(C.shim_wait_all(&entries[0], C.size_t(len(objects)), nanoseconds))
	})
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		if mutex, is := object.(*Mutex); is {
			locks = append(locks, mutex.locked(status == abandoned))
		}
	}
	return locks, nil
}
