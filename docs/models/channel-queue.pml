// SPDX-License-Identifier: Apache-2.0
// docs/channels.md: a queue with two places and two blocks, two senders, two receivers, of which DEATHS are killed between
// any two steps, and a medic, which is whoever looks after the dead (D2 to D4). Sleeping is another model: here
// whoever has nothing to do is woken by whatever changes.
//
// ONE_SENDER, ONE_RECEIVER: only one of them, so that the search comes to its end.
//
// Held to: what was published is delivered, once, in the order of its positions, as it was written; again only where
// its receiver died, and marked then; at the end nothing is queued, and every block is free.
//
// Broken twins: TAKE_SILENTLY (a receiver's block looks like a sender's), PUBLISH_EARLY (the place is taken before the block
// is filled), OVERWRITE (a sender does not look whether the message of the lap before was received), FREE_QUEUED (of a dead
// sender every queued block is freed), FREE_BLINDLY (the medic stores where it must compare), KEEP_QUEUED (what a dead
// sender had not published stays).
#ifndef DEATHS
#define DEATHS 1
#endif
#define PLACES 2
#ifndef BLOCKS
#define BLOCKS 2  // at most 3
#endif
#define MESSAGES 3  // of the first sender two, of the other one
#ifdef ONE_SENDER
#define SHARE(i) 3
#else
#define SHARE(i) (3 - i)
#endif

mtype = { FREE, LOANED, QUEUED, HELD, ORPHAN };

typedef block_t { mtype kind; byte who; byte pos; byte content };
typedef place_t { byte lap; byte block };  // block 0: none

block_t block[4];
place_t place[PLACES];
bool killed[5], ended[5], cleaned[5];
// What the model knows and nobody else.
byte published[MESSAGES];  // by position: the content
byte delivered[MESSAGES];
bool done[MESSAGES];
bool torn[MESSAGES];  // who had it was killed
byte next_in_order;

#define at(p) place[(p) % PLACES]
#define lap_of(p) ((p) / PLACES + 1)  // 0: nothing yet

inline deliver(p, b) {
  assert(published[p] != 0 && block[b].content == published[p]);
  delivered[p]++;
  assert(delivered[p] == 1 || torn[p])
}

proctype sender(byte me) {
  byte b, p, sent, seen_lap, seen_block;
  {
    do
    :: sent == SHARE(me) -> break
    :: else ->
       // A
end_no_memory:
       atomic {
         block[1].kind == FREE || block[2].kind == FREE || (BLOCKS == 3 && block[3].kind == FREE);
         b = (block[1].kind == FREE -> 1 : (block[2].kind == FREE -> 2 : 3));
         block[b].kind = LOANED; block[b].who = me
       }
#ifndef PUBLISH_EARLY
       block[b].content = 10 * me + sent + 1;
#endif
next:  atomic { seen_lap = at(p).lap; seen_block = at(p).block }
       if
       :: seen_lap >= lap_of(p) -> p++; goto next
       :: else
       fi;
       assert(seen_lap + 1 == lap_of(p));
       if
       :: seen_lap != 0 ->
          // Full, unless it was received.
end_full:
#ifdef OVERWRITE
          skip
#else
          (at(p).lap != seen_lap || block[seen_block].kind != QUEUED || block[seen_block].pos != p - PLACES)
#endif
       :: else
       fi;
       atomic { block[b].kind = QUEUED; block[b].who = me; block[b].pos = p }  // P1
       atomic {  // P2
         if
         :: at(p).lap == seen_lap && at(p).block == seen_block ->
            at(p).lap = lap_of(p); at(p).block = b;
            published[p] = 10 * me + sent + 1
         :: else -> goto next
         fi
       }
#ifdef PUBLISH_EARLY
       block[b].content = 10 * me + sent + 1;
#endif
       atomic { sent++; seen_lap = 0; seen_block = 0; b = 0 }
    od;
    p = 0
  } unless { killed[me] };
  atomic { ended[me] = 1; b = 0; p = 0; sent = 0; seen_lap = 0; seen_block = 0 }
}

