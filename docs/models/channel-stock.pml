// SPDX-License-Identifier: Apache-2.0
// docs/channels.md, "Stocks": a block in the stock of its owner, who takes it with plain stores, fills it, and has it back;
// and somebody who needs the memory, recalls the stock and takes the block from it. What the owner stores waits in its
// store buffer, in order, for as long as it likes; the barrier of the other one empties it. The owner may stop for ever
// wherever it is: it need not go on.
//
// Held to: never do both have the block.
//
// Broken twins: NO_BARRIER (K4 is left out), IGNORE_BUSY (K4 does not look who is busy), IGNORE_RECALL (K1 does not look),
// LATE_BUSY (the owner is busy only from when it has looked).
#define ROUNDS 3
#define RECALLS 2

mtype = { KEPT, OWNERS, OTHERS, BUSY, STATE };

mtype state = KEPT;
bool busy, recall, lock;
bool owner_has, other_has;  // what the model knows and nobody else
chan buffer = [4] of { mtype, byte };

inline arrive() {
  buffer?what,value;
  if
  :: what == BUSY -> busy = value
  :: what == STATE -> state = value
  fi;
  what = 0; value = 0
}

// A store becomes visible, at some moment.
proctype memory() {
  mtype what; byte value;
end_idle:
  do
  :: atomic { nempty(buffer) -> arrive() }
  od
}

proctype owner() {
  byte round;
  mtype seen;
  do
  :: round == ROUNDS -> break
  :: else ->
     round++;
#ifndef LATE_BUSY
     buffer!BUSY,1;  // K1
#endif
     if
#ifndef IGNORE_RECALL
     :: recall ->
        buffer!BUSY,0;
        atomic { !lock -> lock = 1 };
        recall = 0;
        lock = 0
#endif
     :: else ->
        // Its own last store to the block has arrived: it gave it back with one, and somebody else brought it.
        atomic { !(buffer??[STATE,_]); seen = state }
#ifdef LATE_BUSY
        buffer!BUSY,1;
#endif
        if
        :: seen == KEPT ->
           atomic { buffer!STATE,OWNERS; owner_has = 1; assert(!other_has) }  // K2
           buffer!BUSY,0;
           assert(!other_has);  // it is filled
           atomic { buffer!STATE,KEPT; owner_has = 0 }
        :: else -> buffer!BUSY,0
        fi
     fi;
     seen = 0
  od
}

proctype other() {
  byte recalls;
  mtype what; byte value;
  bool idle;
  do
  :: recalls == RECALLS -> break
  :: else ->
     recalls++;
     atomic { !lock -> lock = 1 };
     recall = 1;  // K3
#ifndef NO_BARRIER
     atomic {  // K4
       do
       :: nempty(buffer) -> arrive()
       :: empty(buffer) -> break
       od
     }
#endif
#ifdef IGNORE_BUSY
     idle = 1;
#else
     idle = !busy;
#endif
     if
     :: idle ->
        if
        :: atomic { state == KEPT -> state = OTHERS; other_has = 1; assert(!owner_has) }  // K5
           assert(!owner_has);
           atomic { state = KEPT; other_has = 0 }
        :: else
        fi
     :: else
     fi;
     idle = 0;
     lock = 0
  od
}

init {
  atomic { run memory(); run owner(); run other() }
}
