// SPDX-License-Identifier: Apache-2.0
// docs/channels.md, "Leases", of receivers: a queue with MESSAGES messages in it, two receivers, each of which gets the lease
// when it likes and loses it to the other one. What a receiver stores waits in its store buffer, in order, for as long as it
// likes; a compare-and-swap of its own, or the barrier of the other one, empties it. STOPPED: the first one may stop for ever
// wherever it is, but with the lock; what it has in hand waits for it. SAME: both are threads of one process, and what one
// holds looks like what the other one does.
//
// Held to: each message is received, once.
//
// Broken twins: NO_BARRIER (L4 is left out), NO_HELP (L5 is left out), GRANT_BLINDLY (L0 does not look who is inside),
// IGNORE_RECALL (L2 does not look), LEAVE_HELPED (who finds it recalled leaves what was taken for it), BELIEVE_STATE (who
// finds its own name there takes it for its own), SAY_WHAT (who has no lease says what it takes), FORGET_HELP (L3 begins with an
// empty *helped*).
#define ASKS 10  // it is not sure yet
#ifndef MESSAGES
#define MESSAGES 3
#endif

mtype = { TAKING, STATE };

#define QUEUED 0
#define INSIDE 99
#ifdef SAME
#define held_by(i) 1
#else
#define held_by(i) (i)
#endif
byte state[MESSAGES];
byte taking[3], recall[3], helped[3];
byte lease, lock;
byte got[MESSAGES];  // what the model knows and nobody else
bool stopped, ended[3];
byte in_hand;        // of the one that was stopped
chan buffer[3] = [4] of { mtype, byte, byte };

inline arrive(i) {
  buffer[i]?what,index,value;
  if
  :: what == TAKING -> taking[i] = value
  :: what == STATE -> state[index] = value
  fi;
  what = 0; index = 0; value = 0
}
inline flush(i) {
  do
  :: nempty(buffer[i]) -> arrive(i)
  :: empty(buffer[i]) -> break
  od
}

proctype memory() {
  mtype what; byte index, value;
end_idle:
  do
  :: atomic { nempty(buffer[1]) -> arrive(1) }
  :: atomic { nempty(buffer[2]) -> arrive(2) }
  od
}

// L3 to L6.
inline revoke() {
  if
  :: lease != 0 ->
     had = lease;
     who = (had > ASKS -> had - ASKS : had);
#ifdef FORGET_HELP
     helped[who] = 0;
#endif
     recall[who] = 1;
#ifndef NO_BARRIER
     atomic { flush(who) }
#endif
#ifndef NO_HELP
     q = taking[who];
     if
     :: q != 0 && q != INSIDE && state[q - 1] == QUEUED ->
        helped[who] = q;
        atomic {
          if
          :: state[q - 1] == QUEUED -> state[q - 1] = held_by(who)
          :: else -> helped[who] = 0
          fi
        }
     :: else
     fi;
#endif
     atomic {
       if
       :: lease == had -> lease = 0
       :: else
       fi;
       who = 0; q = 0; had = 0
     }
  :: else
  fi
}

inline swap() {
  atomic {
    flush(me);
    if
    :: state[h] == QUEUED -> state[h] = held_by(me); mine = 1
    :: else
    fi
  }
}

#ifdef BELIEVE_STATE
#define is_helped (state[h] == held_by(me))
#else
#define is_helped (state[h] == held_by(me) && helped[me] == h + 1)
#endif

proctype receiver(byte me) {
  byte h, who, q, seen, had;
  bool held, mine;
  mtype what; byte index, value;
  {
    do
    :: h == MESSAGES -> break
    :: else ->
again: mine = 0;
       if
       :: held ->
          buffer[me]!TAKING,0,h + 1;  // L2
          if
#ifndef IGNORE_RECALL
          :: recall[me] ->
             held = 0;
#ifndef LEAVE_HELPED
             if
             :: lease == me -> swap()
             :: else
             fi;
             mine = mine || is_helped
#endif
#endif
          :: else ->
             seen = state[h];
             if
             :: seen == QUEUED -> atomic { buffer[me]!STATE,h,held_by(me); mine = 1 }  // T2
             :: else -> mine = is_helped
             fi
          fi;
          atomic { got[h] = got[h] + mine; assert(got[h] <= 1) }
          buffer[me]!TAKING,0,0
       :: else ->
          if
          :: state[h] != QUEUED -> goto next
          :: else
          fi;
#ifdef SAY_WHAT
          buffer[me]!TAKING,0,h + 1;
#else
          buffer[me]!TAKING,0,INSIDE;  // L1
#endif
          if
          :: lease != 0 ->
             buffer[me]!TAKING,0,0;
             atomic { !lock -> lock = 1; flush(me) };
             revoke();
             lock = 0;
             goto again
          :: else
          fi;
          swap();
          atomic { got[h] = got[h] + mine; assert(got[h] <= 1) }
          buffer[me]!TAKING,0,0;
          if
          :: mine ->
             if  // L0
             :: atomic { lease == 0 -> flush(me); recall[me] = 0 };
                skip;
                atomic {
                  if
                  :: lease == 0 -> lease = me + ASKS
                  :: else -> goto taken_one
                  fi
                };
                atomic {
                  flush(3 - me);
#ifdef GRANT_BLINDLY
                  held = 1
#else
                  held = !taking[3 - me]
#endif
                };
                atomic {
                  if
                  :: lease == me + ASKS -> lease = (held -> me : 0)
                  :: else -> held = 0
                  fi
                };
taken_one:      skip
             :: skip
             fi
          :: else
          fi
       fi;
       if
       :: mine
       :: else -> if :: state[h] == QUEUED -> goto again :: else fi
       fi;
next:  atomic { h++; seen = 0; mine = 0 }
    od
  } unless { me == 1 && stopped };
  atomic { ended[me] = 1; if :: me == 1 && stopped -> in_hand = h + 1 :: else fi; h = 0; held = 0; mine = 0; who = 0; q = 0; seen = 0; had = 0 }
}

proctype fate() {
  if
  :: atomic { !ended[1] && lock == 0 -> stopped = 1 }
  :: skip
  fi
}

init {
  byte i;
  atomic {
    run memory();
    run receiver(1);
    run receiver(2);
#ifdef STOPPED
    run fate();
#endif
  }
  timeout;
  assert(ended[1] && ended[2]);
  for (i : 0 .. MESSAGES - 1) { assert(got[i] == 1 || (stopped && in_hand == i + 1)) }
}
