// SPDX-License-Identifier: Apache-2.0
//
// The naive protocol, which the checker must reject: flock alone, without the mark. A newcomer asks "could I have this file
// exclusively?" and takes a refusal for "somebody holds it". The trail that Spin finds:
//
//   1. the last holder is killed; its file stays, and nobody holds it
//   2. newcomer A opens it, gets the exclusive lock, and knows: stale
//   3. newcomer B opens it, asks for the exclusive lock, and is refused: "in use"
//   4. A is killed before it removes the file; its lock goes
//   5. B takes the shared lock, finds the file still linked, and reports success: a dead object has come back to life
//
// Everything but steps O2 to O5 is the model of lifetime.pml.

#define NAIVE_FLOCK
#include "lifetime.pml"
