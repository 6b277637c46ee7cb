// SPDX-License-Identifier: Apache-2.0

// Reads what examples/thermometer.c measures, in whichever order the two are started.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"coview"
)

// Reading is as in the C program.
type Reading struct {
	Number  uint64
	Celsius float64
}

func run(ctx context.Context) error {
	readings, err := coview.OpenOrCreateTopicOf[Reading]("thermometer", "reading", 1, 64)
	if err != nil {
		return err
	}
	defer readings.Close()
	read, err := coview.OpenOrCreateEvent("thermometer.read", coview.Manual, false)
	if err != nil {
		return err
	}
	defer read.Close()
	subscription, err := readings.Subscribe(coview.Oldest, coview.Lags)
	if err != nil {
		return err
	}
	defer subscription.Close()
	for {
		message, err := subscription.Receive(ctx)
		if err != nil {
			return err
		}
		reading, err := coview.Value[Reading](message)
		message.Release()
		if err != nil {
			return err
		}
		fmt.Printf("%d: %.1f degrees\n", reading.Number, reading.Celsius)
		if reading.Number == 9 {
			return read.Set()
		}
	}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}
