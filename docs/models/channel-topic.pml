// SPDX-License-Identifier: Apache-2.0
// docs/channels.md: a topic with one place, so that each message displaces the one before, and three blocks; two publishers
// of two messages and of one, of whom DEATHS are killed between any two steps; a subscriber that looks twice, and a medic.
// A message is two bytes, which are written and read one after the other. PIN: the subscriber reads in place; else it copies
// and validates. LONG: two messages each, and three looks. TAKER: somebody else takes a retired block.
//
// Held to: what is delivered is a message, whole, and a later one than before; at the end no block is lost.
//
// Broken twins: NO_VALIDATION (V2 is left out), NO_SECOND_LOOK (H2 is left out), FREE_PINNED (W1 does not look at pins),
// FORGET_DISPLACED (W0 is left out), TAKE_DISPLACED (who needs memory takes what is just being displaced), BLOCK_ONLY (W0 tells which block is displaced, not from which position).
#ifndef DEATHS
#define DEATHS 1
#endif
#define BLOCKS 3
#ifdef LONG
#define SHARE(me) 2
#define LOOKS 3
#else
#define SHARE(me) (3 - me)
#define LOOKS 2
#endif

mtype = { FREE, LOANED, QUEUED, RETIRED };

typedef block_t { mtype kind; byte who; byte pos; byte first; byte second };
block_t block[BLOCKS + 1];
byte lap, there;  // the place: how often it was published to, and the block; 0: none
byte pinned;      // the subscriber's pin: a block, or 0
byte displacing[3];  // a position; 0: none
#ifdef BLOCK_ONLY
#define is_displaced_by(d, b) (displacing[d] != 0 && displacing[d] == b)
#else
#define is_displaced_by(d, b) (displacing[d] != 0 && displacing[d] == block[b].pos)
#endif
bool killed[3], ended[3], cleaned[3];
byte published[5];  // by lap: the content. What the model knows and nobody else

#ifdef TAKE_DISPLACED
#define is_being_displaced(b) false
#else
#define is_being_displaced(b) (is_displaced_by(1, b) || is_displaced_by(2, b))
#endif
#define may_take(b) (block[b].kind == FREE || (block[b].kind == RETIRED && pinned != b && !is_being_displaced(b)))

// W1: with a plain store where the block is one's own.
inline displaced(c, p) {
  mine = block[c].kind == QUEUED && block[c].pos == p && block[c].who == me && pinned != c;
  if
  :: mine ->
     atomic {
       assert(block[c].kind == QUEUED || block[c].kind == RETIRED);
       block[c].kind = FREE;
       mine = 0
     }
  :: else ->
  atomic {
    if
    :: block[c].kind == QUEUED && block[c].pos == p ->
#ifdef FREE_PINNED
       block[c].kind = FREE
#else
       block[c].kind = (pinned == c -> RETIRED : FREE)
#endif
    :: else
    fi
  }
  fi
}

proctype publisher(byte me) {
  byte b, sent, seen_lap, seen_there;
  bool mine;
  {
    do
    :: sent == SHARE(me) -> break
    :: else ->
end_no_memory:
       atomic {
         may_take(1) || may_take(2) || may_take(3);
         b = (may_take(1) -> 1 : (may_take(2) -> 2 : 3));
         block[b].kind = LOANED; block[b].who = me
       }
       block[b].first = 10 * me + sent;
       block[b].second = 10 * me + sent;
next:  atomic { seen_lap = lap; seen_there = there }
#ifndef FORGET_DISPLACED
#ifdef BLOCK_ONLY
       displacing[me] = seen_there;
#else
       displacing[me] = seen_lap;  // W0: the position, which is nobody else's
#endif
#endif
       atomic { block[b].kind = QUEUED; block[b].who = me; block[b].pos = seen_lap + 1 }  // P1
       atomic {  // P2
         if
         :: lap == seen_lap && there == seen_there ->
            lap = seen_lap + 1; there = b;
            published[lap] = 10 * me + sent
         :: else -> goto next
         fi
       }
       if
       :: seen_there != 0 -> displaced(seen_there, seen_lap)
       :: else
       fi;
       atomic { displacing[me] = 0; sent++; b = 0; seen_lap = 0; seen_there = 0 }
    od
  } unless { killed[me] };
  atomic { ended[me] = 1; b = 0; sent = 0; seen_lap = 0; seen_there = 0; mine = 0 }
}

