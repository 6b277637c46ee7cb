// SPDX-License-Identifier: Apache-2.0
// docs/channels.md, "Leases", of senders: two senders of a channel with two places, each of which gets the lease when it
// likes and loses it to the other one, and a receiver. What a sender stores waits in its store buffer, in order, for as long
// as it likes; a compare-and-swap of its own, or the barrier of the other one, empties it. STOPPED: the first sender may stop
// for ever wherever it is, but with the lock. DEATHS: it may be killed there, and a medic ends its lease. With fewer places
// than messages, each message has a lap of its own, and a late store or look comes laps after what it belongs to.
//
// Held to: each message that a sender thinks it has sent is received, once, and none twice; a stopped or dead sender keeps
// nobody waiting.
//
// Broken twins: NO_BARRIER (L4 is left out), NO_HELP (L5 is left out), GRANT_BLINDLY (L0 does not look who is inside),
// GRANT_ANYWHERE (nor what stands where it goes on), ONE_CHECK (the lease is not looked at again after P1), ONE_PLACE
// (there are no leased places: the lease's stores go to the common ones), END_BLINDLY (L6 ends whoever's lease it is by
// then),
// BELIEVE_PLACE (who was helped looks at its place only, which may be a later lap's by then: it sends once more).
#ifndef PLACES
#define PLACES 2
#endif
#define ASKS 10  // it is not sure yet
#define NEVER 255  // no lap
#ifndef SHARE
#define SHARE 2
#endif
#ifndef SECOND
#define SECOND SHARE  // of the second sender
#endif
#define MESSAGES (SHARE + SECOND)

mtype = { BUSY, INTENT, STATE, LEASED };

// By place: the lap, from 1, and the message, from 1.
byte common_lap[PLACES], common_message[PLACES];
byte leased_lap[PLACES], leased_message[PLACES];
byte state[MESSAGES + 1];  // QUEUED at a position: + 1
byte busy[3], intent[3], recall[3];
byte lease, lock;
byte h;  // received: all before it
bool sent[MESSAGES + 1], got[MESSAGES + 1];  // what the model knows and nobody else
bool stopped, killed, ended[3];
chan buffer[3] = [5] of { mtype, byte, byte };

#define lap_of(p) ((p) / PLACES + 1)
#define at(p) ((p) % PLACES)
#define lap_at(p) (leased_lap[at(p)] > common_lap[at(p)] -> leased_lap[at(p)] : common_lap[at(p)])
#define message_at(p) (leased_lap[at(p)] > common_lap[at(p)] -> leased_message[at(p)] : common_message[at(p)])

inline arrive(i) {
  buffer[i]?what,index,value;
  if
  :: what == BUSY -> busy[i] = value
  :: what == INTENT -> intent[i] = value
  :: what == STATE -> state[index] = value
  :: what == LEASED ->
#ifdef ONE_PLACE
     common_lap[at(index)] = lap_of(index); common_message[at(index)] = value
#else
     leased_lap[at(index)] = lap_of(index); leased_message[at(index)] = value
#endif
  fi;
  what = 0; index = 0; value = 0
}
inline flush(i) {
  do
  :: nempty(buffer[i]) -> arrive(i)
  :: empty(buffer[i]) -> break
  od
}

// A store becomes visible, at some moment.
proctype memory() {
  mtype what; byte index, value;
end_idle:
  do
  :: atomic { nempty(buffer[1]) -> arrive(1) }
  :: atomic { nempty(buffer[2]) -> arrive(2) }
  od
}

// L3 to L6, by whoever has the lock.
inline revoke() {
  if
  :: lease != 0 ->
     had = lease;
     who = (had > ASKS -> had - ASKS : had);
     recall[who] = 1;  // L3
#ifndef NO_BARRIER
     atomic { flush(who) }  // L4
#endif
#ifndef NO_HELP
     // L5
     m = (busy[who] -> intent[who] : 0);
     q = (m != 0 -> state[m] : 0);
     if
     :: q != 0 ->
        q--;
        seen = common_lap[at(q)];
        atomic {
          if
          :: lap_at(q) + 1 == lap_of(q) && common_lap[at(q)] == seen ->
             common_lap[at(q)] = lap_of(q); common_message[at(q)] = m
          :: else
          fi
        }
     :: else
     fi;
#endif
     atomic {  // L6
#ifdef END_BLINDLY
       lease = 0;
#else
       if
       :: lease == had -> lease = 0
       :: else
       fi;
#endif
       who = 0; m = 0; q = 0; seen = 0; had = 0
     }
  :: else
  fi
}

// P2 without the lease, or after it was recalled: what is compared is what was there when the place was looked at.
inline swap() {
  atomic {
    flush(me);
    if
    :: common_lap[at(p)] == before -> common_lap[at(p)] = lap_of(p); common_message[at(p)] = mine; done = 1
    :: else ->
#ifdef BELIEVE_PLACE
       done = (common_lap[at(p)] == lap_of(p) && common_message[at(p)] == mine)
#else
       // It may have been received since, and its place be a later lap's: T2 has changed what P1 left then.
       done = (common_lap[at(p)] == lap_of(p) && common_message[at(p)] == mine) || got[mine]
#endif
    fi
  }
}

