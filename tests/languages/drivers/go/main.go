// SPDX-License-Identifier: Apache-2.0

// The driver of Go for tests/languages/conform; README.md there has the protocol.
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"coview"
)

type request struct {
	Do, As, Name, Access, Bytes, Schema, Values, Mutex, Kind, Objects, Keep, Type, Topic, From string

	Size         uint64
	Offset       int64
	Length       int
	Times        int
	Timeout      *int64
	Set          int
	Initial      uint32
	Maximum      uint32
	Count        uint32
	Capacity     uint64
	Messages     uint64
	Type_size    uint64
	Type_version uint32
}

type answer map[string]any

// What labels stand for, beside the handles of coview themselves.
type (
	memory struct {
		*coview.Mapping
		view *coview.View
	}
	topic struct {
		*coview.Topic
		publisher *coview.Publisher
	}
	mutex struct {
		*coview.Mutex
		locks []*coview.Lock
	}
	message struct{ *coview.Message }
)

func (m *memory) Close() error {
	_ = m.view.Close()
	return m.Mapping.Close()
}

func (t *topic) Close() error {
	if t.publisher != nil {
		_ = t.publisher.Close()
	}
	return t.Topic.Close()
}

func (m *message) Close() error {
	m.Release()
	return nil
}

type driver map[string]io.Closer

// the is what a label stands for.
func the[T io.Closer](d driver, label string) (handle T, err error) {
	handle, is := d[label].(T)
	if !is {
		err = refuse(syscall.EINVAL, "'%s' is no %T", label, handle)
	}
	return handle, err
}

func (d driver) keep(label string, handle io.Closer) {
	if before := d[label]; before != nil {
		_ = before.Close()
	}
	d[label] = handle
}

// in is a context for the request's time; its end is no error here.
func (r *request) in() (context.Context, context.CancelFunc) {
	if r.Timeout == nil || *r.Timeout < 0 {
		return context.Background(), func() {}
	}
	return context.WithTimeout(context.Background(), time.Duration(*r.Timeout)*time.Millisecond)
}

func (r *request) atOnce() bool { return r.Timeout != nil && *r.Timeout == 0 }

func inTime(done bool, err error) (answer, error) {
	if errors.Is(err, context.DeadlineExceeded) || err == nil && !done {
		return answer{"result": "timed out"}, nil
	}
	return answer{}, err
}

func (r *request) content() ([]byte, error) {
	if r.Schema == "" {
		return hex.DecodeString(r.Bytes)
	}
	s, err := parseSchema(r.Schema)
	if err != nil {
		return nil, err
	}
	return s.pack(r.Values)
}

func (r *request) with(a answer, bytes []byte) (answer, error) {
	if r.Schema == "" {
		a["bytes"] = hex.EncodeToString(bytes)
		return a, nil
	}
	s, err := parseSchema(r.Schema)
	if err == nil {
		a["values"], err = s.unpack(bytes)
	}
	return a, err
}

func (r *request) carries() coview.Type {
	return coview.Type{Name: r.Type, Size: r.Type_size, Version: r.Type_version}
}

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (d driver) serve(r *request) (answer, error) {
	kind, verb, _ := strings.Cut(r.Do, ".")
	switch verb {
	case "create", "open", "open_or_create":
		return d.open(kind, verb, r)
	}
	switch kind {
	case "hello":
		return answer{"language": "go", "version": coview.Version(), "pid": os.Getpid()}, nil
	case "reset":
		for _, first := range []bool{true, false} {
			for label, handle := range d {
				_, isMessage := handle.(*message)
				_, isSubscription := handle.(*coview.Subscription)
				if isMessage || isSubscription || !first {
					_ = handle.Close()
					delete(d, label)
				}
			}
		}
		return answer{}, nil
	case "close":
		handle := d[r.As]
		if handle == nil {
			return nil, refuse(syscall.EINVAL, "there is no '%s'", r.As)
		}
		delete(d, r.As)
		return answer{}, handle.Close()
	case "exists":
		seen, err := coview.Stat(r.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return answer{"result": "absent"}, nil
		}
		return answer{"kind": seen.Kind.String()}, err
	case "remove":
		_, err := coview.Remove(r.Name, true)
		return answer{}, err
	case "reclaim":
		_, _, err := coview.Reclaim()
		return answer{}, err
	case "write", "put", "read", "get", "count":
		return d.memory(r)
	case "mutex", "event", "semaphore", "wait_any", "wait_all":
		return d.sync(r)
	case "queue", "topic", "subscription":
		return d.channel(r)
	}
	return nil, refuse(syscall.ENOSYS, "there is no '%s'", r.Do)
}

