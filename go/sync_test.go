// SPDX-License-Identifier: Apache-2.0

package coview

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

var background = context.Background()

// countUnder adds so often to a number that processes share under a mutex.
func countUnder(name string, times int) error {
	mutex, err := OpenMutex(name)
	if err != nil {
		return err
	}
	defer mutex.Close()
	memory, err := OpenMapping(name+" memory", ReadWrite)
	if err != nil {
		return err
	}
	defer memory.Close()
	view, err := memory.Map()
	if err != nil {
		return err
	}
	defer view.Close()
	return view.Use(func(bytes []byte) error {
		number, err := At[uint64](bytes, 0)
		for i := 0; i < times && err == nil; i++ {
			err = mutex.With(background, func(bool) error {
				*number++
				return nil
			})
		}
		return err
	})
}

func TestNoNumberIsLostBetweenProcessesUnderAMutex(t *testing.T) {
	name := unique(t)
	made[*Mutex](t)(CreateMutex(name))
	view := made[*View](t)(made[*Mapping](t)(CreateMapping(name+" memory", 64)).Map())
	p := start(t, "counts", name)
	p.tells("ready")
	p.goOn()
	var all sync.WaitGroup
	for i := 0; i < 2; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := countUnder(name, 1000); err != nil {
				t.Error(err)
			}
		}()
	}
	p.tells("counted")
	all.Wait()
	must(t, view.Use(func(bytes []byte) error {
		number, err := At[uint64](bytes, 0)
		must(t, err)
		equal(t, *number, 4000)
		return nil
	}))
}

