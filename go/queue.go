// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"context"
	"unsafe"
)

// Queue is a named queue: many senders, many receivers, each message to one of them, in order. It lives as long as somebody
// has it open: what was sent to nobody is gone with the last handle. What a receiver had when it died goes to the next one.
type Queue struct{ handle }

func holdQueue(made C.shim_made, err error) (*Queue, error) {
	if err != nil {
		return nil, err
	}
	q := &Queue{}
	if _, err = q.hold(made, "queue", func(raw unsafe.Pointer) { C.coview_queue_close((*C.coview_queue)(raw)) }); err != nil {
		return nil, err
	}
	return q, nil
}

// CreateQueue makes a new one. It fails with fs.ErrExist where the name is taken, and with EINVAL for sizes that cannot be.
func CreateQueue(name string, options QueueOptions) (*Queue, error) {
	return holdQueue(openChannel(name, options.Type, options.raw(),
		func(name *C.char, options *C.coview_channel_options) C.shim_made {
			return C.shim_queue_create(name, options)
		}))
}

// OpenQueue opens what somebody holds, and carries this type; Type{}: any. It fails with fs.ErrNotExist, with EINVAL where
// it carries another type, and with EAGAIN where all places for participants are taken.
func OpenQueue(name string, carries Type) (*Queue, error) {
	return holdQueue(openChannel(name, carries, C.coview_channel_options{},
		func(name *C.char, options *C.coview_channel_options) C.shim_made {
			return C.shim_queue_open(name, &options._type)
		}))
}

// OpenOrCreateQueue opens it where somebody holds it, as it was created, and creates it otherwise.
func OpenOrCreateQueue(name string, options QueueOptions) (*Queue, error) {
	return holdQueue(openChannel(name, options.Type, options.raw(),
		func(name *C.char, options *C.coview_channel_options) C.shim_made {
			return C.shim_queue_open_or_create(name, options)
		}))
}

// Name returns the name it was opened by; "" once it is closed.
func (q *Queue) Name() string {
	return ask(&q.handle, func(raw unsafe.Pointer) string { return C.GoString(C.coview_queue_name((*C.coview_queue)(raw))) })
}

// Created tells whether this handle's call made the object.
func (q *Queue) Created() bool {
	return ask(&q.handle, func(raw unsafe.Pointer) bool { return C.coview_queue_created((*C.coview_queue)(raw)) != 0 })
}

// StillNamed tells whether the name still leads to this object.
func (q *Queue) StillNamed() bool {
	return ask(&q.handle, func(raw unsafe.Pointer) bool { return C.coview_queue_still_named((*C.coview_queue)(raw)) != 0 })
}

// Capacity returns the bytes of messages that it holds.
func (q *Queue) Capacity() uint64 {
	return ask(&q.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_queue_capacity((*C.coview_queue)(raw))) })
}

// Largest returns the most that a message can have.
func (q *Queue) Largest() uint64 {
	return ask(&q.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_queue_largest((*C.coview_queue)(raw))) })
}

// Depth returns the messages that are there now, about.
func (q *Queue) Depth() uint64 {
	return ask(&q.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_queue_depth((*C.coview_queue)(raw))) })
}

func send(bytes []byte) func(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done {
	return func(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done {
		if len(bytes) == 0 {
			return C.shim_queue_send((*C.coview_queue)(raw), nil, 0, nanoseconds)
		}
		return C.shim_queue_send((*C.coview_queue)(raw), unsafe.Pointer(&bytes[0]), C.size_t(len(bytes)), nanoseconds)
	}
}

// Send copies the bytes into it, and waits while it is full. It fails with EMSGSIZE for more than Largest.
func (q *Queue) Send(ctx context.Context, bytes []byte) error { return q.within(ctx, send(bytes)) }

// TrySend is Send without waiting: false where it is full.
func (q *Queue) TrySend(bytes []byte) (bool, error) { return q.atOnce(send(bytes)) }

// Loan lends memory for a message, to be filled in place for as long as that takes. It waits while the queue is full.
func (q *Queue) Loan(ctx context.Context, size int) (slot *Slot, err error) {
	if size < 0 {
		return nil, invalid("a message of %d bytes cannot be", size)
	}
	err = q.use(func(raw unsafe.Pointer) error {
		_, err := wait(ctx, func(nanoseconds C.int64_t) (status C.coview_status, err error) {
			slot, status, err = lend(C.shim_queue_loan((*C.coview_queue)(raw), C.size_t(size), nanoseconds))
			return status, err
		})
		return err
	})
	return slot, err
}

// Receive returns the next message, when it comes; it is to be released.
func (q *Queue) Receive(ctx context.Context) (message *Message, err error) {
	err = q.use(func(raw unsafe.Pointer) error {
		_, err := wait(ctx, func(nanoseconds C.int64_t) (status C.coview_status, err error) {
			message, status, err = receive(C.shim_queue_receive((*C.coview_queue)(raw), nanoseconds))
			return status, err
		})
		return err
	})
	return message, err
}

// TryReceive returns the next message, or nil where there is none.
func (q *Queue) TryReceive() (message *Message, err error) {
	err = q.use(func(raw unsafe.Pointer) (err error) {
		message, _, err = receive(C.shim_queue_receive((*C.coview_queue)(raw), 0))
		return err
	})
	return message, err
}

// WaitHandle returns a descriptor that is readable while the queue has a message, for poll and the like: receive until there
// is none, then wait for it. It stays the queue's. The first call starts a thread.
func (q *Queue) WaitHandle() (descriptor int, err error) {
	err = q.use(func(raw unsafe.Pointer) error {
		status, err := check(C.shim_queue_native_wait_handle((*C.coview_queue)(raw)))
		descriptor = int(status)
		return err
	})
	return descriptor, err
}

func (q *Queue) waitable(entry *C.coview_waitable) (*handle, error) {
	raw, err := q.enter()
	entry.queue = (*C.coview_queue)(raw)
	return &q.handle, err
}
