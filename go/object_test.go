// SPDX-License-Identifier: Apache-2.0

package coview

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAnObjectIsListedWithItsHolders(t *testing.T) {
	name := unique(t)
	memory := made[*Mapping](t)(CreateMapping(name, 5000))
	p := start(t, "holds", name)
	p.tells("held")
	seen, err := Stat(name)
	must(t, err)
	equal(t, seen.Kind, KindMapping)
	equal(t, seen.State, Held)
	equal(t, seen.Size, 5000)
	equal(t, seen.Mode, 0600)
	// In a container, from which not all processes are seen, there could be more.
	equal(t, seen.Handles == 2 || !seen.HandlesKnown, true)
	equal(t, seen.Creator, os.Getpid())
	equal(t, time.Since(seen.Created) < 10*time.Minute, true)
	found := 0
	all, err := List()
	must(t, err)
	for _, each := range all {
		if each.Name == name {
			found++
		}
	}
	equal(t, found, 1)
	holders, err := FindHolders(name)
	must(t, err)
	equal(t, holders.Held && holders.Complete == seen.HandlesKnown, true)
	equal(t, len(holders.Processes), 2)
	equal(t, holders.Processes[0].UserKnown && strings.Contains(holders.Processes[0].Command, "test"), true)
	p.kill()
	must(t, memory.Close())
	errno(t, second(Stat(name)), syscall.ENOENT)
	errno(t, second(FindHolders(name)), syscall.ENOENT)
	_, _, err = Reclaim()
	must(t, err)
}

func TestAPermanentOneStaysUntilItIsRemoved(t *testing.T) {
	name := unique(t)
	must(t, made[*Mapping](t)(CreateMapping(name, 64, Options{Permanent: true})).Close())
	seen, err := Stat(name)
	must(t, err)
	equal(t, seen.State, Permanent)
	memory := made[*Mapping](t)(OpenMapping(name, ReadWrite))
	later, err := Remove(name, false)
	must(t, err)
	equal(t, later, true)
	equal(t, memory.StillNamed(), true)
	later, err = Remove(name, true)
	must(t, err)
	equal(t, later, false)
	equal(t, memory.StillNamed(), false)
	errno(t, second(Remove(name, false)), syscall.ENOENT)
	errno(t, second(Remove("a\x00", false)), syscall.EINVAL)
	equal(t, Kind(99).String(), "kind 99")
	equal(t, strings.Count(Version(), "."), 2)
}
