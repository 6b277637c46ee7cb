// SPDX-License-Identifier: Apache-2.0
//
// Two threads of one process lock and unlock one named mutex, while a peer of another user stores whatever it likes into
// the shared word. The node's links are the process's own, and one for both threads: it must never be on the lists of
// both, for the second push would cut the first list. Each operation on a word is one step.
//
// Broken twins:  BELIEVE_THE_WORD  whoever put its ID into the word puts the node onto its list
//                LOOK_THEN_STORE   it looks whether another has it listed, and then says so itself, in two steps

byte word;       // shared: 0 free, 1 or 2 the owner
byte listed_by;  // private to the process
byte on_list[3];

active proctype peer() {
  byte stores;
  do
  :: stores < 3 -> stores++; if :: word = 0 :: word = 1 :: word = 2 :: word = 7 fi
  :: break
  od
}

proctype thread(byte me) {
  byte rounds;
  bit mine;
  do
  :: rounds == 2 -> break
  :: else ->
     rounds++;
     mine = 0;
     atomic {  // L1
       if
       :: word == 0 -> word = me; mine = 1
       :: else
       fi
     };
     if
     :: mine ->
#ifdef LOOK_THEN_STORE
        if
        :: listed_by == 0 -> listed_by = me
        :: listed_by != 0 -> mine = 0
        fi;
#endif
#if !defined(LOOK_THEN_STORE) && !defined(BELIEVE_THE_WORD)
        atomic {
          if
          :: listed_by == 0 -> listed_by = me
          :: else -> mine = 0
          fi
        };
#endif
        if
        :: mine ->
           on_list[me] = 1;
           assert(on_list[1] + on_list[2] < 2);
           // U1
           on_list[me] = 0;
           listed_by = 0
        :: else
        fi;
        atomic {  // whoever the word names stays there, unless it is this thread
          if
          :: word == me -> word = 0
          :: else
          fi
        }
     :: else
     fi
  od
}

init {
  atomic { run thread(1); run thread(2) }
}
