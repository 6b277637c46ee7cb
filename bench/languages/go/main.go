// SPDX-License-Identifier: Apache-2.0

// What calls cost in Go; see run.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"sync/atomic"
	"time"

	"coview"
)

// measure prints the best of ten rounds, in nanoseconds a time.
func measure(what string, times int, deed func()) {
	best := 1e18
	for round := 0; round < 10; round++ {
		begin := time.Now()
		for i := 0; i < times; i++ {
			deed()
		}
		if each := float64(time.Since(begin)) / float64(times); each < best {
			best = each
		}
	}
	fmt.Printf("%s %.0f\n", what, best)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func closed[T io.Closer](value T, err error) { _ = must(value, err).Close() }

func main() {
	forever := context.Background()
	bounded, cancel := context.WithTimeout(forever, time.Hour)
	defer cancel()
	memory := must(coview.CreateMapping("costs", 4096))
	view := must(memory.Map())
	mutex := must(coview.CreateMutex("costs.lock"))
	event := must(coview.CreateEvent("costs.event", coview.Automatic, false))
	measure("create", 500, func() { closed(coview.CreateMapping("costs.new", 4096)) })
	measure("open", 500, func() { closed(coview.OpenMapping("costs", coview.ReadWrite)) })
	measure("map", 2000, func() { closed(memory.Map()) })
	measure("lock", 100000, func() { _ = must(mutex.Lock(forever)).Unlock() })
	measure("signal", 100000, func() {
		_ = event.Set()
		_ = event.Wait(forever)
	})
	queue := must(coview.CreateQueue("costs.queue", coview.QueueOptions{Capacity: 1 << 16}))
	message := make([]byte, 64)
	measure("send", 100000, func() {
		_ = queue.Send(forever, message)
		must(queue.Receive(forever)).Release()
	})
	measure("lock, with a deadline", 100000, func() { _ = must(mutex.Lock(bounded)).Unlock() })
	_ = view.Use(func(bytes []byte) error {
		number := must(coview.At[uint64](bytes, 0))
		measure("add", 1000000, func() { atomic.AddUint64(number, 1) })
		return nil
	})
	_, _, _ = view.Close(), mutex.Close(), memory.Close()
	_, _ = event.Close(), queue.Close()
}
