// SPDX-License-Identifier: Apache-2.0
// docs/channels.md, "Sleeping and waking": two senders of one message each, two receivers that sleep while there is none,
// of whom DEATHS are killed between any two steps; what the kernel does to a life, at some later moment. TOPIC: a ring
// wakes all, and each receiver waits for both messages; else a message is one receiver's, and a ring wakes one. STOPPED:
// a sender may be stopped for ever wherever it is. PLAIN: what the first sender stores arrives later; a waiter makes it
// arrive (S1).
//
// Held to: when nobody can move any more, nobody sleeps while there is something for it.
//
// Broken twins: NO_BARRIER (the waiter makes nobody's stores arrive), LOOK_FIRST (a waiter looks, then announces itself),
// CLEAR_AT_ONCE (the first ring that finds nobody clears the bit), NO_LIVES (waiters watch the bell alone), RING_CLEARS (a
// ring clears the bit before it wakes one),
// LEAVE_QUIETLY (who is woken by a death and finds something leaves without looking after the dead).
#ifndef DEATHS
#define DEATHS 1
#endif

byte messages;     // there to be taken; of a topic: published
byte number;       // of the bell
bool flag;         // bit 0 of it
bool quiet;        // bit 1
bool asleep[5], killed[5], ended[5], stopped[5];
bool died[5];      // a life says OWNER_DIED
bool due[5];       // the kernel has not come to it yet
bool buried[5];
byte seen[5];      // of a topic: received

// PLAIN: the first sender's message is in its store buffer for a while, as what is given back by T3 is.
bool buffered;
inline wake_one() {
  if
  :: asleep[3] -> asleep[3] = 0
  :: asleep[4] -> asleep[4] = 0
  :: !asleep[3] && !asleep[4] -> skip
  fi
}
inline wake_everybody() {
  asleep[3] = 0;
  asleep[4] = 0
}

inline ring(found) {
  if
  :: flag ->
     atomic {
       number++;  // R2
       found = number;
#ifdef RING_CLEARS
       flag = 0;
#endif
     }
     atomic {  // R3
       if
       :: !asleep[3] && !asleep[4]
       :: else ->
          found = 0;
#ifdef TOPIC
          wake_everybody()
#else
          wake_one()
#endif
       fi
     }
     atomic {  // R4
       if
       :: found != 0 && found == number && flag ->
#ifdef CLEAR_AT_ONCE
          flag = 0;
#else
          if
          :: quiet -> flag = 0; quiet = 0
          :: else -> quiet = 1
          fi;
#endif
          number++
       :: else
       fi;
       found = 0
     }
  :: else
  fi
}

proctype sender(byte me) {
  byte found;
  {
#ifdef PLAIN
    if
    :: me == 1 -> buffered = 1
    :: else -> messages++
    fi;
#else
    messages++;  // P2
#endif
    ring(found)
  } unless { killed[me] || stopped[me] };
  atomic { ended[me] = 1; found = 0 }
}

#ifdef TOPIC
#define something (seen[me] < messages)
#else
#define something (messages > 0)
#endif
#define new_death ((died[1] && !buried[1]) || (died[2] && !buried[2]) || (died[3] && !buried[3]) || (died[4] && !buried[4]))

// D, and D5: ring for all.
inline look_after_the_dead() {
  atomic {
    new_death ->
    buried[1] = buried[1] || died[1]; buried[2] = buried[2] || died[2];
    buried[3] = buried[3] || died[3]; buried[4] = buried[4] || died[4]
  }
  atomic { number++; wake_everybody() }
}

proctype receiver(byte me) {
  byte expected;
  {
    skip;
again:
#ifdef LOOK_FIRST
    if
    :: something -> goto take
    :: else
    fi;
#endif
    atomic { flag = 1; quiet = 0; expected = number }  // S1
#if defined(PLAIN) && !defined(NO_BARRIER)
    atomic {
      if
      :: buffered -> buffered = 0; messages++
      :: else
      fi
    }
#endif
#ifndef LOOK_FIRST
    if  // S2
    :: something -> goto take
    :: else
    fi;
#endif
#ifndef NO_LIVES
    // Lives are looked at before the sleep; a change afterwards is what the kernel compares.
    if
    :: look_after_the_dead() -> goto again
    :: else
    fi;
    atomic {  // S3
      if
      :: number == expected && flag && !new_death -> asleep[me] = 1
      :: else
      fi
    }
#else
    atomic {
      if
      :: number == expected && flag -> asleep[me] = 1
      :: else
      fi
    }
#endif
end_asleep:
    (!asleep[me]);
#if !defined(NO_LIVES) && !defined(LEAVE_QUIETLY)
    // Also one that finds something, and leaves with it.
    if
    :: look_after_the_dead()
    :: else
    fi;
#endif
    goto again;
take:
#ifdef TOPIC
    seen[me]++;
    if
    :: seen[me] == 2 -> goto out
    :: else -> goto again
    fi;
#else
    atomic {
      if
      :: messages > 0 -> messages--; goto out  // and busy with it for ever
      :: else -> goto again
      fi
    };
#endif
out: skip
  } unless { killed[me] };
  atomic { ended[me] = 1; expected = 0 }
}

// At some later moment: OWNER_DIED, and one of those who sleep on the life.
proctype kernel() {
end_idle:
  do
  :: atomic { due[1] && ended[1] -> due[1] = 0; died[1] = 1;
#ifndef NO_LIVES
       wake_one()
#endif
     }
  :: atomic { due[2] && ended[2] -> due[2] = 0; died[2] = 1;
#ifndef NO_LIVES
       wake_one()
#endif
     }
  :: atomic { due[3] && ended[3] -> due[3] = 0; died[3] = 1;
#ifndef NO_LIVES
       wake_one()
#endif
     }
  :: atomic { due[4] && ended[4] -> due[4] = 0; died[4] = 1;
#ifndef NO_LIVES
       wake_one()
#endif
     }
  od
}

inline kill_one(who) {
  killed[who] = 1;
  asleep[who] = 0;
  due[who] = 1;
  deaths++
}

#ifdef PLAIN
proctype memory() {
end_idle:
  atomic { buffered -> buffered = 0; messages++ }
}
#endif

proctype killer() {
  byte deaths;
  do
  :: atomic { deaths < DEATHS && !killed[1] && !ended[1] -> kill_one(1) }
  :: atomic { deaths < DEATHS && !killed[2] && !ended[2] -> kill_one(2) }
  :: atomic { deaths < DEATHS && !killed[3] && !ended[3] -> kill_one(3) }
  :: atomic { deaths < DEATHS && !killed[4] && !ended[4] -> kill_one(4) }
#ifdef STOPPED
  :: atomic { !stopped[1] && !killed[1] && !ended[1] -> stopped[1] = 1 }
#endif
  :: atomic { break }
  od
}

init {
  atomic {
    run sender(1);
    run sender(2);
    run receiver(3);
    run receiver(4);
    run kernel();
#ifdef PLAIN
    run memory();
#endif
    run killer()
  }
  timeout;
#ifdef TOPIC
  assert(!asleep[3] || seen[3] == messages);
  assert(!asleep[4] || seen[4] == messages)
#else
  // A stopped sender that has not rung yet has its own message in hand.
  assert((!asleep[3] && !asleep[4]) || messages <= (stopped[1] -> 1 : 0))
#endif
}
