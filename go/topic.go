// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"context"
	"reflect"
	"sync"
	"unsafe"
)

// From says with which message a subscription begins.
type From int32

const (
	Now    From = C.COVIEW_FROM_NOW    // the next one that is published
	Oldest From = C.COVIEW_FROM_OLDEST // the oldest that is still there
)

// Slow says what becomes of a subscriber that is slower than the publishers.
type Slow int32

const (
	Lags   Slow = C.COVIEW_SLOW_LAGS   // it loses the oldest messages, and is told how many
	Blocks Slow = C.COVIEW_SLOW_BLOCKS // publishers wait for it, where the topic allows that
)

// Topic is a named topic: many publishers, many subscribers, and each of them sees every message, in one order. Publishers
// and subscriptions may outlive it.
type Topic struct{ handle }

func holdTopic(made C.shim_made, err error) (*Topic, error) {
	if err != nil {
		return nil, err
	}
	t := &Topic{}
	if _, err = t.hold(made, "topic", func(raw unsafe.Pointer) { C.coview_topic_close((*C.coview_topic)(raw)) }); err != nil {
		return nil, err
	}
	return t, nil
}

// CreateTopic makes a new one. It fails with fs.ErrExist where the name is taken, and with EINVAL for sizes that cannot be.
func CreateTopic(name string, options TopicOptions) (*Topic, error) {
	return holdTopic(openChannel(name, options.Type, options.raw(),
		func(name *C.char, options *C.coview_channel_options) C.shim_made {
			return C.shim_topic_create(name, options)
		}))
}

// OpenTopic opens what somebody holds, and carries this type; Type{}: any. It fails with fs.ErrNotExist, and with EINVAL
// where it carries another type.
func OpenTopic(name string, carries Type) (*Topic, error) {
	return holdTopic(openChannel(name, carries, C.coview_channel_options{},
		func(name *C.char, options *C.coview_channel_options) C.shim_made {
			return C.shim_topic_open(name, &options._type)
		}))
}

// OpenOrCreateTopic opens it where somebody holds it, as it was created, and creates it otherwise.
func OpenOrCreateTopic(name string, options TopicOptions) (*Topic, error) {
	return holdTopic(openChannel(name, options.Type, options.raw(),
		func(name *C.char, options *C.coview_channel_options) C.shim_made {
			return C.shim_topic_open_or_create(name, options)
		}))
}

// Name returns the name it was opened by; "" once it is closed.
func (t *Topic) Name() string {
	return ask(&t.handle, func(raw unsafe.Pointer) string { return C.GoString(C.coview_topic_name((*C.coview_topic)(raw))) })
}

// Created tells whether this handle's call made the object.
func (t *Topic) Created() bool {
	return ask(&t.handle, func(raw unsafe.Pointer) bool { return C.coview_topic_created((*C.coview_topic)(raw)) != 0 })
}

// StillNamed tells whether the name still leads to this object.
func (t *Topic) StillNamed() bool {
	return ask(&t.handle, func(raw unsafe.Pointer) bool { return C.coview_topic_still_named((*C.coview_topic)(raw)) != 0 })
}

// Capacity returns the bytes of messages that it keeps.
func (t *Topic) Capacity() uint64 {
	return ask(&t.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_topic_capacity((*C.coview_topic)(raw))) })
}

// Largest returns the most that a message can have.
func (t *Topic) Largest() uint64 {
	return ask(&t.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_topic_largest((*C.coview_topic)(raw))) })
}

// Published returns the messages published so far.
func (t *Topic) Published() uint64 {
	return ask(&t.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_topic_published((*C.coview_topic)(raw))) })
}

// Latest returns a copy of the newest message, to be released; nil where nothing was published yet. It waits for nobody, and
// is never torn.
func (t *Topic) Latest() (message *Message, err error) {
	err = t.use(func(raw unsafe.Pointer) (err error) {
		message, _, err = receive(C.shim_topic_latest((*C.coview_topic)(raw)))
		return err
	})
	return message, err
}

// Evict frees the publishers from all subscribers that block: they lag from now on. It returns how many there were.
func (t *Topic) Evict() (count uint64, err error) {
	err = t.use(func(raw unsafe.Pointer) error {
		var evicted C.uint64_t
		_, err := check(C.shim_topic_evict((*C.coview_topic)(raw), &evicted))
		count = uint64(evicted)
		return err
	})
	return count, err
}

