// SPDX-License-Identifier: Apache-2.0

package coview

// #include "shim.h"
import "C"

import (
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"syscall"
	"unsafe"
)

// Access says with which rights memory is opened or mapped.
type Access int32

const (
	ReadOnly    Access = C.COVIEW_READ_ONLY
	ReadWrite   Access = C.COVIEW_READ_WRITE
	CopyOnWrite Access = C.COVIEW_COPY_ON_WRITE // of a view: its writes stay here
)

// Mapping is a handle to named memory. The name lives as long as somebody has a handle, or a view.
type Mapping struct{ handle }

func freeMapping(raw unsafe.Pointer) { C.coview_mapping_close((*C.coview_mapping)(raw)) }

func holdMapping(made C.shim_made, err error) (*Mapping, error) {
	if err != nil {
		return nil, err
	}
	m := &Mapping{}
	if _, err = m.hold(made, "mapping", freeMapping); err != nil {
		return nil, err
	}
	return m, nil
}

// CreateMapping makes memory of size bytes, all zero, under a name that must be free. It fails with fs.ErrExist where it
// is not, with EINVAL for a name or size that cannot be, and with ENOSPC where there is no memory.
func CreateMapping(name string, size uint64, options ...Options) (*Mapping, error) {
	return holdMapping(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_mapping_create(name, C.uint64_t(size), options)
	}))
}

// OpenMapping opens what somebody holds. It fails with fs.ErrNotExist where nobody does, or with fs.ErrPermission.
func OpenMapping(name string, access Access) (*Mapping, error) {
	return holdMapping(openNamed(name, nil, func(name *C.char, _ *C.coview_create_options) C.shim_made {
		return C.shim_mapping_open(name, C.coview_access(access))
	}))
}

// OpenOrCreateMapping opens the name where somebody holds it, with the size that it has, and creates it otherwise.
func OpenOrCreateMapping(name string, size uint64, options ...Options) (*Mapping, error) {
	return holdMapping(openNamed(name, options, func(name *C.char, options *C.coview_create_options) C.shim_made {
		return C.shim_mapping_open_or_create(name, C.uint64_t(size), options)
	}))
}

// OpenFile maps a file, of size bytes, or 0: its length. With ReadWrite a shorter file grows, and a missing one is made.
// With a name, other processes can open it.
func OpenFile(path string, access Access, size uint64, name string) (*Mapping, error) {
	return holdMapping(openNamed(path, nil, func(path *C.char, _ *C.coview_create_options) C.shim_made {
		options := C.shim_file_options()
		options.size = C.uint64_t(size)
		if name != "" {
			options.name = C.CString(name)
			defer C.free(unsafe.Pointer(options.name))
		}
		return C.shim_mapping_file(path, C.coview_access(access), &options)
	}))
}

// Anonymous makes memory without a name, all zero.
func Anonymous(size uint64) (*Mapping, error) {
	return holdMapping(C.shim_mapping_anonymous(C.uint64_t(size), nil), nil)
}

// Name returns the name it was opened by; "" once it is closed.
func (m *Mapping) Name() string {
	return ask(&m.handle, func(raw unsafe.Pointer) string { return C.GoString(C.coview_mapping_name((*C.coview_mapping)(raw))) })
}

// Size returns the bytes that whoever created it asked for.
func (m *Mapping) Size() uint64 {
	return ask(&m.handle, func(raw unsafe.Pointer) uint64 { return uint64(C.coview_mapping_size((*C.coview_mapping)(raw))) })
}

// Access returns the rights that this handle has.
func (m *Mapping) Access() Access {
	return ask(&m.handle, func(raw unsafe.Pointer) Access { return Access(C.coview_mapping_rights((*C.coview_mapping)(raw))) })
}

// Created tells whether this handle's call made the object.
func (m *Mapping) Created() bool {
	return ask(&m.handle, func(raw unsafe.Pointer) bool { return C.coview_mapping_created((*C.coview_mapping)(raw)) != 0 })
}

// StillNamed tells whether the name still leads to this object: somebody may have removed it by force.
func (m *Mapping) StillNamed() bool {
	return ask(&m.handle, func(raw unsafe.Pointer) bool { return C.coview_mapping_still_named((*C.coview_mapping)(raw)) != 0 })
}

// Map maps the whole, with the rights that this handle has.
func (m *Mapping) Map() (*View, error) {
	access := m.Access()
	return m.MapRange(access, 0, C.COVIEW_TO_END)
}

// MapRange maps length bytes at offset. It fails with ERANGE beyond the end, and with fs.ErrPermission where the handle
// has not these rights.
func (m *Mapping) MapRange(access Access, offset, length uint64) (*View, error) {
	v := &View{access: access}
	err := m.use(func(raw unsafe.Pointer) error {
		_, err := v.hold(C.shim_view_map((*C.coview_mapping)(raw), C.coview_access(access), C.uint64_t(offset),
			C.uint64_t(length)), "view", func(raw unsafe.Pointer) { C.coview_view_close((*C.coview_view)(raw)) })
		return err
	})
	if err != nil {
		return nil, err
	}
	v.length = int(C.coview_view_size((*C.coview_view)(v.raw)))
	return v, nil
}

