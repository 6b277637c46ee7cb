// SPDX-License-Identifier: Apache-2.0

package coview

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"syscall"
	"testing"
	"time"
)

type reading struct {
	Number  uint64
	Celsius float64
}

func TestAQueueGivesEachMessageToOneReceiverInOrder(t *testing.T) {
	name := unique(t)
	queue := made[*Queue](t)(CreateQueue(name, QueueOptions{Capacity: 1 << 16}))
	same := made[*Queue](t)(OpenQueue(name, Type{}))
	equal(t, queue.Created(), true)
	equal(t, queue.Name(), name)
	equal(t, queue.StillNamed(), true)
	equal(t, queue.Capacity(), 1<<16)
	equal(t, queue.Largest(), 1<<14)
	must(t, queue.Send(background, []byte("one")))
	is, err := queue.TrySend(nil)
	must(t, err)
	equal(t, is, true)
	equal(t, same.Depth(), 2)
	message, err := same.Receive(background)
	must(t, err)
	equal(t, string(message.Bytes()), "one")
	equal(t, message.Sequence(), 0)
	equal(t, message.Deaths(), 0)
	empty, err := queue.TryReceive()
	must(t, err)
	equal(t, len(empty.Bytes()), 0)
	empty.Release()
	none, err := queue.TryReceive()
	must(t, err)
	equal(t, none, nil)
	errno(t, queue.Send(background, make([]byte, 1<<15)), syscall.EMSGSIZE)
	must(t, queue.Close())
	must(t, same.Close())
	equal(t, string(message.Bytes()), "one") // it may outlive its queue
	message.Release()
	message.Release()
	equal(t, message.Bytes() == nil, true)
	errno(t, second(OpenQueue(name, Type{})), syscall.ENOENT)
}

func TestASlotIsFilledInPlace(t *testing.T) {
	queue := made[*Queue](t)(CreateQueue(unique(t), QueueOptions{Capacity: 1 << 12, Messages: 2}))
	slot, err := queue.Loan(background, 100)
	must(t, err)
	equal(t, len(slot.Bytes()), 100)
	copy(slot.Bytes(), "hello")
	errno(t, slot.Publish(background, 101), syscall.EOVERFLOW)
	errno(t, slot.Publish(background, -1), syscall.EINVAL)
	must(t, slot.Publish(background, 5))
	equal(t, slot.Bytes() == nil, true)
	if err := slot.Publish(background, 5); !errors.Is(err, fs.ErrClosed) {
		t.Fatal(err)
	}
	message, err := queue.Receive(background)
	must(t, err)
	equal(t, string(message.Bytes()), "hello")
	message.Release()
	_, err = queue.Loan(background, -1)
	errno(t, err, syscall.EINVAL)
	for full := false; !full; {
		is, err := queue.TrySend([]byte("more"))
		must(t, err)
		full = !is
	}
	brief, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	equal(t, queue.Send(brief, []byte("more")), context.DeadlineExceeded)
}

func TestWhatAKilledReceiverHadComesAgain(t *testing.T) {
	name := unique(t)
	queue := made[*Queue](t)(CreateQueue(name, QueueOptions{Capacity: 1 << 16}))
	must(t, queue.Send(background, []byte("poison")))
	p := start(t, "receives", name)
	p.tells("poison")
	p.kill()
	message, err := queue.Receive(background)
	must(t, err)
	defer message.Release()
	equal(t, string(message.Bytes()), "poison")
	equal(t, message.Deaths(), 1)
}

func TestEverySubscriberSeesEveryMessage(t *testing.T) {
	name := unique(t)
	topic := made[*Topic](t)(CreateTopic(name, TopicOptions{Capacity: 1 << 16}))
	none, err := topic.Latest()
	must(t, err)
	equal(t, none, nil)
	equal(t, topic.Created(), true)
	equal(t, topic.Name(), name)
	equal(t, topic.StillNamed(), true)
	equal(t, topic.Capacity(), 1<<16)
	equal(t, topic.Largest(), 1<<14)
	publisher := made[*Publisher](t)(topic.Publisher())
	must(t, publisher.Publish(background, []byte("first")))
	same := made[*Topic](t)(OpenTopic(name, Type{}))
	oldest := made[*Subscription](t)(same.Subscribe(Oldest, Lags))
	now := made[*Subscription](t)(same.Subscribe(Now, Lags))
	must(t, topic.Close()) // the others may outlive it
	large := bytes.Repeat([]byte{9}, 1000)
	slot, err := publisher.Loan(background, 1000)
	must(t, err)
	copy(slot.Bytes(), large)
	must(t, slot.Publish(background, 1000))
	must(t, publisher.Publish(background, nil))
	for _, want := range [][]byte{[]byte("first"), large, {}} {
		message, err := oldest.Receive(background)
		must(t, err)
		equal(t, string(message.Bytes()), string(want))
		message.Release()
	}
	message, err := now.TryReceive()
	must(t, err)
	equal(t, len(message.Bytes()), 1000)
	equal(t, message.Sequence(), 1)
	equal(t, message.Lost(), 0)
	message.Release()
	latest, err := same.Latest()
	must(t, err)
	equal(t, latest.Sequence(), 2)
	latest.Release()
	equal(t, same.Published(), 3)
}

