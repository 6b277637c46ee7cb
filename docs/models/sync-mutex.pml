// SPDX-License-Identifier: Apache-2.0
//
// The mutex of docs/synchronisation.md as a Spin model. The labels are the steps of that page; each labelled step is one access
// to the word, one system call, or one change of a thread's robust list, and between any two of them a thread may be
// killed. What the kernel does then is `kill_one`, and the end of `thread`.
//
// Which of several waiters is woken is left open, so nothing depends on the order of a queue.
//
// Configurations:  N=2|3|4 threads      ROUNDS  how often the first locks   DEATHS  how many may be killed
//                  TIMEOUTS            the second thread may run out of time
//                  LEAVE_AT_ONCE       and then does not pass on a wake-up: it need not, its owner will (with TIMEOUTS)
//                  MULTI               the last thread waits for this mutex and for something else at once
//                  GIVE_BACK           an owner that found it abandoned may give it back as it was (what a wait-all does)
// Broken twins:    UNLOCK_CLEARS       unlocking clears WAITERS, and who was woken sets it again
//                  UNLOCK_UNNOTICED    nothing is pending while unlocking
//                  SLEEP_UNNOTICED     nothing is pending while sleeping and after waking
//                  LIST_LATE           nothing is pending between taking the lock and putting it on the list
//                  NO_VERSION          WAITERS is cleared if the word looks the same, whoever had it in between
//                  WAKE_ONE            unlocking wakes one, though some waiter waits for other things too  (with MULTI)
//                  WAKE_ALL_CLEARED    wake_all is cleared with WAITERS                                    (with MULTI)
//                  KEEP_WAKE_UP        who took the other thing does not pass the wake-up on               (with MULTI)
// With MULTI, two deaths are one too many; the page says so under "Boundaries".

#ifndef N
#define N 3
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif

// The state: the owner's thread, OWNER_DIED, WAITERS, wake_all and the version change in one step.
byte owner;
bit owner_died;
bit waiters;
bit wake_all;
byte version;

// What the kernel knows.
bit asleep[N + 1];
bit pending[N + 1];
bit listed[N + 1];
bit killed[N + 1];
bit due[N + 1];    // it is going to wake somebody in the place of one that was killed

// Who has the version that it left in mind. While nobody has, one version is as good as another: 0.
bit minds[N + 1];

// What only the proof knows.
byte inside;      // threads that think that they own it
bit torn;         // one of them was killed: the next one must be told
byte to_tell;     // deaths of owners that nobody was told of yet
bit ended[N + 1];

#if N == 2
#define any(what) (what[1] || what[2])
#elif N == 3
#define any(what) (what[1] || what[2] || what[3])
#else
#define any(what) (what[1] || what[2] || what[3] || what[4])
#endif
#define nobody_asleep (!any(asleep))

inline new_version(is_new) {
  if
  :: any(minds) -> version = version + is_new
  :: else
  fi
}

inline forget(who) {
  minds[who] = 0;
  if
  :: any(minds)
  :: else -> version = 0
  fi
}

inline wake(all, woken) {
  atomic {
    woken = 0;
    if
    :: nobody_asleep
    :: !nobody_asleep && all ->
       woken = 1;
       asleep[1] = 0;
       asleep[2] = 0;
#if N > 2
       asleep[3] = 0;
#endif
#if N > 3
       asleep[4] = 0;
#endif
    :: !all && asleep[1] -> asleep[1] = 0; woken = 1
    :: !all && asleep[2] -> asleep[2] = 0; woken = 1
#if N > 2
    :: !all && asleep[3] -> asleep[3] = 0; woken = 1
#endif
#if N > 3
    :: !all && asleep[4] -> asleep[4] = 0; woken = 1
#endif
    fi
  }
}

// L1. Taking keeps everything but the owner and OWNER_DIED.
inline take() {
  atomic {
    taken = (owner == 0);
    if
    :: taken ->
       told = owner_died;
       owner_died = 0;
       owner = me;
       new_version(told);
#ifdef UNLOCK_CLEARS
       if
       :: slept -> waiters = 1
       :: else
       fi
#endif
    :: else
    fi
  }
}

// L1, continued: on the list, and then not pending any more.
inline enter() {
#ifdef LIST_LATE
  pending[me] = 0;
#endif
  atomic {
    listed[me] = 1;
    pending[me] = 0;
    assert(inside == 0);
    assert(told || !torn);
    if
    :: told -> assert(to_tell == 1); to_tell = 0
    :: else -> assert(to_tell == 0)
    fi;
    inside = 1;
    torn = 0
  }
}

// Passes on a wake-up that this thread has no use for.
inline pass_on() {
  atomic {
    some = (owner == 0 && waiters);
    all = wake_all
  }
  if
  :: some -> wake(all, some)
  :: else
  fi
}