// elsewhere calls f in another goroutine, and so in another thread than that of a goroutine that is locked to its.
func elsewhere(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func TestAMutexIsOwnedAsOftenAsItIsLocked(t *testing.T) {
	mutex := made[*Mutex](t)(CreateMutex(unique(t)))
	equal(t, mutex.Created(), true)
	equal(t, mutex.Name(), unique(t))
	equal(t, mutex.StillNamed(), true)
	first, err := mutex.Lock(background)
	must(t, err)
	again, err := mutex.TryLock()
	must(t, err)
	free := func() (is bool) {
		elsewhere(func() {
			lock, err := mutex.TryLock()
			if is = err == nil && lock != nil; is {
				must(t, lock.Unlock())
			}
		})
		return is
	}
	equal(t, free(), false)
	elsewhere(func() { errno(t, again.Unlock(), syscall.EPERM) })
	for i := 0; i < 100; i++ {
		runtime.Gosched() // it stays in its thread
	}
	must(t, again.Unlock())
	equal(t, free(), false)
	must(t, first.Unlock())
	errno(t, first.Unlock(), syscall.EPERM)
	equal(t, free(), true)
}

func TestAKilledOwnerIsToldOfOnce(t *testing.T) {
	name := unique(t)
	mutex := made[*Mutex](t)(CreateMutex(name))
	p := start(t, "locks", name)
	p.tells("locked")
	lock, err := mutex.TryLock()
	must(t, err)
	equal(t, lock, nil)
	brief, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	_, err = mutex.Lock(brief)
	equal(t, err, context.DeadlineExceeded)
	p.kill()
	lock, err = mutex.Lock(background)
	must(t, err)
	equal(t, lock.Abandoned(), true)
	must(t, lock.Unlock())
	must(t, mutex.With(background, func(abandoned bool) error {
		equal(t, abandoned, false)
		return nil
	}))

	p = start(t, "locks", name)
	p.tells("locked")
	p.kill()
	index, lock, err := WaitAny(background, made[*Event](t)(CreateEvent(name+" never", Manual, false)), mutex)
	must(t, err)
	equal(t, index, 1)
	equal(t, lock.Abandoned(), true)
	must(t, lock.Unlock())

	p = start(t, "locks", name)
	p.tells("locked")
	p.kill()
	locks, err := WaitAll(background, mutex)
	must(t, err)
	equal(t, len(locks), 1)
	equal(t, locks[0].Abandoned(), true)
	must(t, locks[0].Unlock())
}

func TestAGoroutineThatEndsWithTheLockAbandonsIt(t *testing.T) {
	mutex := made[*Mutex](t)(CreateMutex(unique(t)))
	elsewhere(func() {
		_, err := mutex.Lock(background)
		must(t, err)
	})
	lock, err := mutex.Lock(background) // when Go has ended the thread
	must(t, err)
	equal(t, lock.Abandoned(), true)
	must(t, lock.Unlock())
	must(t, mutex.Close())
	for err == nil { // until the collector has found the lock that nobody can unlock
		runtime.GC()
		var there *Mutex
		if there, err = OpenMutex(unique(t)); err == nil {
			must(t, there.Close())
		}
	}
	errno(t, err, syscall.ENOENT)
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	event := made[*Event](t)(CreateEvent(unique(t), Manual, false))
	ctx, cancel := context.WithCancel(background)
	ended := make(chan error)
	go func() { ended <- event.Wait(ctx) }()
	cancel()
	equal(t, <-ended, context.Canceled)
	equal(t, event.Wait(ctx), context.Canceled)
	past, cancel := context.WithDeadline(background, time.Now().Add(-time.Second))
	defer cancel()
	equal(t, event.Wait(past), context.DeadlineExceeded)
	must(t, event.Set())
	must(t, event.Wait(past)) // what is there is taken
	must(t, event.Wait(ctx))
	must(t, event.Clear())
	brief, cancel := context.WithTimeout(background, 60*time.Millisecond) // more than one slice
	defer cancel()
	equal(t, event.Wait(brief), context.DeadlineExceeded)
}

func TestAClosedHandleIsGivenBackWhenTheLastWaitEnds(t *testing.T) {
	name := unique(t)
	event := made[*Event](t)(CreateEvent(name, Automatic, false))
	other := made[*Event](t)(OpenEvent(name))
	ended := make(chan error)
	go func() { ended <- event.Wait(background) }()
	for inUse := false; !inUse; runtime.Gosched() {
		event.mu.Lock()
		inUse = event.users != 0
		event.mu.Unlock()
	}
	must(t, event.Close())
	must(t, other.Set())
	must(t, <-ended)
	if err := event.Set(); !errors.Is(err, fs.ErrClosed) {
		t.Fatal(err)
	}
	must(t, other.Close())
	_, err := OpenEvent(name)
	errno(t, err, syscall.ENOENT)
}

func TestAnAutomaticEventLetsOneThroughAndAManualOneAll(t *testing.T) {
	name := unique(t)
	automatic := made[*Event](t)(CreateEvent(name, Automatic, true))
	equal(t, automatic.Reset(), Automatic)
	equal(t, automatic.Created(), true)
	for _, want := range []bool{true, false} {
		is, err := automatic.TryWait()
		must(t, err)
		equal(t, is, want)
	}
	must(t, automatic.Set())
	must(t, automatic.Wait(background))
	manual := made[*Event](t)(OpenOrCreateEvent(name+" manual", Manual, false))
	equal(t, made[*Event](t)(OpenOrCreateEvent(name+" manual", Automatic, true)).Reset(), Manual)
	equal(t, manual.Name(), name+" manual")
	equal(t, manual.StillNamed(), true)
	must(t, manual.Set())
	must(t, manual.Wait(background))
	must(t, manual.Wait(background))
	must(t, manual.Clear())
	must(t, manual.Pulse())
	is, err := manual.TryWait()
	must(t, err)
	equal(t, is, false)
}

func TestASemaphoreHasAsManyPermitsAsItSays(t *testing.T) {
	name := unique(t)
	permits := made[*Semaphore](t)(CreateSemaphore(name, 1, 2))
	same := made[*Semaphore](t)(OpenSemaphore(name))
	equal(t, same.Maximum(), 2)
	equal(t, same.Name(), name)
	equal(t, same.StillNamed(), true)
	must(t, permits.Acquire(background))
	is, err := same.TryAcquire()
	must(t, err)
	equal(t, is, false)
	before, err := same.Release(2)
	must(t, err)
	equal(t, before, 0)
	equal(t, permits.Count(), 2)
	_, err = permits.Release(1)
	errno(t, err, syscall.EOVERFLOW)
	_, err = permits.Release(0)
	errno(t, err, syscall.EINVAL)
	errno(t, second(CreateSemaphore(name+" wrong", 3, 2)), syscall.EINVAL)
	equal(t, made[*Semaphore](t)(OpenOrCreateSemaphore(name, 9, 9)).Created(), false)
}

func TestATimerIsDueOnceOrAgainAndAgain(t *testing.T) {
	name := unique(t)
	timer := made[*Timer](t)(CreateTimer(name, Automatic))
	same := made[*Timer](t)(OpenTimer(name))
	equal(t, same.Reset(), Automatic)
	equal(t, same.Name(), name)
	equal(t, same.StillNamed(), true)
	_, runs, err := same.DueIn()
	must(t, err)
	equal(t, runs, false)
	must(t, timer.Set(0, time.Millisecond))
	must(t, same.Wait(background))
	must(t, same.Wait(background))
	must(t, same.Set(time.Hour, 0))
	left, runs, err := timer.DueIn()
	must(t, err)
	equal(t, runs && left > time.Minute, true)
	is, err := timer.TryWait()
	must(t, err)
	equal(t, is, false)
	must(t, timer.SetAt(time.Unix(0, 0), 0))
	index, _, err := WaitAny(background, same)
	must(t, err)
	equal(t, index, 0)
	must(t, timer.Cancel())
	errno(t, timer.Set(0, -1), syscall.EINVAL)
	equal(t, made[*Timer](t)(OpenOrCreateTimer(name, Manual)).Created(), false)
}

func TestAllOrNoneAreTaken(t *testing.T) {
	name := unique(t)
	permits := made[*Semaphore](t)(CreateSemaphore(name, 1, 1))
	event := made[*Event](t)(CreateEvent(name+" event", Automatic, false))
	mutex := made[*Mutex](t)(CreateMutex(name + " mutex"))
	brief, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	_, err := WaitAll(brief, permits, event, mutex)
	equal(t, err, context.DeadlineExceeded)
	equal(t, permits.Count(), 1)
	must(t, event.Set())
	locks, err := WaitAll(background, permits, event, mutex)
	must(t, err)
	equal(t, permits.Count(), 0)
	elsewhere(func() {
		lock, err := mutex.TryLock()
		must(t, err)
		equal(t, lock, nil)
	})
	must(t, locks[0].Unlock())
	_, _, err = WaitAny(background)
	errno(t, err, syscall.EINVAL)
	_, err = WaitAll(background, event, event)
	errno(t, err, syscall.EINVAL)
	must(t, event.Close())
	_, _, err = WaitAny(background, permits, event)
	equal(t, errors.Is(err, fs.ErrClosed), true)
	equal(t, permits.users, 0)
}
