// SPDX-License-Identifier: Apache-2.0
//
// Events and semaphores of docs/synchronisation.md as a Spin model: one object, thread 1 puts, 2 and 3 sleep until it is there,
// 4 takes it if it is there just then. The labels are the steps of that page, and between any two of them a thread may be
// killed. What the kernel does then is `kill_one`, and the end of `thread`.
//
// Configurations:  PUTS  how often thread 1 puts                 DEATHS  how many may be killed
//                  SEMAPHORE           it counts; the last put is of two
//                  TIMEOUTS            thread 2 may run out of time
//                  MULTI               thread 3 waits for this object and for something else at once
//                  RESERVER            thread 4 is a wait-all: it reserves, and then takes it or does not
// Broken twins:    PUT_UNNOTICED       nothing is pending while putting
//                  SLEEP_UNNOTICED     nothing is pending while sleeping and after waking
//                  FORGET_OTHERS       who was woken and takes it does not set WAITERS again
//                  LEAVE_SILENTLY      nor does one whose time is up                             (with TIMEOUTS)
//                  TAKE_ONLY           who took one does not wake others for the rest            (with SEMAPHORE)
//                  KEEP_WAKE_UP        who took the other thing does not pass the wake-up on     (with MULTI)
//                  WAKE_ALL_CLEARED    wake_all is cleared with WAITERS                         (with MULTI)
//                  QUIET_RESERVATION   reserving does not set WAITERS                           (with RESERVER, DEATHS=2)
//                  QUICK_WITH_WAITERS=true
//                                      who puts or takes it in one step does not look for WAITERS first
//                  SETTLE_QUIETLY      settling a reservation wakes nobody                       (with RESERVER)
// With MULTI, two deaths are one too many; the page says so under "Boundaries".

#ifndef PUTS
#define PUTS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef QUICK_WITH_WAITERS
#define QUICK_WITH_WAITERS false
#endif

// The state: who has it reserved, available, WAITERS, the count and wake_all change in one step.
byte owner;
bit available;
bit waiters;
byte count;  // of an event: as available
bit wake_all;
bit slept_on;  // beside the state: somebody has slept, ever

// What the kernel knows.
bit asleep[5];
bit pending[5];
bit listed[5];
bit killed[5];
bit due[5];    // it is going to wake somebody in the place of one that was killed
bit ended[5];

#define nobody_asleep (!asleep[2] && !asleep[3] && !asleep[4])

inline wake(how_many, all) {
  atomic {
    do
    :: (how_many > 0 || all) && asleep[2] -> asleep[2] = 0; how_many = how_many - !all
    :: (how_many > 0 || all) && asleep[3] -> asleep[3] = 0; how_many = how_many - !all
    :: nobody_asleep || (how_many == 0 && !all) -> break
    od;
    how_many = 0;
    all = 0
  }
}

inline clear_waiters() {
  waiters = 0;
#ifdef WAKE_ALL_CLEARED
  wake_all = 0
#endif
}

// G1. `keep` is WAITERS for one that was woken.
inline take() {
  atomic {
    taken = (owner == 0 && available);
    if
    :: taken ->
       count--;
       available = (count > 0);
#ifndef FORGET_OTHERS
       waiters = waiters || slept
#endif
    :: else
    fi
  }
}

// G1, continued: it is still there, and others may sleep.
inline wake_rest() {
#ifndef TAKE_ONLY
  atomic {
    if
    :: available && waiters -> some = count; all = wake_all; clear_waiters()
    :: else
    fi
  }
  wake(some, all)
#else
  skip
#endif
}

inline settle(is_taken) {
  atomic {
    listed[me] = 0;
    pending[me] = 1
  }
  atomic {
    assert(owner == me && !available);
    owner = 0;
    count = count - is_taken;
    available = (count > 0);
    clear_waiters()
  }
#ifndef SETTLE_QUIETLY
  atomic {
    all = slept_on
  }
#endif
  wake(some, all)
}

