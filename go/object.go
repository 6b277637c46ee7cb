// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"fmt"
	"time"
)

// Kind is what an object is. One namespace holds all kinds.
type Kind int32

const (
	KindMapping   Kind = C.COVIEW_KIND_MAPPING
	KindMutex     Kind = C.COVIEW_KIND_MUTEX
	KindEvent     Kind = C.COVIEW_KIND_EVENT
	KindSemaphore Kind = C.COVIEW_KIND_SEMAPHORE
	KindQueue     Kind = C.COVIEW_KIND_QUEUE
	KindTopic     Kind = C.COVIEW_KIND_TOPIC
	KindTimer     Kind = C.COVIEW_KIND_TIMER
)

// String returns its name, such as "mapping".
func (k Kind) String() string {
	names := [...]string{"", "mapping", "mutex", "event", "semaphore", "queue", "topic", "timer"}
	if k > 0 && int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", int32(k))
}

// State is why an object is in the list.
type State int32

const (
	Held         State = C.COVIEW_STATE_HELD         // somebody holds a handle
	Permanent    State = C.COVIEW_STATE_PERMANENT    // nobody does; the name stays because it was asked to
	Unreadable   State = C.COVIEW_STATE_UNREADABLE   // nobody can tell this user what it is; see Problem
	Incompatible State = C.COVIEW_STATE_INCOMPATIBLE // held, but of another layout version, or damaged; see Problem
)

// Object is what is known of an object.
type Object struct {
	Name         string // as it was created, with `Global\` in front for the global scope
	Kind         Kind
	State        State
	Mode         uint32 // permission bits
	Size         uint64 // bytes, as asked for when it was created
	Resident     uint64 // bytes of memory that it occupies now
	Handles      uint64 // open handles in all processes, at least; exactly, where HandlesKnown
	HandlesKnown bool
	Owner        uint32 // user ID of its creator
	Creator      int    // process ID of its creator, who may be gone
	Created      time.Time
	Global       bool   // whether all users see the name
	Permanent    bool   // whether it keeps its name without a handle
	File         string // path of the object's file
	Target       string // of a file mapping: path of the file that it leads to
	Problem      string // of one that is unreadable or incompatible: why
}

func objects(made C.shim_made, err error) ([]Object, error) {
	if err == nil {
		_, err = check(made.done)
	}
	if err != nil {
		return nil, err
	}
	list := (*C.coview_object_list)(made.handle)
	defer C.coview_object_list_free(list)
	found := make([]Object, 0, int(C.coview_object_list_count(list)))
	for i := 0; i < cap(found); i++ {
		raw := C.coview_object_list_at(list, C.size_t(i))
		found = append(found, Object{
			Name: C.GoString(raw.name), Kind: Kind(raw.kind), State: State(raw.state), Mode: uint32(raw.mode),
			Size: uint64(raw.size), Resident: uint64(raw.resident), Handles: uint64(raw.handles), HandlesKnown: raw.handles_known != 0,
			Owner: uint32(raw.owner), Creator: int(raw.creator), Created: time.Unix(0, int64(raw.created)), Global: raw.global != 0,
			Permanent: raw.permanent != 0, File: C.GoString(raw.file), Target: C.GoString(raw.target),
			Problem: C.GoString(raw.problem),
		})
	}
	return found, nil
}

// List returns all objects of this user's local scope and of the global scope, by name.
func List() ([]Object, error) { return objects(C.shim_list(), nil) }

// Stat returns what is known of an object. It fails with fs.ErrNotExist where nobody holds it.
func Stat(name string) (Object, error) {
	one, err := objects(openNamed(name, nil, func(name *C.char, _ *C.coview_create_options) C.shim_made {
		return C.shim_stat(name)
	}))
	if err != nil {
		return Object{}, err
	}
	return one[0], nil
}

// Holder is a process that holds an object.
type Holder struct {
	PID       int    // as seen from here
	User      uint32 // the user that it runs as, where UserKnown
	UserKnown bool
	Command   string // its command line; "" where that is hidden
}

// Holders are the holders that can be seen, and what is known of others.
type Holders struct {
	Processes []Holder // by process ID
	Held      bool     // whether somebody has a handle, seen or not
	Complete  bool     // whether Processes accounts for every handle
}

// FindHolders returns the processes that hold an object. It fails with fs.ErrNotExist.
func FindHolders(name string) (Holders, error) {
	made, err := openNamed(name, nil, func(name *C.char, _ *C.coview_create_options) C.shim_made {
		return C.shim_find_holders(name)
	})
	if err == nil {
		_, err = check(made.done)
	}
	if err != nil {
		return Holders{}, err
	}
	list := (*C.coview_holder_list)(made.handle)
	defer C.coview_holder_list_free(list)
	found := Holders{Held: C.coview_holder_list_held(list) != 0, Complete: C.coview_holder_list_complete(list) != 0}
	for i := C.size_t(0); i < C.coview_holder_list_count(list); i++ {
		raw := C.coview_holder_list_at(list, i)
		found.Processes = append(found.Processes, Holder{PID: int(raw.pid), User: uint32(raw.user),
			UserKnown: uint32(raw.user) != 1<<32-1, Command: C.GoString(raw.command)})
	}
	return found, nil
}

// Remove ends a permanent object, and tells whether its name goes later, with the last handle. By force it takes the name
// away from any object: who has a handle goes on, and who opens the name gets another object. It fails with fs.ErrNotExist
// or fs.ErrPermission.
func Remove(name string, force bool) (later bool, err error) {
	text, free, err := cText(name)
	defer free()
	if err != nil {
		return false, err
	}
	var goesLater C.int
	_, err = check(C.shim_remove(text, cInt(force), &goesLater))
	return goesLater != 0, err
}

// Reclaim gives back what killed holders left, and returns how much that was. Nobody ever sees it, but it takes memory.
func Reclaim() (objects, bytes uint64, err error) {
	var count, size C.uint64_t
	_, err = check(C.shim_reclaim(&count, &size))
	return uint64(count), uint64(size), err
}
