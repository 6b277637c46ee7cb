// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"context"
	"time"
	"unsafe"
)

// Timer is a named flag that is set at a point of time, once or again and again, and that threads of any process wait for.
type Timer struct{ handle }

func holdTimer(made C.shim_made, err error) (*Timer, error) {
	if err != nil {
		return nil, err
	}
	t := &Timer{}
	if _, err = t.hold(made, "timer", func(raw unsafe.Pointer) { C.coview_timer_close((*C.coview_timer)(raw)) }); err != nil {
		return nil, err
	}
	return t, nil
}

// CreateTimer makes a new one, which does not run. It fails with fs.ErrExist where the name is taken.
func CreateTimer(name string, reset Reset, options ...Options) (*Timer, error) {
	return holdTimer(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_timer_create(name, C.coview_reset(reset), options)
	}))
}

// OpenTimer opens what somebody holds. It fails with fs.ErrNotExist where nobody does.
func OpenTimer(name string) (*Timer, error) {
	return holdTimer(openNamed(name, nil, func(name *C.char, _ *C.coview_create_options) C.shim_made {
		return C.shim_timer_open(name)
	}))
}

// OpenOrCreateTimer opens it where somebody holds it, as it is, and creates it otherwise.
func OpenOrCreateTimer(name string, reset Reset, options ...Options) (*Timer, error) {
	return holdTimer(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_timer_open_or_create(name, C.coview_reset(reset), options)
	}))
}

// Name returns the name it was opened by; "" once it is closed.
func (t *Timer) Name() string {
	return ask(&t.handle, func(raw unsafe.Pointer) string { return C.GoString(C.coview_timer_name((*C.coview_timer)(raw))) })
}

// Created tells whether this handle's call made the object.
func (t *Timer) Created() bool {
	return ask(&t.handle, func(raw unsafe.Pointer) bool { return C.coview_timer_created((*C.coview_timer)(raw)) != 0 })
}

// StillNamed tells whether the name still leads to this object.
func (t *Timer) StillNamed() bool {
	return ask(&t.handle, func(raw unsafe.Pointer) bool { return C.coview_timer_still_named((*C.coview_timer)(raw)) != 0 })
}

// Reset returns what happens to it when a waiter was let through.
func (t *Timer) Reset() Reset {
	return ask(&t.handle, func(raw unsafe.Pointer) Reset { return Reset(C.coview_timer_kind((*C.coview_timer)(raw))) })
}

// Set: it is due after a time, by a clock that nobody sets, and then after every period; 0: once.
func (t *Timer) Set(after, period time.Duration) error {
	return t.use(func(raw unsafe.Pointer) error {
		_, err := check(C.shim_timer_set((*C.coview_timer)(raw), C.int64_t(after), C.int64_t(period)))
		return err
	})
}

// SetAt: it is due at a point of the wall clock, whoever sets that clock meanwhile. What is past is due at once.
func (t *Timer) SetAt(when time.Time, period time.Duration) error {
	return t.use(func(raw unsafe.Pointer) error {
		_, err := check(C.shim_timer_set_at((*C.coview_timer)(raw), C.int64_t(when.UnixNano()), C.int64_t(period)))
		return err
	})
}

// Cancel: it does not run from now on. What has become due stays there for the taking.
func (t *Timer) Cancel() error {
	return t.use(func(raw unsafe.Pointer) error {
		_, err := check(C.shim_timer_cancel((*C.coview_timer)(raw)))
		return err
	})
}

// DueIn returns how long until it is due (again), and whether it runs.
func (t *Timer) DueIn() (left time.Duration, runs bool, err error) {
	err = t.use(func(raw unsafe.Pointer) error {
		var nanoseconds C.int64_t
		status, err := check(C.shim_timer_due_in((*C.coview_timer)(raw), &nanoseconds))
		left, runs = time.Duration(nanoseconds), status == ok
		return err
	})
	return left, runs, err
}

func waitTimer(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done {
	return C.shim_timer_wait((*C.coview_timer)(raw), nanoseconds)
}

// Wait waits until it is due. Of an automatic one, one waiter returns each time.
func (t *Timer) Wait(ctx context.Context) error { return t.within(ctx, waitTimer) }

// TryWait tells whether it is due; an automatic one is reset then.
func (t *Timer) TryWait() (bool, error) { return t.atOnce(waitTimer) }

func (t *Timer) waitable(entry *C.coview_waitable) (*handle, error) {
	raw, err := t.enter()
	entry.timer = (*C.coview_timer)(raw)
	return &t.handle, err
}
