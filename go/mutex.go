// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"syscall"
	"unsafe"
)

// Mutex is a named lock that one thread of all processes owns at a time, and that survives its owner.
type Mutex struct{ handle }

func freeMutex(raw unsafe.Pointer) { C.coview_mutex_close((*C.coview_mutex)(raw)) }

func holdMutex(made C.shim_made, err error) (*Mutex, error) {
	if err != nil {
		return nil, err
	}
	m := &Mutex{}
	_, err = m.hold(made, "mutex", freeMutex)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// CreateMutex makes a new one, owned by nobody. It fails with fs.ErrExist where the name is taken.
func CreateMutex(name string, options ...Options) (*Mutex, error) {
	return holdMutex(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_mutex_create(name, options)
	}))
}

// OpenMutex opens what somebody holds. It fails with fs.ErrNotExist where nobody does.
func OpenMutex(name string) (*Mutex, error) {
	return holdMutex(openNamed(name, nil, func(name *C.char, _ *C.coview_create_options) C.shim_made {
		return C.shim_mutex_open(name)
	}))
}

// OpenOrCreateMutex opens it where somebody holds it, as it is, and creates it otherwise.
func OpenOrCreateMutex(name string, options ...Options) (*Mutex, error) {
	return holdMutex(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_mutex_open_or_create(name, options)
	}))
}

// Name returns the name it was opened by; "" once it is closed.
func (m *Mutex) Name() string {
	return ask(&m.handle, func(raw unsafe.Pointer) string { return C.GoString(C.coview_mutex_name((*C.coview_mutex)(raw))) })
}

// Created tells whether this handle's call made the object.
func (m *Mutex) Created() bool {
	return ask(&m.handle, func(raw unsafe.Pointer) bool { return C.coview_mutex_created((*C.coview_mutex)(raw)) != 0 })
}

// StillNamed tells whether the name still leads to this object: somebody may have removed it by force.
func (m *Mutex) StillNamed() bool {
	return ask(&m.handle, func(raw unsafe.Pointer) bool { return C.coview_mutex_still_named((*C.coview_mutex)(raw)) != 0 })
}

func acquire(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done {
	return C.shim_mutex_acquire((*C.coview_mutex)(raw), nanoseconds)
}

// Lock waits until this goroutine's thread owns the mutex. The goroutine stays in that thread until it calls Unlock. It
// may lock again meanwhile, and then unlocks as often.
func (m *Mutex) Lock(ctx context.Context) (*Lock, error) {
	return m.lock(func(attempt func(C.int64_t) (C.coview_status, error)) (C.coview_status, error) {
		return wait(ctx, attempt)
	})
}

// TryLock is Lock without waiting: nil where another thread owns it.
func (m *Mutex) TryLock() (*Lock, error) {
	return m.lock(func(attempt func(C.int64_t) (C.coview_status, error)) (C.coview_status, error) { return attempt(0) })
}

func (m *Mutex) lock(how func(func(C.int64_t) (C.coview_status, error)) (C.coview_status, error)) (*Lock, error) {
	raw, err := m.enter()
	if err != nil {
		return nil, err
	}
	defer m.leave()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread() // the lock has one of its own
	status, err := how(func(nanoseconds C.int64_t) (C.coview_status, error) { return check(acquire(raw, nanoseconds)) })
	if err != nil || status == timedOut {
		return nil, err
	}
	return m.locked(status == abandoned), nil
}

// With calls f while this goroutine has the lock, and tells it whether the last owner died while it had it.
func (m *Mutex) With(ctx context.Context, f func(abandoned bool) error) error {
	lock, err := m.Lock(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }() // this goroutine has it
	return f(lock.abandoned)
}

// locked is the lock of an acquire that succeeded in this thread; called while the handle is kept.
func (m *Mutex) locked(abandoned bool) *Lock {
	runtime.LockOSThread()
	m.again() // until Unlock; or until the goroutine is gone, and nobody can unlock any more
	lock := &Lock{mutex: m, abandoned: abandoned}
	runtime.SetFinalizer(lock, func(l *Lock) { l.mutex.leave() })
	return lock
}

// Lock is a mutex that a goroutine owns.
type Lock struct {
	mutex     *Mutex
	abandoned bool
	released  bool
}

// Abandoned tells whether the last owner died while it had it: what the mutex protects may be half done. The next owners
// are not told.
func (l *Lock) Abandoned() bool { return l.abandoned }

// Unlock gives the mutex back, in the goroutine that got it. It fails with EPERM in another one, and where it was given
// back already; nothing is changed then.
func (l *Lock) Unlock() error {
	if l.released {
		return &Error{Errno: syscall.EPERM, Sentence: "cannot unlock a mutex: this lock was unlocked already"}
	}
	if _, err := check(C.shim_mutex_release((*C.coview_mutex)(l.mutex.raw))); err != nil {
		return err
	}
	l.released = true
	runtime.SetFinalizer(l, nil)
	runtime.UnlockOSThread()
	l.mutex.leave()
	return nil
}

func (m *Mutex) waitable(entry *C.coview_waitable) (*handle, error) {
	raw, err := m.enter()
	entry.mutex = (*C.coview_mutex)(raw)
	return &m.handle, err
}
