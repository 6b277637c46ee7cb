// SPDX-License-Identifier: Apache-2.0
//
// An event that is reset while a wait for all has it reserved (docs/synchronisation.md, A1 and A2): two events, of which
// the second becomes available late; one thread waits for both and may be killed at any step; one resets the first, never
// waiting. Nobody sets the first again, so once the reset has returned it is not available, whatever became of the
// reservation; and both are only acquired if there was a moment in which both were there.
//
// Broken twins:  RESET_UNNOTED    a reset leaves no note beside a reservation
//                COMMIT_UNCHECKED a wait for all does not look for the note before it acquires

byte owner[2];
bit available[2];
bit reset_meanwhile;  // of the first
bit reset_returned;
bit acquired;
bit ended;

#define is_available(o) (available[o] && owner[o] == 0 && !(o == 0 && reset_meanwhile))

// What the kernel does for a thread that is killed: its words become OWNER_DIED, which is the bit of *available*.
inline kernel() {
  atomic {
    if
    :: owner[0] == 1 -> owner[0] = 0; available[0] = 1
    :: else
    fi;
    if
    :: owner[1] == 1 -> owner[1] = 0; available[1] = 1
    :: else
    fi
  }
}

inline settle(o, taken) {
  atomic {
    owner[o] = 0;
    available[o] = !taken;
    if
    :: o == 0 && reset_meanwhile -> available[0] = 0; reset_meanwhile = 0
    :: else
    fi
  }
}

proctype wait_for_all() {
  bit both, reset_before;
  if
  :: atomic { is_available(0) -> owner[0] = 1; available[0] = 0 }  // A1
  :: !is_available(0) -> goto done
  fi;
  if
  :: atomic { is_available(1) -> owner[1] = 1; available[1] = 0; both = 1 }
  :: !is_available(1) -> skip
  :: true -> goto dies
  fi;
#ifdef COMMIT_UNCHECKED
  reset_before = reset_returned;
#else
  atomic { both = both && !reset_meanwhile; reset_before = reset_returned };  // the moment in which all are there
#endif
  if
  :: both -> assert(!reset_before); acquired = 1; settle(0, 1); settle(1, 1)  // A2
  :: !both && owner[1] == 1 -> settle(1, 0); settle(0, 0)
  :: else -> settle(0, 0)
  fi;
  goto done;
dies:
  kernel();
done:
  ended = 1
}

proctype reset_first() {
  atomic {
    if
#ifndef RESET_UNNOTED
    :: owner[0] != 0 -> reset_meanwhile = 1
#else
    :: owner[0] != 0 -> skip
#endif
    :: else -> available[0] = 0; reset_meanwhile = 0
    fi;
    reset_returned = 1
  }
}

proctype set_second() {
  atomic {  // once the first one was reset, or at any time before
    available[1] = (owner[1] == 0)
  }
}

proctype judge() {
  atomic { ended && reset_returned -> assert(!is_available(0)) }
}


init {
  atomic { available[0] = 1; run wait_for_all(); run reset_first(); run set_second(); run judge() }
}