// Publisher makes a publisher. It fails with EAGAIN where all places for participants are taken.
func (t *Topic) Publisher() (*Publisher, error) {
	p := &Publisher{}
	err := t.use(func(raw unsafe.Pointer) error {
		_, err := p.hold(C.shim_publisher_open((*C.coview_topic)(raw)), "publisher",
			func(raw unsafe.Pointer) { C.coview_publisher_close((*C.coview_publisher)(raw)) })
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Subscribe makes a subscription. It fails as Publisher, and with fs.ErrPermission for Blocks where the topic does not allow
// it.
func (t *Topic) Subscribe(from From, slow Slow) (*Subscription, error) {
	s := &Subscription{}
	err := t.use(func(raw unsafe.Pointer) error {
		_, err := s.hold(C.shim_subscription_open((*C.coview_topic)(raw), C.coview_from(from), C.coview_slow(slow)), "subscription",
			func(raw unsafe.Pointer) { C.coview_subscription_close((*C.coview_subscription)(raw)) })
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Publisher publishes to a topic. Of several goroutines, one publishes at a time.
type Publisher struct {
	handle
	one sync.Mutex
}

// Publish copies the bytes into the topic. It waits while a blocking subscriber, or messages that are kept in place, leave
// no room. It fails with EMSGSIZE for more than a quarter of the capacity.
func (p *Publisher) Publish(ctx context.Context, bytes []byte) error {
	p.one.Lock()
	defer p.one.Unlock()
	return p.within(ctx, func(raw unsafe.Pointer, nanoseconds C.int64_t) C.shim_done {
		if len(bytes) == 0 {
			return C.shim_publisher_publish((*C.coview_publisher)(raw), nil, 0, nanoseconds)
		}
		return C.shim_publisher_publish((*C.coview_publisher)(raw), unsafe.Pointer(&bytes[0]), C.size_t(len(bytes)), nanoseconds)
	})
}

// Loan lends memory for a message, to be filled in place for as long as that takes.
func (p *Publisher) Loan(ctx context.Context, size int) (slot *Slot, err error) {
	if size < 0 {
		return nil, invalid("a message of %d bytes cannot be", size)
	}
	p.one.Lock()
	defer p.one.Unlock()
	err = p.use(func(raw unsafe.Pointer) error {
		_, err := wait(ctx, func(nanoseconds C.int64_t) (status C.coview_status, err error) {
			slot, status, err = lend(C.shim_publisher_loan((*C.coview_publisher)(raw), C.size_t(size), nanoseconds))
			return status, err
		})
		return err
	})
	return slot, err
}

// Subscription is a subscriber's place in a topic. Of several goroutines, one receives at a time.
type Subscription struct {
	handle
	one sync.Mutex
}

// Receive returns the next message, when it comes; it is to be released. It fails with ENOBUFS where 16 large messages are
// in hand.
func (s *Subscription) Receive(ctx context.Context) (message *Message, err error) {
	s.one.Lock()
	defer s.one.Unlock()
	err = s.use(func(raw unsafe.Pointer) error {
		_, err := wait(ctx, func(nanoseconds C.int64_t) (status C.coview_status, err error) {
			message, status, err = receive(C.shim_subscription_receive((*C.coview_subscription)(raw), nanoseconds))
			return status, err
		})
		return err
	})
	return message, err
}

// TryReceive returns the next message, or nil where there is none.
func (s *Subscription) TryReceive() (message *Message, err error) {
	s.one.Lock()
	defer s.one.Unlock()
	err = s.use(func(raw unsafe.Pointer) (err error) {
		message, _, err = receive(C.shim_subscription_receive((*C.coview_subscription)(raw), 0))
		return err
	})
	return message, err
}

// Lost returns the messages lost so far, those included that the next one will tell of.
func (s *Subscription) Lost() uint64 {
	return ask(&s.handle, func(raw unsafe.Pointer) uint64 {
		return uint64(C.coview_subscription_lost((*C.coview_subscription)(raw)))
	})
}

// Blocks tells whether publishers still wait for it.
func (s *Subscription) Blocks() bool {
	return ask(&s.handle, func(raw unsafe.Pointer) bool {
		return C.coview_subscription_blocks((*C.coview_subscription)(raw)) != 0
	})
}

// WaitHandle returns a descriptor that is readable while there is a message, as that of a Queue.
func (s *Subscription) WaitHandle() (descriptor int, err error) {
	err = s.use(func(raw unsafe.Pointer) error {
		status, err := check(C.shim_subscription_native_wait_handle((*C.coview_subscription)(raw)))
		descriptor = int(status)
		return err
	})
	return descriptor, err
}

func (s *Subscription) waitable(entry *C.coview_waitable) (*handle, error) {
	raw, err := s.enter()
	entry.subscription = (*C.coview_subscription)(raw)
	return &s.handle, err
}

// TopicOf is a topic of values of one type; C++ has the same as topic_of. T has numbers only, and no padding.
type TopicOf[T any] struct{ *Topic }

// OpenOrCreateTopicOf opens or creates it, to keep history values, up to 16384; typeName is what all languages call T.
func OpenOrCreateTopicOf[T any](name, typeName string, version uint32, history int) (*TopicOf[T], error) {
	var value T
	if err := shareable(reflect.TypeOf(value)); err != nil {
		return nil, err
	}
	// As topic_of in C++: what is kept, and what is being filled or read in place.
	const inHand = 64
	unit, places := uint64(64), uint64(2)
	for unit < uint64(unsafe.Sizeof(value)) {
		unit *= 2
	}
	for places < uint64(history) && places < 1<<20 {
		places *= 2
	}
	topic, err := OpenOrCreateTopic(name, TopicOptions{Capacity: (places + inHand) * unit, Messages: places,
		Type: TypeOf[T](typeName, version)})
	if err != nil {
		return nil, err
	}
	return &TopicOf[T]{topic}, nil
}

// LatestValue returns the newest value, and whether there is one. It waits for nobody, and is never torn.
func (t *TopicOf[T]) LatestValue() (value T, found bool, err error) {
	message, err := t.Latest()
	if err != nil || message == nil {
		return value, false, err
	}
	defer message.Release()
	value, err = Value[T](message)
	return value, err == nil, err
}

// PublishValue publishes a value by a publisher of its topic. It fails with EINVAL for types that cannot be shared (see
// At).
func PublishValue[T any](ctx context.Context, publisher *Publisher, value T) error {
	if err := shareable(reflect.TypeOf(value)); err != nil {
		return err
	}
	return publisher.Publish(ctx, bytesOf(&value))
}
