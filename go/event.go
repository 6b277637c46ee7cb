// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"context"
	"unsafe"
)

// Reset says what happens to a set event, or a timer that is due, when a waiter was let through.
type Reset int32

const (
	Automatic Reset = C.COVIEW_RESET_AUTOMATIC // it is reset: one waiter for each time
	Manual    Reset = C.COVIEW_RESET_MANUAL    // it stays set: all waiters
)

// Event is a named flag that threads of any process set and wait for.
type Event struct{ handle }

func holdEvent(made C.shim_made, err error) (*Event, error) {
	if err != nil {
		return nil, err
	}
	e := &Event{}
	if _, err = e.hold(made, "event", func(raw unsafe.Pointer) { C.coview_event_close((*C.coview_event)(raw)) }); err != nil {
		return nil, err
	}
	return e, nil
}

// CreateEvent makes a new one, set or not. It fails with fs.ErrExist where the name is taken.
func CreateEvent(name string, reset Reset, set bool, options ...Options) (*Event, error) {
	return holdEvent(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_event_create(name, C.coview_reset(reset), cInt(set), options)
	}))
}

// OpenEvent opens what somebody holds. It fails with fs.ErrNotExist where nobody does.
func OpenEvent(name string) (*Event, error) {
	return holdEvent(openNamed(name, nil, func(name *C.char, _ *C.coview_create_options) C.shim_made {
		return C.shim_event_open(name)
	}))
}

// OpenOrCreateEvent opens it where somebody holds it, as it is, and creates it otherwise.
func OpenOrCreateEvent(name string, reset Reset, set bool, options ...Options) (*Event, error) {
	return holdEvent(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_event_open_or_create(name, C.coview_reset(reset), cInt(set), options)
	}))
}

// Name returns the name it was opened by; "" once it is closed.
func (e *Event) Name() string {
	return ask(&e.handle, func(raw unsafe.Pointer) string { return C.GoString(C.coview_event_name((*C.coview_event)(raw))) })
}

// Created tells whether this handle's call made the object.
func (e *Event) Created() bool {
	return ask(&e.handle, func(raw unsafe.Pointer) bool { return C.coview_event_created((*C.coview_event)(raw)) != 0 })
}

// StillNamed tells whether the name still leads to this object.
func (e *Event) StillNamed() bool {
	return ask(&e.handle, func(raw unsafe.Pointer) bool { return C.coview_event_still_named((*C.coview_event)(raw)) != 0 })
}

// Reset returns what happens to it when a waiter was let through.
func (e *Event) Reset() Reset {
	return ask(&e.handle, func(raw unsafe.Pointer) Reset { return Reset(C.coview_event_kind((*C.coview_event)(raw))) })
}

// Set lets one waiter through, or all; now or when they come. Two sets with nobody waiting are one.
func (e *Event) Set() error {
	return e.use(func(raw unsafe.Pointer) error {
		_, err := check(C.shim_event_set((*C.coview_event)(raw)))
		return err
	})
}

// Clear: it is not set from now on.
func (e *Event) Clear() error {
	return e.use(func(raw unsafe.Pointer) error {
		_, err := check(C.shim_event_clear((*C.coview_event)(raw)))
		return err
	})
}

// Pulse lets those through that wait now, and it is not set afterwards; lost where nobody waits.
func (e *Event) Pulse() error {
	return e.use(func(raw unsafe.Pointer) error {
		_, err := check(C.shim_event_pulse((*C.coview_event)(raw)))
		return err
	})
}

func waitEvent(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done {
	return C.shim_event_wait((*C.coview_event)(raw), nanoseconds)
}

// Wait waits until it is set. Of an automatic one, one waiter returns for each Set.
func (e *Event) Wait(ctx context.Context) error { return e.within(ctx, waitEvent) }

// TryWait tells whether it is set; an automatic one is reset then.
func (e *Event) TryWait() (bool, error) { return e.atOnce(waitEvent) }

func (e *Event) waitable(entry *C.coview_waitable) (*handle, error) {
	raw, err := e.enter()
	entry.event = (*C.coview_event)(raw)
	return &e.handle, err
}
