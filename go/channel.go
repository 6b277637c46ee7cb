// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"reflect"
	"syscall"
	"unsafe"
)

// Type is what a channel carries: compared when it is opened, and refused where it has another one.
type Type struct {
	Name    string // at most 255 bytes; "": bytes, and whatever a channel has is right
	Size    uint64 // of each message; 0: they vary
	Version uint32
}

// TypeOf is the type of values of T, under a name that all languages use for it.
func TypeOf[T any](name string, version uint32) Type {
	var value T
	return Type{Name: name, Size: uint64(unsafe.Sizeof(value)), Version: version}
}

// QueueOptions say how a queue is created.
type QueueOptions struct {
	Capacity     uint64 // bytes of messages; more than 0. A message has a quarter of that at most
	Type         Type
	Messages     uint64 // how many at most; 0: what fits
	Participants uint32 // at a time, 2 to 100; 0: 16
	Mode         uint32 // permission bits; 0: 0600
	Permanent    bool   // keep name and messages without a handle, until Remove
	LockInMemory bool   // never swapped out, for this handle
	DropOnDeath  bool   // drop what a dead receiver had, instead of delivering it again
}

// TopicOptions say how a topic is created.
type TopicOptions struct {
	Capacity            uint64 // bytes of messages; more than 0. A message has a quarter of that at most
	Type                Type
	Messages            uint64 // how many it keeps at most; 0: what fits
	Participants        uint32 // publishers and subscriptions at a time, 2 to 100; 0: 16
	Mode                uint32 // permission bits; 0: 0600
	Permanent           bool   // keep name and messages without a handle, until Remove
	LockInMemory        bool   // never swapped out, for this handle
	SubscribersMayBlock bool   // let subscribers ask publishers to wait for them
}

// cType is a type as C has it, and what frees its name.
func cType(t Type) (C.coview_type, func(), error) {
	if t.Name == "" {
		return C.coview_type{}, func() {}, nil
	}
	name, free, err := cText(t.Name)
	return C.coview_type{name: name, size: C.uint64_t(t.Size), version: C.uint32_t(t.Version)}, free, err
}

func (o QueueOptions) raw() C.coview_channel_options {
	options := C.shim_channel_options()
	options.capacity, options.messages = C.uint64_t(o.Capacity), C.uint64_t(o.Messages)
	options.participants = C.uint32_t(o.Participants)
	if o.Mode != 0 {
		options.mode = C.uint32_t(o.Mode)
	}
	options.permanent, options.lock_in_memory = cBool(o.Permanent), cBool(o.LockInMemory)
	options.drop_on_death = cBool(o.DropOnDeath)
	return options
}

func (o TopicOptions) raw() C.coview_channel_options {
	options := QueueOptions{Capacity: o.Capacity, Messages: o.Messages, Participants: o.Participants, Mode: o.Mode,
		Permanent: o.Permanent, LockInMemory: o.LockInMemory}.raw()
	options.subscribers_may_block = cBool(o.SubscribersMayBlock)
	return options
}

// openChannel calls f with name and options as C has them.
func openChannel(name string, t Type, options C.coview_channel_options,
	f func(*C.char, *C.coview_channel_options) C.shim_made) (C.shim_made, error) {
	text, free, err := cText(name)
	defer free()
	if err != nil {
		return C.shim_made{}, err
	}
	carried, freeType, err := cType(t)
	defer freeType()
	if err != nil {
		return C.shim_made{}, err
	}
	options._type = carried
	return f(text, &options), nil
}

// Slot is memory for one message, to be filled in place and then published. It is given back by Publish or Release, and for
// one goroutine at a time.
type Slot struct {
	handle
	length int
}

func lend(made C.shim_made) (*Slot, C.coview_status, error) {
	s := &Slot{}
	status, err := s.hold(made, "slot", func(raw unsafe.Pointer) { C.coview_slot_release((*C.coview_slot)(raw)) })
	if err != nil || s.raw == nil {
		return nil, status, err
	}
	s.length = int(C.coview_slot_size((*C.coview_slot)(s.raw)))
	return s, status, nil
}

