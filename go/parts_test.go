// SPDX-License-Identifier: Apache-2.0

package coview

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// Other processes: this very program, started again to play one of these parts.
var parts = map[string]func(name string) error{
	"locks": func(name string) error {
		mutex, err := OpenMutex(name)
		if err != nil {
			return err
		}
		if _, err = mutex.Lock(context.Background()); err != nil {
			return err
		}
		tellAndWait("locked")
		return nil
	},
	"counts": func(name string) error {
		tellAndWait("ready")
		if err := countUnder(name, 2000); err != nil {
			return err
		}
		tellAndWait("counted")
		return nil
	},
	"holds": func(name string) error {
		_, err := OpenMapping(name, ReadWrite)
		if err == nil {
			tellAndWait("held")
		}
		return err
	},
	"writes": func(name string) error {
		memory, err := OpenMapping(name, ReadWrite)
		if err != nil {
			return err
		}
		view, err := memory.Map()
		if err != nil {
			return err
		}
		err = view.Use(func(bytes []byte) error {
			number, err := At[atomic.Uint64](bytes, 16)
			if err == nil {
				number.Store(5)
			}
			return err
		})
		tellAndWait("written")
		return err
	},
	"receives": func(name string) error {
		queue, err := OpenQueue(name, Type{})
		if err != nil {
			return err
		}
		message, err := queue.Receive(context.Background())
		if err != nil {
			return err
		}
		tellAndWait(string(message.Bytes()))
		return nil
	},
}

// The first thread is the one that Go does not end with a goroutine that is tied to it: the main goroutine keeps it.
func init() { runtime.LockOSThread() }

func TestMain(m *testing.M) {
	if play := parts[os.Getenv("COVIEW_TEST_PART")]; play != nil {
		if err := play(os.Getenv("COVIEW_TEST_NAME")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func tellAndWait(what string) {
	fmt.Println(what)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

type part struct {
	t       *testing.T
	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
}

// start starts a part, which ends with the test by kill -9 where it does not end before.
func start(t *testing.T, what, name string) *part {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "COVIEW_TEST_PART="+what, "COVIEW_TEST_NAME="+name)
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	must(t, err)
	output, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	p := &part{t, command, input, bufio.NewReader(output)}
	t.Cleanup(p.kill)
	return p
}

func (p *part) tells(want string) {
	p.t.Helper()
	line, err := p.output.ReadString('\n')
	must(p.t, err)
	equal(p.t, strings.TrimSuffix(line, "\n"), want)
}

func (p *part) goOn() {
	p.t.Helper()
	_, err := p.input.Write([]byte("\n"))
	must(p.t, err)
}

func (p *part) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// unique is a name that no other test and no other run has.
func unique(t *testing.T) string {
	return fmt.Sprintf("go %s %d", strings.ReplaceAll(t.Name(), "/", " "), os.Getpid())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// made is the result of a call that must not fail, closed at the end of the test.
func made[T io.Closer](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		must(t, err)
		t.Cleanup(func() { _ = value.Close() })
		return value
	}
}

func equal[T any](t *testing.T, got, want T) {
	t.Helper()
	if any(got) != any(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}
