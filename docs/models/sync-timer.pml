// SPDX-License-Identifier: Apache-2.0
//
// A timer (docs/synchronisation.md, T1 to T5): three slots; a setter that sets it to SOON, which may be due at any moment,
// and that may be killed between any two steps, when the kernel wakes one waiter where the word is its pending one; and two
// waiters, of which one may give up. TWO_SETTERS: another setter, to SOON or to LATE, which is not in our time, in the
// place of the waiter that may give up. Whoever reads a slot and finds the version unchanged has what one setter wrote;
// and nobody sleeps until LATE where the timer is set to SOON.
//
// Broken twins:  LOWER_HALF_ONLY   a waiter sleeps on WAITERS alone
//                NOT_TOLD          who was woken tells nobody (T5)
//                CURRENT_WRITTEN   a setter does not look whether the slot that it claimed is current

#define SOON 1
#define LATE 2

byte slot = 1;
byte version;
bit waiters;
bit available;
byte told;
byte due[4] = LATE;     // a setting takes two words
byte period[4] = LATE;
byte claimed_by[4];
bit dead[4];
bit asleep[3];
byte bound[3];
bit may_die = 1;

inline wake_all() {
  atomic { asleep[1] = 0; asleep[2] = 0 }
}

inline may_be_killed() {
  if
  :: atomic { me == 1 && may_die -> may_die = 0; dead[me] = 1 };
     if
     :: atomic { pending && asleep[1] -> asleep[1] = 0 }
     :: atomic { pending && asleep[2] -> asleep[2] = 0 }
     :: else
     fi;
     goto ended
  :: true
  fi
}

// A slot that nobody has claimed, or one who is dead.
#define is_free(s) (claimed_by[s] == 0 || dead[claimed_by[s]])

proctype setter(byte me; byte what) {
  byte s, mine;
  bit pending, had_waiters;
  s = 1;
claim:
  if
  :: atomic { is_free(s) -> claimed_by[s] = me }
  :: atomic { !is_free(s) -> s = s % 3 + 1; goto claim }
  fi;
#ifndef CURRENT_WRITTEN
  if
  :: slot == s -> atomic { claimed_by[s] = 0; s = s % 3 + 1 }; goto claim
  :: else
  fi;
#endif
  may_be_killed();
  due[s] = what;
  may_be_killed();
  period[s] = what;
  pending = 1;
  may_be_killed();
  atomic { had_waiters = waiters; waiters = 0; available = 0; slot = s; version = version + 1; mine = version };  // T1
  may_be_killed();
  if
  :: had_waiters -> wake_all()
  :: else
  fi;
  may_be_killed();
  told = mine;
  pending = 0;
  claimed_by[s] = 0;
ended:
  skip
}

proctype waiter(byte me) {
  byte seen, s, first, second;
again:
  atomic { seen = version; s = slot };  // T3
  if
  :: available -> goto ended
  :: else
  fi;
  first = due[s];
  second = period[s];
  if
  :: atomic { version == seen -> assert(first == second) };
     if
     :: first == SOON ->  // and the time has come
        if
        :: atomic { version == seen -> available = 1; version = version + 1; waiters = 0; seen = version };
           wake_all(); told = seen; goto ended
        :: version != seen -> goto again
        fi
     :: true
     fi
  :: version != seen -> goto again
  fi;
  if  // T4
  :: atomic { available -> goto ended }
  :: atomic { !available -> waiters = 1 }
  fi;
  atomic { seen = version; s = slot };
  first = due[s];
  atomic {
#ifdef LOWER_HALF_ONLY
    if
    :: waiters -> asleep[me] = 1; bound[me] = first
#else
    if
    :: waiters && version == seen -> asleep[me] = 1; bound[me] = first
#endif
    :: else -> goto again
    fi
  };
end_asleep:
  if
  :: !asleep[me] ->
#ifndef NOT_TOLD
     seen = version;  // T5
     if
     :: told != seen -> wake_all(); told = seen
     :: else
     fi;
#endif
     goto again
  :: atomic { asleep[me] && bound[me] == SOON -> asleep[me] = 0; goto again }
  :: atomic { me == 2 && asleep[me] -> asleep[me] = 0; goto ended }  // its own time is up
  fi;
ended:
  skip
}

proctype judge() {
  timeout -> assert(due[slot] != SOON || (!asleep[1] && !asleep[2]))
}

init {
  atomic {
    run setter(1, SOON);
#ifdef TWO_SETTERS
    if
    :: run setter(2, SOON)
    :: run setter(2, LATE)
    fi;
#else
    run waiter(2);
#endif
    run waiter(1); run judge()
  }
}