// one of three ways to open.
func one[T any](verb string, create, open, openOrCreate func() (T, error)) (T, error) {
	switch verb {
	case "create":
		return create()
	case "open":
		return open()
	}
	return openOrCreate()
}

func (d driver) open(kind, verb string, r *request) (answer, error) {
	switch kind {
	case "mapping":
		access := coview.ReadWrite
		if r.Access == "r" {
			access = coview.ReadOnly
		}
		made, err := one(verb, func() (*coview.Mapping, error) { return coview.CreateMapping(r.Name, r.Size) },
			func() (*coview.Mapping, error) { return coview.OpenMapping(r.Name, access) },
			func() (*coview.Mapping, error) { return coview.OpenOrCreateMapping(r.Name, r.Size) })
		if err != nil {
			return nil, err
		}
		view, err := made.Map()
		if err != nil {
			return nil, err
		}
		d.keep(r.As, &memory{made, view})
		return answer{"created": number(made.Created()), "size": made.Size()}, nil
	case "mutex":
		made, err := one(verb, func() (*coview.Mutex, error) { return coview.CreateMutex(r.Name) },
			func() (*coview.Mutex, error) { return coview.OpenMutex(r.Name) },
			func() (*coview.Mutex, error) { return coview.OpenOrCreateMutex(r.Name) })
		if err != nil {
			return nil, err
		}
		d.keep(r.As, &mutex{made, nil})
		return answer{"created": number(made.Created())}, nil
	case "event":
		reset, name := coview.Automatic, map[coview.Reset]string{coview.Automatic: "auto", coview.Manual: "manual"}
		if r.Kind == "manual" {
			reset = coview.Manual
		}
		made, err := one(verb, func() (*coview.Event, error) { return coview.CreateEvent(r.Name, reset, r.Set != 0) },
			func() (*coview.Event, error) { return coview.OpenEvent(r.Name) },
			func() (*coview.Event, error) { return coview.OpenOrCreateEvent(r.Name, reset, r.Set != 0) })
		if err != nil {
			return nil, err
		}
		d.keep(r.As, made)
		return answer{"created": number(made.Created()), "kind": name[made.Reset()]}, nil
	case "semaphore":
		made, err := one(verb, func() (*coview.Semaphore, error) { return coview.CreateSemaphore(r.Name, r.Initial, r.Maximum) },
			func() (*coview.Semaphore, error) { return coview.OpenSemaphore(r.Name) },
			func() (*coview.Semaphore, error) { return coview.OpenOrCreateSemaphore(r.Name, r.Initial, r.Maximum) })
		if err != nil {
			return nil, err
		}
		d.keep(r.As, made)
		return answer{"created": number(made.Created()), "maximum": made.Maximum()}, nil
	case "queue":
		options := coview.QueueOptions{Capacity: r.Capacity, Type: r.carries()}
		made, err := one(verb, func() (*coview.Queue, error) { return coview.CreateQueue(r.Name, options) },
			func() (*coview.Queue, error) { return coview.OpenQueue(r.Name, r.carries()) },
			func() (*coview.Queue, error) { return coview.OpenOrCreateQueue(r.Name, options) })
		if err != nil {
			return nil, err
		}
		d.keep(r.As, made)
		return answer{"created": number(made.Created())}, nil
	case "topic":
		options := coview.TopicOptions{Capacity: r.Capacity, Messages: r.Messages, Type: r.carries()}
		made, err := one(verb, func() (*coview.Topic, error) { return coview.CreateTopic(r.Name, options) },
			func() (*coview.Topic, error) { return coview.OpenTopic(r.Name, r.carries()) },
			func() (*coview.Topic, error) { return coview.OpenOrCreateTopic(r.Name, options) })
		if err != nil {
			return nil, err
		}
		d.keep(r.As, &topic{made, nil})
		return answer{"created": number(made.Created())}, nil
	}
	return nil, refuse(syscall.ENOSYS, "there is no '%s'", r.Do)
}

