// SPDX-License-Identifier: Apache-2.0

package coview

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

func errno(t *testing.T, err error, want syscall.Errno) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %d: %v", err, int(want), want)
	}
}

func TestTwoViewsOfOneNameAreOneMemory(t *testing.T) {
	name := unique(t)
	first := made[*Mapping](t)(CreateMapping(name, 5000))
	second := made[*Mapping](t)(OpenMapping(name, ReadWrite))
	equal(t, first.Created(), true)
	equal(t, second.Created(), false)
	equal(t, second.Size(), 5000)
	equal(t, second.Name(), name)
	equal(t, second.StillNamed(), true)
	a := made[*View](t)(first.Map())
	b := made[*View](t)(second.MapRange(ReadWrite, 4096, 8))
	equal(t, b.Len(), 8)
	n, err := a.WriteAt([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 4096)
	must(t, err)
	equal(t, n, 8)
	must(t, b.Use(func(bytes []byte) error {
		number, err := At[uint64](bytes, 0)
		must(t, err)
		equal(t, *number, 0x0807060504030201)
		*number = 0
		return nil
	}))
	read := make([]byte, 1000)
	n, err = a.ReadAt(read, 4500)
	equal(t, n, 500)
	equal(t, err, io.EOF)
	_, err = a.WriteAt(read, 4500)
	errno(t, err, syscall.ERANGE)
	_, err = a.ReadAt(read, 5001)
	errno(t, err, syscall.ERANGE)
	_, err = a.WriteAt(read, -1)
	errno(t, err, syscall.ERANGE)
}

func TestNameGoesWithTheLastView(t *testing.T) {
	name := unique(t)
	memory, err := CreateMapping(name, 64)
	must(t, err)
	view, err := memory.Map()
	must(t, err)
	must(t, memory.Close())
	made[*Mapping](t)(OpenMapping(name, ReadOnly)).Close()
	must(t, view.Close())
	_, err = OpenMapping(name, ReadOnly)
	errno(t, err, syscall.ENOENT)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), name) {
		t.Fatal(err)
	}
	_, err = view.ReadAt(make([]byte, 1), 0)
	if !errors.Is(err, fs.ErrClosed) {
		t.Fatal(err)
	}
	_, err = memory.Map()
	if !errors.Is(err, fs.ErrClosed) {
		t.Fatal(err)
	}
	equal(t, memory.Name(), "")
	must(t, view.Close()) // again
}

func TestCloseWaitsForWhoUsesTheBytes(t *testing.T) {
	name := unique(t)
	view := made[*View](t)(made[*Mapping](t)(CreateMapping(name, 64)).Map())
	must(t, view.Use(func(bytes []byte) error {
		must(t, view.Close())
		bytes[0] = 1 // still there
		return nil
	}))
	view = made[*View](t)(made[*Mapping](t)(OpenMapping(name, ReadWrite)).Map())
	bytes, release, err := view.Hold()
	must(t, err)
	must(t, view.Close())
	equal(t, bytes[0], 1)
	release()
	release() // again
}

func TestFaultsArePanicsOrErrors(t *testing.T) {
	name := unique(t)
	memory := made[*Mapping](t)(CreateMapping(name, 64))
	reader := made[*Mapping](t)(OpenMapping(name, ReadOnly))
	equal(t, reader.Access(), ReadOnly)
	_, err := reader.MapRange(ReadWrite, 0, 64)
	if !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	view := made[*View](t)(reader.Map())
	equal(t, view.Access(), ReadOnly)
	_, err = view.WriteAt([]byte{1}, 0)
	errno(t, err, syscall.EACCES)
	func() {
		defer func() {
			if recover() == nil {
				t.Fatal("a write to a view that only reads went unnoticed")
			}
		}()
		_ = view.Use(func(bytes []byte) error {
			bytes[0] = 1
			return nil
		})
	}()

	path := filepath.Join(t.TempDir(), "file")
	view = made[*View](t)(made[*Mapping](t)(OpenFile(path, ReadWrite, 3*4096, "")).Map())
	_, err = view.WriteAt([]byte("hello"), 0)
	must(t, err)
	must(t, view.Flush())
	written, err := os.ReadFile(path)
	must(t, err)
	equal(t, string(written[:5]), "hello")
	must(t, os.Truncate(path, 4096))
	_, err = view.ReadAt(make([]byte, 4096), 8192)
	errno(t, err, syscall.EFAULT)
	private := made[*View](t)(memory.MapRange(CopyOnWrite, 0, 64))
	_, err = private.WriteAt([]byte{9}, 0)
	must(t, err)
	seen := make([]byte, 1)
	_, err = made[*View](t)(memory.Map()).ReadAt(seen, 0)
	must(t, err)
	equal(t, seen[0], 0)
}

func TestWhatCannotBeSharedIsRefused(t *testing.T) {
	bytes := make([]byte, 64)
	type gap struct {
		a uint8
		b uint32
	}
	type named struct{ s string }
	for _, err := range []error{
		second(At[string](bytes, 0)), second(At[gap](bytes, 0)), second(At[named](bytes, 0)), second(At[[2]*int](bytes, 0)),
		second(At[any](bytes, 0)), second(At[bool](bytes, 0)),
	} {
		errno(t, err, syscall.EINVAL)
	}
	_, err := At[uint64](bytes, 57)
	errno(t, err, syscall.ERANGE)
	_, err = At[uint64](bytes, -1)
	errno(t, err, syscall.ERANGE)
	view := made[*View](t)(made[*Mapping](t)(Anonymous(64)).Map())
	must(t, view.Use(func(bytes []byte) error {
		_, err := At[uint64](bytes, 4)
		errno(t, err, syscall.EINVAL)
		_, err = At[[7]uint64](bytes, 8)
		return err
	}))
}

func second[T any](_ T, err error) error { return err }

func TestNamesAndSizesThatCannotBeAreErrors(t *testing.T) {
	for _, err := range []error{
		second(CreateMapping("", 64)), second(CreateMapping("a\x00b", 64)), second(CreateMapping(unique(t), 0)),
		second(Anonymous(0)), second(CreateMapping(unique(t), 64, Options{Mode: 07777})),
		second(CreateMapping(unique(t), 64, Options{}, Options{})),
	} {
		errno(t, err, syscall.EINVAL)
	}
	made[*Mapping](t)(CreateMapping(unique(t), 64))
	_, err := CreateMapping(unique(t), 64)
	if !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	equal(t, made[*Mapping](t)(OpenOrCreateMapping(unique(t), 4096)).Size(), 64)
	equal(t, (&Mapping{}).Size(), 0)
	must(t, (&Mapping{}).Close())
}

func TestAnotherProcessSeesWhatIsWritten(t *testing.T) {
	name := unique(t)
	view := made[*View](t)(made[*Mapping](t)(CreateMapping(name, 64)).Map())
	p := start(t, "writes", name)
	p.tells("written")
	must(t, view.Use(func(bytes []byte) error {
		number, err := At[atomic.Uint64](bytes, 16)
		must(t, err)
		equal(t, number.Load(), 5)
		return nil
	}))
}

func TestGoroutinesUseOneViewWhileItIsClosed(t *testing.T) {
	view := made[*View](t)(made[*Mapping](t)(Anonymous(4096)).Map())
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				if _, err := view.WriteAt([]byte{1}, 8); err != nil {
					if !errors.Is(err, fs.ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		}()
	}
	must(t, view.Close())
	all.Wait()
}
