// SPDX-License-Identifier: Apache-2.0

// Run it in two terminals: each tells how many came before it. The memory goes with the last one.
package main

import (
	"context"
	"fmt"
	"log"

	"coview"
)

func main() {
	memory, err := coview.OpenOrCreateMapping("MySharedMem", 4096)
	if err != nil {
		log.Fatal(err)
	}
	defer memory.Close()
	view, err := memory.Map()
	if err != nil {
		log.Fatal(err)
	}
	defer view.Close()
	lock, err := coview.OpenOrCreateMutex("MySharedMem.lock")
	if err != nil {
		log.Fatal(err)
	}
	defer lock.Close()
	err = lock.With(context.Background(), func(abandoned bool) error {
		return view.Use(func(bytes []byte) error {
			number, err := coview.At[uint64](bytes, 0)
			if err != nil {
				return err
			}
			if abandoned { // its owner was killed: what it wrote may be half done
				*number = 0
			}
			fmt.Println(*number, "came before me; Enter ends this")
			*number++
			return nil
		})
	})
	if err != nil {
		log.Fatal(err)
	}
	_, _ = fmt.Scanln()
}