func (d driver) memory(r *request) (answer, error) {
	of, err := the[*memory](d, r.As)
	if err != nil {
		return nil, err
	}
	switch r.Do {
	case "write", "put":
		bytes, err := r.content()
		if err == nil {
			_, err = of.view.WriteAt(bytes, r.Offset)
		}
		return answer{}, err
	case "read", "get":
		if r.Schema != "" {
			s, err := parseSchema(r.Schema)
			if err != nil {
				return nil, err
			}
			r.Length = s.size
		}
		bytes := make([]byte, r.Length)
		if _, err := of.view.ReadAt(bytes, r.Offset); err != nil {
			return nil, err
		}
		return r.with(answer{}, bytes)
	}
	lock, err := the[*mutex](d, r.Mutex)
	if err != nil {
		return nil, err
	}
	return answer{}, of.view.Use(func(bytes []byte) error {
		number, err := coview.At[uint64](bytes, int(r.Offset))
		for i := 0; i < r.Times && err == nil; i++ {
			err = lock.With(context.Background(), func(bool) error {
				*number++
				return nil
			})
		}
		return err
	})
}

// locked keeps a lock with its mutex, and says how it was got.
func (m *mutex) locked(lock *coview.Lock, a answer) answer {
	m.locks = append(m.locks, lock)
	if lock.Abandoned() {
		a["result"] = "abandoned"
	}
	return a
}

func (d driver) sync(r *request) (answer, error) {
	ctx, cancel := r.in()
	defer cancel()
	switch r.Do {
	case "mutex.lock":
		m, err := the[*mutex](d, r.As)
		if err != nil {
			return nil, err
		}
		var lock *coview.Lock
		if r.atOnce() {
			lock, err = m.TryLock()
		} else {
			lock, err = m.Lock(ctx)
		}
		if lock == nil {
			return inTime(false, err)
		}
		return m.locked(lock, answer{}), nil
	case "mutex.unlock":
		m, err := the[*mutex](d, r.As)
		if err != nil {
			return nil, err
		}
		if len(m.locks) == 0 { // the face has no call that releases what is not owned
			return nil, refuse(syscall.EPERM, "this thread does not own it")
		}
		last := m.locks[len(m.locks)-1]
		m.locks = m.locks[:len(m.locks)-1]
		return answer{}, last.Unlock()
	case "event.set", "event.clear", "event.wait":
		e, err := the[*coview.Event](d, r.As)
		switch {
		case err != nil:
			return nil, err
		case r.Do == "event.set":
			return answer{}, e.Set()
		case r.Do == "event.clear":
			return answer{}, e.Clear()
		case r.atOnce():
			return inTime(e.TryWait())
		}
		return inTime(true, e.Wait(ctx))
	case "semaphore.acquire", "semaphore.release":
		s, err := the[*coview.Semaphore](d, r.As)
		switch {
		case err != nil:
			return nil, err
		case r.Do == "semaphore.release":
			before, err := s.Release(r.Count)
			return answer{"before": before}, err
		case r.atOnce():
			return inTime(s.TryAcquire())
		}
		return inTime(true, s.Acquire(ctx))
	case "wait_any", "wait_all":
		return d.wait(ctx, r)
	}
	return nil, refuse(syscall.ENOSYS, "there is no '%s'", r.Do)
}