// TAKER: somebody else who needs memory, once.
proctype taker() {
  byte b;
end_no_memory:
  atomic {
    block[1].kind == RETIRED && may_take(1) || block[2].kind == RETIRED && may_take(2) || block[3].kind == RETIRED && may_take(3);
    b = (block[1].kind == RETIRED && may_take(1) -> 1 : (block[2].kind == RETIRED && may_take(2) -> 2 : 3));
    block[b].kind = LOANED; block[b].who = 3
  }
  atomic { assert(block[b].kind == LOANED); block[b].kind = FREE; b = 0 }
}

proctype subscriber() {
  byte looks, b, p, before, first, second;
  do
  :: looks == LOOKS -> break
  :: else ->
     looks++;
     atomic { p = lap; b = there };  // V1
     if
     :: p > before ->
#ifdef PIN
        pinned = b;  // H1
#ifndef NO_SECOND_LOOK
        if
        :: lap == p && there == b -> skip  // H2
        :: else -> goto over
        fi;
#endif
#endif
        first = block[b].first;
        second = block[b].second;
#if !defined(PIN) && !defined(NO_VALIDATION)
        if
        :: lap == p && there == b -> skip  // V2
        :: else -> goto over
        fi;
#endif
        assert(first == second && first == published[p]);
        before = p;
over:   atomic { pinned = 0; first = 0; second = 0 }
     :: else
     fi
  od
}

// D3, for each that is dead.
proctype medic() {
  byte d, b;
  bool looks_lost;
end_idle:
  do
  :: atomic {
       (ended[1] && killed[1] && !cleaned[1]) || (ended[2] && killed[2] && !cleaned[2]) ->
       d = (ended[1] && killed[1] && !cleaned[1] -> 1 : 2)
     }
     b = 1;
     do
     :: b > BLOCKS -> break
     :: else ->
        atomic {
          if
          :: block[b].kind == LOANED && block[b].who == d -> block[b].kind = FREE
          :: else
          fi
        }
        looks_lost = block[b].kind == QUEUED && (block[b].who == d || is_displaced_by(d, b)) && there != b;
        atomic {
          if
          :: looks_lost && block[b].kind == QUEUED && (block[b].who == d || is_displaced_by(d, b)) -> block[b].kind = RETIRED
          :: else
          fi;
          b++
        }
     od;
     atomic { displacing[d] = 0; cleaned[d] = 1; d = 0; b = 0; looks_lost = 0 }
  od
}

inline kill_one(who) {
  killed[who] = 1;
  deaths++
}

proctype killer() {
  byte deaths;
  do
  :: atomic { deaths < DEATHS && !killed[1] && !ended[1] -> kill_one(1) }
  :: atomic { deaths < DEATHS && !killed[2] && !ended[2] -> kill_one(2) }
  :: atomic { break }
  od
}

#define is_well(b) (block[b].kind == FREE || block[b].kind == RETIRED || (block[b].kind == QUEUED && there == b))

init {
  byte i;
  atomic {
    for (i : 1 .. BLOCKS) { block[i].kind = FREE }
    run publisher(1);
    run publisher(2);
    run subscriber();
    run medic();
#ifdef TAKER
    run taker();
#endif
    run killer()
  }
  timeout;
  assert(ended[1] && ended[2]);
  assert(is_well(1) && is_well(2) && is_well(3))
}