// Whether what stands in a place is of the lap before, and was received.
#define is_end(p) (lap_at(p) + 1 == lap_of(p))
#define has_room(p) (p < PLACES || h > p - PLACES)

proctype sender(byte me) {
  byte p, mine, before, i, who, m, q, seen, had;
  bool held, done;
  mtype what; byte index, value;
  {
    do
    :: i == (me == 1 -> SHARE : SECOND) -> break
    :: else ->
       mine = (me - 1) * SHARE + i + 1;
again: done = 0;
       if
       :: held ->
          buffer[me]!BUSY,0,1;  // L2
          if
          :: recall[me] -> held = 0; buffer[me]!BUSY,0,0; goto again
          :: else
          fi;
          atomic {
            // Its own stores are seen by itself first: it knows its tail.
            if
            :: buffer[me]??[LEASED,_,_] -> flush(me)
            :: !(buffer[me]??[LEASED,_,_]) -> skip
            fi;
            if
            :: leased_lap[at(p)] + 1 == lap_of(p) ->
               // The quick way: where it goes on, it looks at the leased place alone.
               before = (common_lap[at(p)] < lap_of(p) -> common_lap[at(p)] : NEVER);
               done = has_room(p)
            :: else ->
               do
               :: lap_at(p) >= lap_of(p) -> p++
               :: else -> break
               od;
               before = common_lap[at(p)];
               done = is_end(p) && has_room(p)
            fi
          }
          if
          :: !done -> buffer[me]!BUSY,0,0; goto no_room
          :: else -> done = 0
          fi;
          buffer[me]!INTENT,0,mine;
          buffer[me]!STATE,mine,p + 1;  // P1
          if
#ifndef ONE_CHECK
          :: recall[me] -> held = 0; swap()
#endif
          :: else -> atomic { buffer[me]!LEASED,p,mine; done = 1 }  // P2
          fi;
          atomic { sent[mine] = sent[mine] || done; p = p + done; before = 0 }
          buffer[me]!INTENT,0,0;
          buffer[me]!BUSY,0,0
       :: else ->
          buffer[me]!BUSY,0,1;  // L1
          if
          :: lease != 0 ->
             buffer[me]!BUSY,0,0;
             atomic { !lock -> lock = 1; flush(me) };
             revoke();
             lock = 0;
             goto again
          :: else
          fi;
          atomic {
            do
            :: lap_at(p) >= lap_of(p) -> p++
            :: else -> break
            od;
            before = common_lap[at(p)];
            done = is_end(p) && has_room(p)
          }
          if
          :: !done -> buffer[me]!BUSY,0,0; goto no_room
          :: else -> done = 0
          fi;
          buffer[me]!STATE,mine,p + 1;  // P1
          swap();
          atomic { sent[mine] = sent[mine] || done; p = p + done; before = 0 }
          buffer[me]!BUSY,0,0;
          if
          :: done ->
             if  // L0
             :: atomic { lease == 0 -> flush(me); recall[me] = 0 };
                atomic {
                  if
                  :: lease == 0 -> lease = me + ASKS; done = 0
                  :: else -> goto sent_one
                  fi
                };
                atomic {
                  flush(3 - me);
#ifdef GRANT_BLINDLY
                  held = 1
#elif defined(GRANT_ANYWHERE)
                  held = !busy[3 - me]
#else
                  held = !busy[3 - me] && lap_at(p) < lap_of(p)
#endif
                };
                atomic {
                  if
                  :: lease == me + ASKS -> lease = (held -> me : 0)
                  :: else -> held = 0
                  fi
                };
sent_one:       done = 1
             :: skip
             fi
          :: else
          fi
       fi;
       if
       :: done -> i++
       :: else
       fi;
       goto next;
no_room: atomic { has_room(p) || lap_at(p) >= lap_of(p) };
next:  skip
    od
  } unless { me == 1 && (killed || stopped) };
  atomic { ended[me] = 1; p = 0; mine = 0; before = 0; held = 0; done = 0; who = 0; m = 0; q = 0; seen = 0; had = 0 }
}

proctype receiver() {
  byte m;
end_waiting:
  do
  :: atomic {
       lap_at(h) == lap_of(h) ->
       m = message_at(h);
       assert(m != 0 && !got[m] && state[m] == h + 1);
       got[m] = 1;
       h++;
       m = 0
     }
  od
}

proctype fate() {
  if
  :: atomic { !ended[1] && lock == 0 -> stopped = 1 }
#ifdef DEATHS
  // What it stored arrives; the lease is ended by whoever finds it dead.
  :: atomic { !ended[1] && lock == 0 -> killed = 1 }
     atomic { ended[1] && empty(buffer[1]) && lock == 0 -> if :: lease == 1 || lease == 1 + ASKS -> lease = 0 :: else fi; busy[1] = 0; intent[1] = 0 }
#endif
  :: skip
  fi
}

init {
  byte i;
  atomic {
    run memory();
    run sender(1);
    run sender(2);
    run receiver();
#ifdef STOPPED
    run fate();
#endif
#ifdef DEATHS
    run fate();
#endif
  }
  timeout;
  assert(ended[1] && ended[2]);
  for (i : 1 .. MESSAGES) {
    assert(!sent[i] || got[i]);
    assert(i <= SHARE || got[i]);
    assert(stopped || killed || got[i])
  }
}