proctype receiver(byte me) {
  byte b, p, h;
  {
end_waiting:
    do
    :: atomic {  // an orphan, under the lock
         block[1].kind == ORPHAN || block[2].kind == ORPHAN || block[3].kind == ORPHAN ->
         b = (block[1].kind == ORPHAN -> 1 : (block[2].kind == ORPHAN -> 2 : 3));
         p = block[b].pos;
         block[b].kind = HELD; block[b].who = me;
         deliver(p, b)
       }
       atomic { block[b].kind = FREE; done[p] = 1; b = 0; p = 0 }  // T3
    :: atomic { h < MESSAGES && at(h).lap == lap_of(h) -> b = at(h).block }  // T1
       atomic {  // T2
         if
         :: block[b].kind == QUEUED && block[b].pos == h ->
#ifdef TAKE_SILENTLY
            block[b].kind = LOANED; block[b].who = me; p = h;
#else
            block[b].kind = HELD; block[b].who = me; p = h;
#endif
            assert(h == next_in_order);
            next_in_order++;
            deliver(p, b)
         :: else -> p = MESSAGES
         fi
       }
       atomic {
         h++;
         if
         :: p != MESSAGES ->  // T3
            assert((block[b].kind == HELD || block[b].kind == LOANED) && block[b].who == me);
            block[b].kind = FREE;
            done[p] = 1
         :: else
         fi;
         b = 0; p = 0
       }
    :: atomic { h < MESSAGES && at(h).lap > lap_of(h) -> h++ }
    od
  } unless { killed[me] };
  atomic { ended[me] = 1; b = 0; p = 0; h = 0 }
}

// D2 to D4, for each that is dead.
proctype medic() {
  byte d, b;
  mtype kind;
  byte pos;
end_idle:
  do
  :: atomic {
       (ended[1] && killed[1] && !cleaned[1]) || (ended[2] && killed[2] && !cleaned[2]) ||
       (ended[3] && killed[3] && !cleaned[3]) || (ended[4] && killed[4] && !cleaned[4]) ->
       if
       :: ended[1] && killed[1] && !cleaned[1] -> d = 1
       :: ended[2] && killed[2] && !cleaned[2] -> d = 2
       :: ended[3] && killed[3] && !cleaned[3] -> d = 3
       :: ended[4] && killed[4] && !cleaned[4] -> d = 4
       fi
     }
     b = 1;
     do
     :: b > BLOCKS -> break
     :: else ->
        atomic { kind = (block[b].who == d -> block[b].kind : FREE); pos = block[b].pos }
        if
        :: kind == LOANED -> block[b].kind = FREE
        :: kind == HELD -> atomic { torn[pos] = 1; block[b].kind = ORPHAN }
#ifndef KEEP_QUEUED
        :: kind == QUEUED ->
           if
#ifndef FREE_QUEUED
           :: at(pos).lap == lap_of(pos) && at(pos).block == b
#endif
           :: else ->
              atomic {
                if
                :: block[b].kind == QUEUED && block[b].who == d && block[b].pos == pos -> block[b].kind = FREE
#ifdef FREE_BLINDLY
                :: else -> block[b].kind = FREE
#else
                :: else
#endif
                fi
              }
           fi
#endif
        :: else
        fi;
        b++
     od;
     atomic { cleaned[d] = 1; d = 0; b = 0; kind = 0; pos = 0 }
  od
}

inline kill_one(who) {
  killed[who] = 1;
  deaths++
}

// Kills as many as it likes. It need not.
proctype killer() {
  byte deaths;
  do
  :: atomic { deaths < DEATHS && !killed[1] && !ended[1] -> kill_one(1) }
  :: atomic { deaths < DEATHS && !killed[2] && !ended[2] -> kill_one(2) }
  :: atomic { deaths < DEATHS && !killed[3] && !ended[3] -> kill_one(3) }
  :: atomic { deaths < DEATHS && !killed[4] && !ended[4] -> kill_one(4) }
  :: atomic { break }
  od
}

#define is_free(b) (block[b].kind == FREE)

init {
  byte i;
  atomic {
    for (i : 1 .. 3) { block[i].kind = FREE }
    run sender(1);
#ifdef ONE_SENDER
    ended[2] = 1;
#else
    run sender(2);
#endif
    run receiver(3);
#ifdef ONE_RECEIVER
    ended[4] = 1;
#else
    run receiver(4);
#endif
    run medic();
    run killer()
  }
  // Nobody can move any more.
  timeout;
  if
  :: (killed[3] || ended[3]) && (killed[4] || ended[4])
  :: else ->
     assert(ended[1] && ended[2]);
     assert(is_free(1) && is_free(2) && is_free(3));
     for (i : 0 .. MESSAGES - 1) { assert(published[i] == 0 || done[i]) }
  fi
}
