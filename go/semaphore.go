// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"context"
	"unsafe"
)

// Semaphore is a named count of permits. Permits have no owner: one that a killed process had stays taken.
type Semaphore struct{ handle }

func holdSemaphore(made C.shim_made, err error) (*Semaphore, error) {
	if err != nil {
		return nil, err
	}
	s := &Semaphore{}
	free := func(raw unsafe.Pointer) { C.coview_semaphore_close((*C.coview_semaphore)(raw)) }
	if _, err = s.hold(made, "semaphore", free); err != nil {
		return nil, err
	}
	return s, nil
}

// CreateSemaphore makes a new one, with initial permits of at most maximum. It fails with fs.ErrExist where the name is
// taken, and with EINVAL for counts that cannot be.
func CreateSemaphore(name string, initial, maximum uint32, options ...Options) (*Semaphore, error) {
	return holdSemaphore(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_semaphore_create(name, C.uint32_t(initial), C.uint32_t(maximum), options)
	}))
}

// OpenSemaphore opens what somebody holds. It fails with fs.ErrNotExist where nobody does.
func OpenSemaphore(name string) (*Semaphore, error) {
	return holdSemaphore(openNamed(name, nil, func(name *C.char, _ *C.coview_create_options) C.shim_made {
		return C.shim_semaphore_open(name)
	}))
}

// OpenOrCreateSemaphore opens it where somebody holds it, as it is, and creates it otherwise.
func OpenOrCreateSemaphore(name string, initial, maximum uint32, options ...Options) (*Semaphore, error) {
	return holdSemaphore(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_semaphore_open_or_create(name, C.uint32_t(initial), C.uint32_t(maximum), options)
	}))
}

// Name returns the name it was opened by; "" once it is closed.
func (s *Semaphore) Name() string {
	return ask(&s.handle, func(raw unsafe.Pointer) string {
		return C.GoString(C.coview_semaphore_name((*C.coview_semaphore)(raw)))
	})
}

// Created tells whether this handle's call made the object.
func (s *Semaphore) Created() bool {
	return ask(&s.handle, func(raw unsafe.Pointer) bool { return C.coview_semaphore_created((*C.coview_semaphore)(raw)) != 0 })
}

// StillNamed tells whether the name still leads to this object.
func (s *Semaphore) StillNamed() bool {
	return ask(&s.handle, func(raw unsafe.Pointer) bool { return C.coview_semaphore_still_named((*C.coview_semaphore)(raw)) != 0 })
}

// Count returns the permits that are there now.
func (s *Semaphore) Count() uint32 {
	return ask(&s.handle, func(raw unsafe.Pointer) uint32 { return uint32(C.coview_semaphore_count((*C.coview_semaphore)(raw))) })
}

// Maximum returns the most there can be.
func (s *Semaphore) Maximum() uint32 {
	return ask(&s.handle, func(raw unsafe.Pointer) uint32 { return uint32(C.coview_semaphore_maximum((*C.coview_semaphore)(raw))) })
}

func acquireSemaphore(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done {
	return C.shim_semaphore_acquire((*C.coview_semaphore)(raw), nanoseconds)
}

// Acquire waits for a permit, and takes it.
func (s *Semaphore) Acquire(ctx context.Context) error { return s.within(ctx, acquireSemaphore) }

// TryAcquire takes a permit, or says that there is none.
func (s *Semaphore) TryAcquire() (bool, error) { return s.atOnce(acquireSemaphore) }

// Release gives permits back, and returns the count before. It fails with EOVERFLOW where that would be more than the
// maximum, and with EINVAL for none: nothing is changed then.
func (s *Semaphore) Release(permits uint32) (before uint32, err error) {
	err = s.use(func(raw unsafe.Pointer) error {
		var count C.uint32_t
		_, err := check(C.shim_semaphore_release((*C.coview_semaphore)(raw), C.uint32_t(permits), &count))
		before = uint32(count)
		return err
	})
	return before, err
}

func (s *Semaphore) waitable(entry *C.coview_waitable) (*handle, error) {
	raw, err := s.enter()
	entry.semaphore = (*C.coview_semaphore)(raw)
	return &s.handle, err
}