func (d driver) wait(ctx context.Context, r *request) (answer, error) {
	var objects []coview.Waitable
	var mutexes []*mutex
	labels := strings.Fields(r.Objects)
	for _, label := range labels {
		handle := d[label]
		if m, is := handle.(*mutex); is {
			mutexes = append(mutexes, m)
			objects = append(objects, m.Mutex)
		} else if object, is := handle.(coview.Waitable); is {
			objects = append(objects, object)
		} else {
			return nil, refuse(syscall.EINVAL, "'%s' is nothing to wait for", label)
		}
	}
	if r.Do == "wait_all" {
		locks, err := coview.WaitAll(ctx, objects...)
		if err != nil {
			return inTime(false, err)
		}
		a := answer{}
		for i, lock := range locks {
			a = mutexes[i].locked(lock, a)
		}
		return a, nil
	}
	index, lock, err := coview.WaitAny(ctx, objects...)
	if err != nil {
		return inTime(false, err)
	}
	a := answer{"index": index}
	if m, is := d[labels[index]].(*mutex); is {
		a = m.locked(lock, a)
	}
	return a, nil
}

func (d driver) channel(r *request) (answer, error) {
	ctx, cancel := r.in()
	defer cancel()
	switch r.Do {
	case "queue.send":
		q, err := the[*coview.Queue](d, r.As)
		if err != nil {
			return nil, err
		}
		bytes, err := r.content()
		switch {
		case err != nil:
			return nil, err
		case r.atOnce():
			return inTime(q.TrySend(bytes))
		}
		return inTime(true, q.Send(ctx, bytes))
	case "queue.receive":
		q, err := the[*coview.Queue](d, r.As)
		if err != nil {
			return nil, err
		}
		if r.atOnce() {
			return d.received(r, q.TryReceive)
		}
		return d.received(r, func() (*coview.Message, error) { return q.Receive(ctx) })
	case "topic.publish":
		t, err := the[*topic](d, r.As)
		if err == nil && t.publisher == nil {
			t.publisher, err = t.Publisher()
		}
		if err != nil {
			return nil, err
		}
		bytes, err := r.content()
		if err != nil {
			return nil, err
		}
		return inTime(true, t.publisher.Publish(ctx, bytes))
	case "topic.subscribe":
		t, err := the[*topic](d, r.Topic)
		if err != nil {
			return nil, err
		}
		from := coview.Now
		if r.From == "oldest" {
			from = coview.Oldest
		}
		s, err := t.Subscribe(from, coview.Lags)
		if err != nil {
			return nil, err
		}
		d.keep(r.As, s)
		return answer{}, nil
	case "subscription.receive":
		s, err := the[*coview.Subscription](d, r.As)
		if err != nil {
			return nil, err
		}
		if r.atOnce() {
			return d.received(r, s.TryReceive)
		}
		return d.received(r, func() (*coview.Message, error) { return s.Receive(ctx) })
	case "topic.latest":
		t, err := the[*topic](d, r.As)
		if err != nil {
			return nil, err
		}
		a, err := d.received(r, t.Latest)
		if a["result"] == "timed out" {
			a["result"] = "absent"
		}
		return a, err
	}
	return nil, refuse(syscall.ENOSYS, "there is no '%s'", r.Do)
}

func (d driver) received(r *request, receive func() (*coview.Message, error)) (answer, error) {
	m, err := receive()
	if m == nil {
		return inTime(false, err)
	}
	a, err := r.with(answer{"sequence": m.Sequence(), "deaths": m.Deaths(), "lost": m.Lost()}, m.Bytes())
	if r.Keep != "" {
		d.keep(r.Keep, &message{m})
	} else {
		m.Release()
	}
	return a, err
}

func main() {
	runtime.LockOSThread() // all calls in one thread
	d := driver{}
	lines, answers := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var r request
		err := json.Unmarshal(lines.Bytes(), &r)
		var a answer
		if err == nil {
			a, err = d.serve(&r)
		}
		if err != nil {
			errno := syscall.EINVAL
			var of *coview.Error
			var own *failure
			if errors.As(err, &of) {
				errno = of.Errno
			} else if errors.As(err, &own) {
				errno = own.errno
			}
			a = answer{"result": "error", "errno": int(errno), "message": err.Error()}
		} else if a["result"] == nil {
			a["result"] = "ok"
		}
		if err := answers.Encode(a); err != nil {
			os.Exit(1)
		}
	}
}