func TestASlowSubscriberIsToldWhatItLost(t *testing.T) {
	topic := made[*Topic](t)(CreateTopic(unique(t), TopicOptions{Capacity: 1 << 12, Messages: 8}))
	subscription := made[*Subscription](t)(topic.Subscribe(Now, Lags))
	publisher := made[*Publisher](t)(topic.Publisher())
	for i := uint32(0); i < 100; i++ {
		must(t, PublishValue(background, publisher, i))
	}
	message, err := subscription.Receive(background)
	must(t, err)
	number, err := Value[uint32](message)
	must(t, err)
	equal(t, uint64(number), message.Lost())
	equal(t, subscription.Lost(), message.Lost())
	equal(t, message.Lost() > 0, true)
	message.Release()
	_, err = topic.Subscribe(Now, Blocks)
	equal(t, errors.Is(err, fs.ErrPermission), true)
}

func TestPublishersWaitForWhoBlocksUntilItIsEvicted(t *testing.T) {
	topic := made[*Topic](t)(CreateTopic(unique(t), TopicOptions{Capacity: 1 << 12, Messages: 4, SubscribersMayBlock: true}))
	subscription := made[*Subscription](t)(topic.Subscribe(Now, Blocks))
	publisher := made[*Publisher](t)(topic.Publisher())
	equal(t, subscription.Blocks(), true)
	var err error
	for err == nil {
		brief, cancel := context.WithTimeout(background, time.Millisecond)
		err = publisher.Publish(brief, []byte("more"))
		cancel()
	}
	equal(t, err, context.DeadlineExceeded)
	count, err := topic.Evict()
	must(t, err)
	equal(t, count, 1)
	equal(t, subscription.Blocks(), false)
	must(t, publisher.Publish(background, []byte("more")))
}

func TestTypedChannelsRefuseOtherTypes(t *testing.T) {
	name := unique(t)
	readings, err := OpenOrCreateTopicOf[reading](name, "reading", 1, 4)
	must(t, err)
	defer readings.Close()
	_, found, err := readings.LatestValue()
	must(t, err)
	equal(t, found, false)
	publisher := made[*Publisher](t)(readings.Publisher())
	must(t, PublishValue(background, publisher, reading{1, -0.5}))
	value, found, err := readings.LatestValue()
	must(t, err)
	equal(t, found, true)
	equal(t, value, reading{1, -0.5})
	message, err := readings.Latest()
	must(t, err)
	_, err = Value[uint64](message)
	errno(t, err, syscall.EBADMSG)
	_, err = Value[string](message)
	errno(t, err, syscall.EINVAL)
	message.Release()
	_, err = Value[reading](message)
	equal(t, errors.Is(err, fs.ErrClosed), true)
	errno(t, second(OpenTopic(name, TypeOf[reading]("reading", 2))), syscall.EINVAL)
	errno(t, second(OpenOrCreateTopicOf[string](name, "reading", 1, 4)), syscall.EINVAL)
	errno(t, PublishValue(background, publisher, "text"), syscall.EINVAL)
	made[*Topic](t)(OpenTopic(name, TypeOf[reading]("reading", 1)))
}

func TestChannelsAreWaitedFor(t *testing.T) {
	name := unique(t)
	queue := made[*Queue](t)(CreateQueue(name, QueueOptions{Capacity: 4096, DropOnDeath: true}))
	topic := made[*Topic](t)(CreateTopic(name+" topic", TopicOptions{Capacity: 4096}))
	subscription := made[*Subscription](t)(topic.Subscribe(Now, Lags))
	must(t, made[*Publisher](t)(topic.Publisher()).Publish(background, []byte("news")))
	index, _, err := WaitAny(background, queue, subscription)
	must(t, err)
	equal(t, index, 1)
	must(t, queue.Send(background, []byte("job")))
	index, _, err = WaitAny(background, queue, subscription)
	must(t, err)
	equal(t, index, 0)
	for _, handle := range []func() (int, error){queue.WaitHandle, subscription.WaitHandle} {
		descriptor, err := handle()
		must(t, err)
		equal(t, descriptor >= 0, true)
	}
}

func TestChannelOptionsReachTheObject(t *testing.T) {
	name := unique(t)
	errno(t, second(CreateQueue(name, QueueOptions{})), syscall.EINVAL)
	errno(t, second(CreateTopic(name, TopicOptions{Capacity: 4096, Participants: 1})), syscall.EINVAL)
	queue := made[*Queue](t)(OpenOrCreateQueue(name, QueueOptions{Capacity: 4096, Permanent: true, Mode: 0660, Participants: 2}))
	must(t, queue.Send(background, []byte("kept")))
	must(t, queue.Close())
	seen, err := Stat(name)
	must(t, err)
	equal(t, seen.Mode, 0660)
	equal(t, seen.State, Permanent)
	equal(t, seen.Kind.String(), "queue")
	message, err := made[*Queue](t)(OpenQueue(name, Type{})).Receive(background)
	must(t, err)
	equal(t, string(message.Bytes()), "kept")
	message.Release()
	_, err = Remove(name, false)
	must(t, err)
}
