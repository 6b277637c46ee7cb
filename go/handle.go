// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"sync"
	"unsafe"
)

// handle is what all types around a handle of coview.h have in common.
//
// Invariant: raw is good while users > 0 or closed is false, and nobody uses it but between enter and leave. Whoever makes
// both untrue gives it back.
type handle struct {
	mu     sync.Mutex
	raw    unsafe.Pointer
	users  int
	closed bool
	free   func(unsafe.Pointer)
	what   string
}

// hold makes a handle of what a call gave.
func (h *handle) hold(made C.shim_made, what string, free func(unsafe.Pointer)) (C.coview_status, error) {
	status, err := check(made.done)
	if err != nil || made.handle == nil {
		return status, err
	}
	h.raw, h.what, h.free = made.handle, what, free
	return status, nil
}

// enter keeps the handle until leave.
func (h *handle) enter() (unsafe.Pointer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.raw == nil {
		what := h.what
		if what == "" {
			what = "handle that was never opened"
		}
		return nil, closed(what)
	}
	h.users++
	return h.raw, nil
}

// again keeps a handle that is kept already, whether it was closed meanwhile or not.
func (h *handle) again() {
	h.mu.Lock()
	h.users++
	h.mu.Unlock()
}

func (h *handle) leave() {
	h.mu.Lock()
	h.users--
	last := h.closed && h.users == 0
	h.mu.Unlock()
	if last {
		h.free(h.raw)
	}
}

// Close gives the handle back, when the last call that uses it has ended. It returns nil.
func (h *handle) Close() error {
	h.mu.Lock()
	last := !h.closed && h.raw != nil && h.users == 0
	h.closed = true
	h.mu.Unlock()
	if last {
		h.free(h.raw)
	}
	return nil
}

// use calls f with the handle.
func (h *handle) use(f func(raw unsafe.Pointer) error) error {
	raw, err := h.enter()
	if err != nil {
		return err
	}
	defer h.leave()
	return f(raw)
}

// ask calls f with the handle, or returns what an empty one has.
func ask[T any](h *handle, f func(raw unsafe.Pointer) T) (answer T) {
	if raw, err := h.enter(); err == nil {
		defer h.leave()
		return f(raw)
	}
	return answer
}

// Options say how a mapping, mutex, event, semaphore or timer is created. The zero value has the defaults.
type Options struct {
	Mode      uint32 // permission bits, 1 to 0777; 0: 0600
	Permanent bool   // keep the name without a handle, until Remove
	Reserve   bool   // of a mapping: take memory at the first touch
	HugePages bool   // of a mapping: ask for them
}

// The options of a call that takes some or none.
func cOptions(given []Options) (*C.coview_create_options, error) {
	options := C.shim_create_options()
	if len(given) > 1 {
		return nil, invalid("%d options were given: give one, or none", len(given))
	}
	for _, o := range given {
		if o.Mode != 0 {
			options.mode = C.uint32_t(o.Mode)
		}
		options.permanent = cBool(o.Permanent)
		options.reserve = cBool(o.Reserve)
		options.huge_pages = cBool(o.HugePages)
	}
	return &options, nil
}

// openNamed calls f with the name as C has it, and with the options.
func openNamed(name string, given []Options, f func(*C.char, *C.coview_create_options) C.shim_made) (C.shim_made, error) {
	text, free, err := cText(name)
	defer free()
	if err != nil {
		return C.shim_made{}, err
	}
	options, err := cOptions(given)
	if err != nil {
		return C.shim_made{}, err
	}
	return f(text, options), nil
}
