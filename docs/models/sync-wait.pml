// SPDX-License-Identifier: Apache-2.0
//
// Waiting for all of two objects, as docs/synchronisation.md has it, as a Spin model. Threads 1 and 2 want both of a pair of events
// and then set them again; thread 3 takes one alone and looks for the other. A and B change hands only together, so where
// one is there, the other must be. Between any two steps a thread may be killed; what the kernel does then is `kill_one`.
//
// Configurations:  ROUNDS  how often each does it       DEATHS  how many may be killed
//                  NO_ORDER           thread 1 reserves in the other order: slower, but as safe
// Broken twins:    HOLD_AND_WAIT      one is reserved while waiting for the other   (with NO_ORDER)
//                  TAKE_AT_ONCE       there is no reservation: each is taken when its turn comes
//                  RESERVE_UNNOTICED  a reservation is not on the list
//                  SETTLE_QUIETLY     settling a reservation wakes nobody

#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif

// The two states: who has it reserved, available, WAITERS.
byte owner[2];
bit available[2] = 1;
bit waiters[2];

// What the kernel knows. A thread sleeps on one or on both; a wake-up through either ends that.
bit asleep_on[8];   // thread * 2 + object
bit pending[8];
bit listed[8];
bit due[8];
bit killed[4];
bit ended[4];

// What only the proof knows.
bit hurt;           // somebody was killed: what it had is gone, so one may be there without the other
byte inside;

#define at(who, object) ((who) * 2 + (object))
#define sleeps(who) (asleep_on[(who) * 2] || asleep_on[(who) * 2 + 1])

inline wake_up(who) {
  asleep_on[(who) * 2] = 0;
  asleep_on[(who) * 2 + 1] = 0
}

inline wake_everybody(o) {
  atomic {
#ifndef SETTLE_QUIETLY
    if :: asleep_on[at(1, o)] -> wake_up(1) :: else fi;
    if :: asleep_on[at(2, o)] -> wake_up(2) :: else fi;
    if :: asleep_on[at(3, o)] -> wake_up(3) :: else fi;
#endif
    skip
  }
}

// P1: both have waiters that wait for several, so all are woken.
inline put(o) {
  atomic {
    pending[at(me, o)] = 1;
    if
    :: owner[o] == 0 -> available[o] = 1; some = waiters[o]; waiters[o] = 0
    :: else -> some = 0
    fi
  }
  atomic {
    if
    :: some -> wake_everybody(o)
    :: else
    fi;
    some = 0;
    pending[at(me, o)] = 0
  }
}

// A1.
inline reserve(o) {
  atomic {
    pending[at(me, o)] = 1;
    done = (owner[o] == 0 && available[o]);
    if
#ifdef TAKE_AT_ONCE
    :: done -> available[o] = 0
#else
    :: done -> available[o] = 0; owner[o] = me; waiters[o] = 1
#endif
    :: else -> pending[at(me, o)] = 0
    fi
  }
  if
  :: done ->
     atomic {
#ifndef RESERVE_UNNOTICED
       listed[at(me, o)] = 1;
#endif
       pending[at(me, o)] = 0
     }
  :: else
  fi
}

// A2, and what undoes A1.
inline settle(o, taken) {
  atomic {
    pending[at(me, o)] = 1;
    listed[at(me, o)] = 0
  }
  atomic {
    available[o] = !taken;
    owner[o] = 0;
    waiters[o] = 0
  }
  atomic {
    wake_everybody(o);
    pending[at(me, o)] = 0
  }
}

// Sets WAITERS where it is not there, and says what the word is to be for sleeping.
inline announce(o, word) {
  atomic {
    if
    :: available[o] -> word = 9
    :: else -> waiters[o] = 1; word = owner[o]
    fi
  }
}

inline sleep() {
  atomic {
    if
    :: (word0 == 9 || (owner[0] == word0 && !available[0] && waiters[0])) &&
       (word1 == 9 || (owner[1] == word1 && !available[1] && waiters[1])) ->
       asleep_on[at(me, 0)] = (word0 != 9);
       asleep_on[at(me, 1)] = (word1 != 9)
    :: else
    fi;
    word0 = 0;
    word1 = 0
  }
end_asleep:
  !sleeps(me)
}