proctype thread(byte me) {
  byte round, left, expected;
  bit taken, told, slept, over, timed, some, all, multi, left_died, left_waiters;
#ifdef MULTI
  multi = (me == N);
#endif
  {
    do
    :: round == 1 && me > 1 || round == ROUNDS -> break
    :: else ->
       atomic {
         round++;
#ifdef TIMEOUTS
         timed = (me == 2);
#endif
L1:      pending[me] = 1;
         take();
         if
         :: taken -> goto own
         :: !taken && over -> goto leave
         :: !taken && !over && multi -> pending[me] = 0
         :: else
         fi
       }
       // L2: announce, then sleep if nothing has changed.
L2:    atomic {
         expected = owner;
         if
         :: owner == 0 -> goto L1
         :: else -> waiters = 1; wake_all = wake_all || multi
         fi;
#ifdef SLEEP_UNNOTICED
         pending[me] = 0
#endif
       }
       atomic {
         if
         :: owner == expected && waiters -> asleep[me] = 1
         :: else
         fi
       }
       if
       :: atomic { !asleep[me] -> slept = 1 }  // L3, or not slept at all: what it does is the same
       :: atomic { asleep[me] && timed -> asleep[me] = 0; over = 1 }
       :: atomic { !asleep[me] && timed -> slept = 1; over = 1 }
#ifdef MULTI
       :: atomic { asleep[me] && multi -> asleep[me] = 0; goto other_thing }
       :: atomic { !asleep[me] && multi -> goto other_thing }
#endif
       fi;
       atomic {
         expected = 0;
         goto L1
       }
leave:
#ifndef LEAVE_AT_ONCE
       pass_on();
#endif
       goto left_it;
#ifdef MULTI
other_thing:
#ifndef KEEP_WAKE_UP
       pass_on();
#endif
       goto left_it;
#endif

own:   enter();
       // Inside. Then U1: pending, which makes no difference while it is on the list, and off the list.
U1:    atomic {
#ifndef UNLOCK_UNNOTICED
         pending[me] = 1;
#endif
         inside = 0;
         listed[me] = 0;
         left_died = 0;
#ifdef GIVE_BACK
         if
         :: told -> left_died = 1
         :: true
         fi
#endif
       }
       atomic {
         assert(owner == me);
         owner = 0;
         owner_died = left_died;
         to_tell = left_died;
         left_waiters = waiters;
         all = wake_all;
#ifdef UNLOCK_CLEARS
         waiters = 0;
#ifdef WAKE_ALL_CLEARED
         wake_all = 0;
#endif
#elif !defined(NO_VERSION)
         new_version(waiters);
#endif
         if
         :: !left_waiters -> goto left_it
         :: else -> minds[me] = 1; left = version
         fi
       }
U2:
#ifdef WAKE_ONE
       wake(0, some);
#else
       wake(all, some);
#endif
#ifndef UNLOCK_CLEARS
       atomic {
         if
         :: (!some || all) && owner == 0 && owner_died == left_died && waiters && wake_all == all && version == left ->
            waiters = 0;
#ifdef WAKE_ALL_CLEARED
            wake_all = 0
#endif
         :: else
         fi
       }
#endif
left_it:
       atomic {
         pending[me] = 0;  // and nothing that a state would differ in for no reason
         left = 0; expected = 0; taken = 0; told = 0; slept = 0; over = 0; timed = 0; some = 0; all = 0; left_died = 0;
         left_waiters = 0;
         forget(me)
       }
    od;
    ended[me] = 1
  } unless { killed[me] }
  atomic {
    if
    :: killed[me] && due[me] -> wake(0, some); due[me] = 0
    :: else
    fi
  }
}

// The thread does nothing more. The kernel, at some later moment: first the word, then a waiter.
inline kill_one(who) {
  killed[who] = 1;
  asleep[who] = 0;
  deaths++;
  if
  :: owner == who && (listed[who] || pending[who]) ->
     owner = 0;
     owner_died = 1;
     to_tell = 1;
     due[who] = waiters;
     torn = torn || inside;
     inside = 0
  :: owner == 0 && pending[who] -> due[who] = 1
  :: else
  fi;
  pending[who] = 0;
  listed[who] = 0;
  forget(who)
}

// Kills as many as it likes. It need not.
proctype killer() {
  byte deaths;
end_of_killing:
  do
  :: atomic { deaths < DEATHS && !killed[1] && !ended[1] -> kill_one(1) }
  :: atomic { deaths < DEATHS && !killed[2] && !ended[2] -> kill_one(2) }
#if N > 2
  :: atomic { deaths < DEATHS && !killed[3] && !ended[3] -> kill_one(3) }
#endif
#if N > 3
  :: atomic { deaths < DEATHS && !killed[4] && !ended[4] -> kill_one(4) }
#endif
  od
}

// Whether a thread does nothing more unless it is woken or killed. Who may run out of time, or waits for something else as
// well, does.
#define gone(who) (ended[who] || (killed[who] && !due[who]))
#define resting(who) (gone(who) || asleep[who])
#ifdef TIMEOUTS
#define resting2 gone(2)
#else
#define resting2 resting(2)
#endif
#if N > 3
#define resting_between resting(3)
#else
#define resting_between 1
#endif
#ifdef MULTI
#define resting_last gone(N)
#else
#define resting_last resting(N)
#endif
#define all_rest (resting(1) && resting2 && resting_between && resting_last)

init {
  atomic {
    run thread(1);
    run thread(2);
#if N > 2
    run thread(3);
#endif
#if N > 3
    run thread(4);
#endif
    run killer()
  }
  // Nobody can move any more: then nobody sleeps, because nobody owns it any more.
end_of_all:
  do
  :: atomic {
       all_rest ->
       assert(nobody_asleep);
       assert(owner == 0);
       assert(inside == 0)
     }
  od
}