// View is memory that others see. Any process may change it at any moment: use sync/atomic on what At gives, or a Mutex.
// It keeps the name, also after its mapping is closed.
//
// Go cannot see who refers to such memory, so a slice of it is only good where View knows of it: in Use, or until the
// function that Hold gave is called.
type View struct {
	handle
	access Access
	length int
}

// Len returns the bytes in it.
func (v *View) Len() int { return v.length }

// Access returns the rights that it was mapped with.
func (v *View) Access() Access { return v.access }

// Use calls f with the bytes. They stay mapped until f returns, whoever closes the view meanwhile, and are not to be used
// afterwards. A touch of what is not there (a write to a view that only reads; a file that somebody cut short) is a panic
// in this goroutine, and not the end of the process.
func (v *View) Use(f func(bytes []byte) error) error {
	return v.use(func(raw unsafe.Pointer) error {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		return f(v.bytes(raw))
	})
}

// Hold returns the bytes, and a function to be called when they are not used any more: they stay mapped until then.
func (v *View) Hold() (bytes []byte, release func(), err error) {
	raw, err := v.enter()
	if err != nil {
		return nil, nil, err
	}
	held := true
	return v.bytes(raw), func() {
		if held {
			held = false
			v.leave()
		}
	}, nil
}

func (v *View) bytes(raw unsafe.Pointer) []byte {
	return unsafe.Slice((*byte)(C.coview_view_data((*C.coview_view)(raw))), v.length)
}

// ReadAt copies bytes from offset on, as io.ReaderAt has it.
func (v *View) ReadAt(p []byte, offset int64) (n int, err error) {
	err = v.copied(offset, func(bytes []byte) {
		n = copy(p, bytes)
	})
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// WriteAt copies bytes to offset, as io.WriterAt has it. It fails with EACCES for a view that only reads.
func (v *View) WriteAt(p []byte, offset int64) (n int, err error) {
	if v.access == ReadOnly {
		return 0, &Error{Errno: syscall.EACCES, Sentence: "cannot write to a view: it was mapped to read"}
	}
	err = v.copied(offset, func(bytes []byte) {
		if len(bytes) >= len(p) {
			n = copy(bytes, p)
		}
	})
	if err == nil && n < len(p) {
		err = v.beyond(len(p), offset)
	}
	return n, err
}

// copied calls f with the bytes from offset on; a fault there is an error.
func (v *View) copied(offset int64, f func(bytes []byte)) (err error) {
	if offset < 0 || offset > int64(v.length) {
		return v.beyond(0, offset)
	}
	defer func() {
		if fault := recover(); fault != nil {
			err = &Error{Errno: syscall.EFAULT, Sentence: fmt.Sprintf("cannot use a view: %v", fault)}
		}
	}()
	return v.Use(func(bytes []byte) error {
		f(bytes[offset:])
		return nil
	})
}

func (v *View) beyond(length int, offset int64) error {
	return &Error{Errno: syscall.ERANGE, Sentence: fmt.Sprintf("%d bytes at offset %d are beyond the end of a view of %d bytes",
		length, offset, v.length)}
}

// Flush writes a file's changes back: they are on disk when it returns.
func (v *View) Flush() error {
	return v.use(func(raw unsafe.Pointer) error {
		_, err := check(C.shim_view_flush((*C.coview_view)(raw)))
		return err
	})
}

// At returns what stands at an offset of a view's bytes: a number, or an array or struct of such, for sync/atomic or under
// a Mutex. The pointer is good as long as the bytes are. It fails with ERANGE beyond the end, with EINVAL where it would be
// misaligned, and for types with pointers, strings, slices or padding in them.
func At[T any](bytes []byte, offset int) (*T, error) {
	var value T
	if err := shareable(reflect.TypeOf(value)); err != nil {
		return nil, err
	}
	size := int(unsafe.Sizeof(value))
	if offset < 0 || size > len(bytes) || offset > len(bytes)-size {
		return nil, &Error{Errno: syscall.ERANGE, Sentence: fmt.Sprintf("%T at offset %d is beyond the end of %d bytes", value, offset,
			len(bytes))}
	}
	if size == 0 {
		return &value, nil
	}
	at := unsafe.Pointer(&bytes[offset])
	if uintptr(at)%unsafe.Alignof(value) != 0 {
		return nil, invalid("%T at offset %d is misaligned; it needs a multiple of %d", value, offset, unsafe.Alignof(value))
	}
	return (*T)(at), nil
}

// shareable is nil for types that are nothing but their bytes. Gaps are refused so that all languages have the same
// members.
func shareable(t reflect.Type) error {
	if t == nil {
		return invalid("an interface is nothing that can be shared")
	}
	switch t.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int, reflect.Uint8, reflect.Uint16, reflect.Uint32,
		reflect.Uint64, reflect.Uint, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return nil
	case reflect.Array:
		return shareable(t.Elem())
	case reflect.Struct:
		var size uintptr
		for i := 0; i < t.NumField(); i++ {
			if err := shareable(t.Field(i).Type); err != nil {
				return err
			}
			size += t.Field(i).Type.Size()
		}
		if size != t.Size() {
			return invalid("%v has padding: name the gaps", t)
		}
		return nil
	}
	return invalid("%v is nothing that can be shared: use numbers, and arrays and structs of them", t)
}