// The kernel, at some later moment: a waiter for each word.
inline one_of(o) {
  atomic {
    if
    :: asleep_on[at(1, o)] -> wake_up(1)
    :: asleep_on[at(2, o)] -> wake_up(2)
    :: asleep_on[at(3, o)] -> wake_up(3)
    :: !asleep_on[at(1, o)] && !asleep_on[at(2, o)] && !asleep_on[at(3, o)]
    fi
  }
}
inline buried(who) {
  if
  :: due[at(who, 0)] -> due[at(who, 0)] = 0; one_of(0)
  :: else
  fi;
  if
  :: due[at(who, 1)] -> due[at(who, 1)] = 0; one_of(1)
  :: else
  fi
}

proctype taker(byte me) {
  byte round, word0, word1;
  byte first, second;
  bit done, some;
  first = 1;
#ifdef NO_ORDER
  first = (me == 1);
#endif
  second = 1 - first;
  {
    do
    :: round == ROUNDS -> break
    :: else ->
again: announce(0, word0);
       announce(1, word1);
       if
       :: word0 != 9 || word1 != 9 -> sleep(); goto again
       :: else -> word0 = 0; word1 = 0
       fi;
       reserve(first);
       if
       :: !done -> goto again
       :: else
       fi;
#ifdef HOLD_AND_WAIT
more:  reserve(second);
       if
       :: !done ->
          atomic { announce(second, word1); word0 = word1 };
          if
          :: word1 != 9 ->
             atomic {
               if
               :: owner[second] == word1 && !available[second] && waiters[second] -> asleep_on[at(me, second)] = 1
               :: else
               fi
             }
             !sleeps(me)
          :: else
          fi;
          goto more
       :: else
       fi;
#else
       reserve(second);
       if
       :: !done -> settle(first, 0); goto again
       :: else
       fi;
#endif
#ifndef TAKE_AT_ONCE
       settle(first, 1);
       settle(second, 1);
#endif
       atomic {
         assert(hurt || inside == 0);
         inside++
       }
       atomic {
         inside--;
         done = 0;
         round++
       }
       put(1);
       put(0)
    od;
    ended[me] = 1
  } unless { killed[me] }
  if
  :: killed[me] -> buried(me)
  :: else
  fi
}

// A is put back last, so where A is there, B is. A reservation is waited out.
proctype observer(byte me) {
  bit some;
end_waits:
  atomic {
    owner[0] == 0 && available[0] -> available[0] = 0
  }
  atomic {
    owner[1] == 0;
    assert(hurt || available[1]);
    assert(hurt || inside == 0)
  }
  put(0);
  ended[me] = 1
}

inline kill_word(who, o) {
  if
  :: owner[o] == who && (listed[at(who, o)] || pending[at(who, o)]) ->
     owner[o] = 0;
     available[o] = 1;
     due[at(who, o)] = waiters[o]
  :: owner[o] == 0 && pending[at(who, o)] -> due[at(who, o)] = 1
  :: else
  fi;
  listed[at(who, o)] = 0;
  pending[at(who, o)] = 0
}

inline kill_one(who) {
  killed[who] = 1;
  deaths++;
  hurt = 1;
  wake_up(who);
  kill_word(who, 0);
  kill_word(who, 1)
}

proctype killer() {
  byte deaths;
  do
  :: atomic { deaths < DEATHS && !killed[1] && !ended[1] -> kill_one(1) }
  :: atomic { deaths < DEATHS && !killed[2] && !ended[2] -> kill_one(2) }
  :: break
  od
}

init {
  atomic {
    run taker(1);
    run taker(2);
    run observer(3);
    run killer()
  }
  // Nobody can move any more. Nothing is reserved, and nobody sleeps while both are there. Nobody was killed: all have had
  // both, and have put them back.
  timeout;
  assert(owner[0] == 0 && owner[1] == 0);
  assert(!(available[0] && available[1]) || (!sleeps(1) && !sleeps(2)));
  assert(hurt || (available[0] && available[1] && ended[1] && ended[2] && ended[3]))
}