// Bytes returns the memory: as many bytes as were asked for, which hold what was there before; nil once it is published or
// released. The slice is not to be used afterwards.
func (s *Slot) Bytes() []byte {
	return ask(&s.handle, func(raw unsafe.Pointer) []byte {
		return sliceOf(C.coview_slot_data((*C.coview_slot)(raw)), s.length)
	})
}

// Publish sends the first length bytes, and gives the slot back. It waits while no place is free, or while a subscriber
// blocks; where the context ends, the slot stays as it was. It fails with EOVERFLOW for more than it has.
func (s *Slot) Publish(ctx context.Context, length int) error {
	if length < 0 {
		return invalid("a message of %d bytes cannot be", length)
	}
	err := s.within(ctx, func(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done {
		return C.shim_slot_publish((*C.coview_slot)(raw), C.size_t(length), nanoseconds)
	})
	if err == nil {
		s.Release()
	}
	return err
}

// Release gives the slot back unpublished. It may be called at any time, also twice.
func (s *Slot) Release() { _ = s.Close() }

// Message is a received message. It keeps its memory until Release, and is for one goroutine at a time: of a topic, for the
// one that uses the subscription.
type Message struct {
	handle
	length int
}

func receive(made C.shim_made) (*Message, C.coview_status, error) {
	m := &Message{}
	status, err := m.hold(made, "message", func(raw unsafe.Pointer) { C.coview_message_release((*C.coview_message)(raw)) })
	if err != nil || m.raw == nil {
		return nil, status, err
	}
	m.length = int(C.coview_message_size((*C.coview_message)(m.raw)))
	return m, status, nil
}

// Bytes returns its content, in place and not to be written; nil once it is released. The slice is not to be used
// afterwards: copy what is to be kept.
func (m *Message) Bytes() []byte {
	return ask(&m.handle, func(raw unsafe.Pointer) []byte {
		return sliceOf(C.coview_message_data((*C.coview_message)(raw)), m.length)
	})
}

// Sequence returns its place in the order of publication, from 0.
func (m *Message) Sequence() uint64 {
	return ask(&m.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_message_sequence((*C.coview_message)(raw))) })
}

// Deaths returns, of a queue, how many receivers had it before, and died with it.
func (m *Message) Deaths() uint32 {
	return ask(&m.handle, func(raw unsafe.Pointer) uint32 { return uint32(C.coview_message_deaths((*C.coview_message)(raw))) })
}

// Lost returns, of a topic, how many messages the subscription lost between the one before and this one.
func (m *Message) Lost() uint64 {
	return ask(&m.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_message_lost((*C.coview_message)(raw))) })
}

// Release gives its memory back. Of a queue it says that it was dealt with: until then the death of this process has it
// delivered again. It may be called at any time, also twice.
func (m *Message) Release() { _ = m.Close() }

func sliceOf(data unsafe.Pointer, length int) []byte {
	if length == 0 {
		return []byte{}
	}
	return unsafe.Slice((*byte)(data), length)
}

// Value returns a copy of the value that a message is. It fails with EBADMSG where it has another size than T, and with
// EINVAL for types that cannot be shared (see At).
func Value[T any](m *Message) (value T, err error) {
	if err = shareable(reflect.TypeOf(value)); err != nil {
		return value, err
	}
	err = m.use(func(unsafe.Pointer) error {
		bytes := m.Bytes()
		if len(bytes) != int(unsafe.Sizeof(value)) {
			return &Error{Errno: syscall.EBADMSG, Sentence: fmt.Sprintf("cannot read a message: it has %d bytes, and a %T %d", len(bytes),
				value, unsafe.Sizeof(value))}
		}
		copy(bytesOf(&value), bytes)
		return nil
	})
	return value, err
}

// bytesOf is a shareable value's memory.
func bytesOf[T any](value *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(value)), unsafe.Sizeof(*value))
}