proctype thread(byte me) {
  byte some, round, expected;
  bit taken, slept, all, over, multi;
  {
    if
    :: me == 1 ->
       // P1.
       do
       :: round == PUTS -> break
       // Nobody is noted as sleeping: nothing to do after the one step, and so nothing is pending.
       :: atomic { round < PUTS && (QUICK_WITH_WAITERS || !waiters) && owner == 0 ->
            round++;
#ifdef SEMAPHORE
            count = count + 1 + (round == PUTS);
#else
            count = 1;
#endif
            available = 1 }
       :: round < PUTS ->
          atomic {
            round++;
#ifndef PUT_UNNOTICED
            pending[me] = 1;
#endif
            some = 1;
#ifdef SEMAPHORE
            some = some + (round == PUTS);
            count = count + some;
            available = (owner == 0);
            if
            :: owner == 0 && waiters -> all = wake_all; clear_waiters()
            :: else -> some = 0
            fi
#else
            if
            :: owner == 0 ->
               count = 1;
               available = 1;
               some = waiters;
               all = (waiters && wake_all);
               clear_waiters()
            :: else -> some = 0
            fi
#endif
          }
          atomic {
            wake(some, all);
            pending[me] = 0
          }
       od
#ifdef RESERVER
    :: me == 4 ->
       atomic {
         pending[me] = 1;
         if
         :: owner == 0 && available ->
            available = 0;
#ifndef QUIET_RESERVATION
            waiters = 1;
#endif
            owner = me
         :: else -> goto out
         fi
       }
       atomic {
         listed[me] = 1;
         pending[me] = 0
       }
       if
       :: settle(1)
       :: settle(0)
       fi
#else
    :: atomic { me == 4 && owner == 0 && available && (QUICK_WITH_WAITERS || !waiters) -> take(); goto out }
    :: me == 4 ->
       atomic {
         pending[me] = 1;
         take();
         if
         :: taken -> goto rest
         :: else -> goto out
         fi
       }
#endif
    :: else ->
#ifdef MULTI
       multi = (me == 3);
#endif
       if
       :: atomic { owner == 0 && available && (QUICK_WITH_WAITERS || !waiters) -> take(); goto out }  // at once
       :: true
       fi;
again: atomic {
         pending[me] = 1;
         take();
         if
         :: taken -> goto rest
         :: else
         fi
       }
       // G2: announce, then sleep if nothing has changed; also one that leaves announces itself.
#ifdef RESERVER
       atomic {
         slept_on = 1  // looked at by a reservation only
       }
#endif
       atomic {
         if
         :: available -> goto again
         :: else
         fi;
#ifdef LEAVE_SILENTLY
         if
         :: over -> goto out
         :: else
         fi;
#endif
         waiters = 1;
         wake_all = wake_all || multi;
         expected = owner;
         if
         :: over -> goto out
         :: multi -> pending[me] = 0
         :: else
         fi;
#ifdef SLEEP_UNNOTICED
         pending[me] = 0
#endif
       }
       atomic {
         if
         :: owner == expected && !available && waiters -> asleep[me] = 1
         :: else
         fi
       }
end_asleep:
       if
       :: atomic { !asleep[me] -> slept = 1; expected = 0; goto again }  // G3
#ifdef TIMEOUTS
       :: atomic { asleep[me] && me == 2 -> asleep[me] = 0; over = 1; expected = 0; goto again }
       :: atomic { !asleep[me] && me == 2 -> slept = 1; over = 1; expected = 0; goto again }
#endif
#ifdef MULTI
       :: atomic { multi -> asleep[me] = 0; goto other_thing }
#endif
       fi;
       goto again;
#ifdef MULTI
other_thing:
#ifndef KEEP_WAKE_UP
       atomic {
         if
         :: available -> all = 1
         :: else -> waiters = 1
         fi
       }
       wake(some, all);
#endif
       goto out;
#endif
rest:  wake_rest()
    fi;
out:
    atomic {
      pending[me] = 0;
      some = 0; expected = 0; taken = 0; slept = 0; all = 0; over = 0;
      ended[me] = 1
    }
  } unless { killed[me] }
  atomic {
    if
    :: killed[me] && due[me] -> some = 1; all = 0; wake(some, all); due[me] = 0
    :: else
    fi
  }
}

// The thread does nothing more. The kernel, at some later moment: first the word, then a waiter. It sets bit 30, which is
// *available*.
inline kill_one(who) {
  killed[who] = 1;
  asleep[who] = 0;
  deaths++;
  if
  :: owner == who && (listed[who] || pending[who]) ->
     owner = 0;
     available = 1;
     due[who] = waiters
  :: owner == 0 && pending[who] -> due[who] = 1
  :: else
  fi;
  pending[who] = 0;
  listed[who] = 0
}

// Kills as many as it likes. It need not.
proctype killer() {
  byte deaths;
end_of_killing:
  do
  :: atomic { deaths < DEATHS && !killed[1] && !ended[1] -> kill_one(1) }
  :: atomic { deaths < DEATHS && !killed[2] && !ended[2] -> kill_one(2) }
  :: atomic { deaths < DEATHS && !killed[3] && !ended[3] -> kill_one(3) }
  :: atomic { deaths < DEATHS && !killed[4] && !ended[4] -> kill_one(4) }
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
#ifdef MULTI
#define resting3 gone(3)
#else
#define resting3 resting(3)
#endif

init {
  atomic {
    run thread(1);
    run thread(2);
    run thread(3);
    run thread(4);
    run killer()
  }
  // Nobody can move any more: then nobody has it reserved, and nobody sleeps while it is there or unseen by the next put.
end_of_all:
  do
  :: atomic {
       gone(1) && resting2 && resting3 && gone(4) ->
       assert(owner == 0);
       assert(available == (count > 0));
       assert(nobody_asleep || !available);
       assert(nobody_asleep || waiters)
     }
  od
}
