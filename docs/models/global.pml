// SPDX-License-Identifier: Apache-2.0
//
// One name in the global scope: two users, slots 0 to 2, and D, the lock of the directory (docs/lifetime.md). What happens
// to one file is checked by lifetime.pml; here a step that nobody can observe is one with the step after it. README.md says
// what is checked.
//
// Processes 0 and 2 run as one user, process 1 as another; process 2 only opens
// (and where it runs, process 0 only creates).
//
// Configurations:  N=2|3 processes   SLOTS=2|3   ALL_WIDE|ALL_NARROW  every file, or none, may be opened by the other user
//
//                  CLEANER  somebody else deletes a stale file of slot 0 (a cleaner of /dev/shm, logind's RemoveIPC)
//                  OPEN_ALL  an open goes through all slots, also behind a free one
//
// Broken twins:    SWEEP_WITHOUT_D    a sweeper does not take D
//                  NO_LATER_CHECK     a sweeper does not look at the later slots
//                  CREATE_WITHOUT_D   a creator does not take D
//                  OPEN_BY_MARK, CREATE_BY_MARK
//                                     an opener, or a creator and a sweeper, takes a file for stale that somebody visits
//                  LOWEST_ONLY        a creator removes only the stale file in whose slot it goes
//                  FIRST_GAP          a creator stops looking at the first free slot (with CLEANER)
//                  CLEANER without OPEN_ALL

#ifndef N
#define N 3
#endif
#ifndef SLOTS
#define SLOTS 3
#endif
#define NONE 15
#define INODES (N + 3)  // three slots, and every process may have a file open that has lost its name
#define SHARED 1
#define EXCLUSIVE 2

byte slot[3] = NONE;     // the directory: slot -> inode
bit owner[INODES];       // the user who created it
bit wide[INODES];        // the other user may open it
byte directory = NONE;   // the process that has D
byte file[N] = NONE;     // the inode a process has open, with its locks
byte flocked[N];
bit mark[N];

bit holder[N];           // a handle, or an open that found the object alive (O3) and will take one
bit absent[N];           // during the call that this process is in, there was a moment when nothing lived under the name

#define user(p) ((p) == 1)
#define on(e, i) (file[e] == (i))
#define stops_shared(e, i) ((e) != me && on(e, i) && flocked[e] == EXCLUSIVE)
#define stops_exclusive(e, i) ((e) != me && on(e, i) && flocked[e] != 0)
#define marked(e, i) ((e) != me && on(e, i) && mark[e])
#define holds(e, i) (on(e, i) && holder[e])
#define opened(e, i) on(e, i)
#if N == 2
#define any(p, i) (p(0, i) || p(1, i))
#else
#define any(p, i) (p(0, i) || p(1, i) || p(2, i))
#endif
#define lives(i) any(holds, i)
#define slot_lives(k) (slot[k] != NONE && lives(slot[k]))
#define name_lives (slot_lives(0) || slot_lives(1) || slot_lives(2))
#define linked(i) (slot[0] == (i) || slot[1] == (i) || slot[2] == (i))
#define may_open(i) (owner[i] == user(me) || wide[i])
#define may_remove(i) (owner[i] == user(me))

// The answer about a slot's file that holds from now on: nobody has a lock on it, so nobody can come to mark it. Where the file may be
// opened it is a sweep lock that is taken and given back, else /proc/locks.
#define stale(i) (!any(marked, i) && !any(stops_exclusive, i))
#define without_mark(i) (!any(marked, i) && !any(stops_shared, i))
#ifdef OPEN_BY_MARK
#define stale_for_open(i) without_mark(i)
#else
#define stale_for_open(i) stale(i)
#endif
#ifdef CREATE_BY_MARK
#define stale_for_others(i) without_mark(i)
#else
#define stale_for_others(i) stale(i)
#endif

inline moment_of_absence()
{
  if
  :: !name_lives -> absent[0] = 1; absent[1] = 1;
#if N > 2
    absent[2] = 1
#endif
  :: else
  fi
}

inline drop_mark()
{
  mark[me] = 0;
  if
  :: holder[me] -> holder[me] = 0; moment_of_absence()
  :: else
  fi
}

inline close_file()
{
  flocked[me] = 0;
  i = file[me];
  file[me] = NONE;
  if
  :: i != NONE && !linked(i) && !any(opened, i) -> owner[i] = 0; wide[i] = 0
  :: else
  fi;
  i = 0
}

inline give_d_back()
{
  if
  :: directory == me -> directory = NONE
  :: else
  fi
}

inline forget()
{
  creating = 0; opening = 0; k = 0; chosen = NONE; absent[me] = 1
}

inline end_call()
{
  give_d_back(); forget(); goto idle
}

// Refused: pause and start again from slot 0, or (patience has ended) say "busy". A closer is done.
inline again()
{
  give_d_back();
  k = 0; chosen = NONE;
  if
  :: creating -> goto D_take
  :: opening -> goto O1
  :: true -> end_call()
  fi
}

inline killed()
{
  if
  :: mark[me] -> drop_mark(); forget(); goto dying
  :: else -> drop_mark(); close_file(); end_call()
  fi
}

// The invariant of the slots: below a living object every slot has a file.
#ifdef CLEANER
#define no_gap_below() skip
#define no_gap_below_others() skip
#else
#define no_gap_below() assert((k < 1 || slot[0] != NONE) && (k < 2 || slot[1] != NONE))
#define no_gap_below_others() assert((k >= 1 || !slot_lives(1)) && (k >= 2 || !slot_lives(2)))
#endif

#define OR_KILLED :: atomic { true -> killed() }

#if N > 2
#define may_call_open (me != 0)  // keeps the search small: process 0 only creates, process 2 only opens
#else
#define may_call_open true
#endif

proctype process(byte me)
{
  byte i;                // scratch
  byte k;                // the slot this process is at
  byte later;            // the later slot that a sweeper looks at
  byte chosen = NONE;    // the slot that a creator is going to take: the lowest free one
  bit creating, opening;

idle:
  if
  :: atomic { may_call_open -> opening = 1; absent[me] = !name_lives; goto O1 }
  :: atomic { me != 2 -> creating = 1; absent[me] = !name_lives; goto D_take }
#ifdef CLEANER
  :: atomic { slot[0] != NONE && owner[slot[0]] == 1 && stale(slot[0]) -> slot[0] = NONE; goto idle }
#endif
  fi;

  // ---- Open: through the slots from 0 -------------------------------------------------------------------------------------
O1:
  atomic {
    if
#ifdef OPEN_ALL
    :: k < SLOTS && slot[k] == NONE -> k++; goto O1
    :: k == SLOTS -> assert(absent[me]); end_call()   // not found
#else
    :: k == SLOTS || slot[k] == NONE -> assert(absent[me]); end_call()   // not found
#endif
    :: k < SLOTS && slot[k] != NONE ->
       if
       :: may_open(slot[k]) -> file[me] = slot[k]
       :: !may_open(slot[k]) && any(marked, slot[k]) -> assert(lives(slot[k])); end_call()  // permission denied
       :: !may_open(slot[k]) && stale_for_open(slot[k]) -> k++; goto O1
       :: !may_open(slot[k]) && !any(marked, slot[k]) && !stale_for_open(slot[k]) -> again()
       fi
    fi
  };
O2:
  if
  :: atomic { any(stops_shared, file[me]) -> close_file(); again() }
  :: atomic { !any(stops_shared, file[me]) -> flocked[me] = SHARED }
  fi;
O3:
  if
  :: atomic { any(marked, file[me]) ->
       assert(slot[k] != file[me] || lives(file[me]));
       holder[me] = (slot[k] == file[me]) }
  :: atomic { !any(marked, file[me]) -> flocked[me] = 0; goto S1 }
  OR_KILLED
  fi;
O4:
  if
  :: atomic { slot[k] != file[me] -> close_file(); again() }
  :: atomic { slot[k] == file[me] ->
O5:    mark[me] = 1; i = k; forget(); k = i; i = 0; goto held }
  OR_KILLED
  fi;

S1:  // an opener found no mark: is it stale for good, and may this user remove it?
  atomic {
    if
    :: !stale_for_open(file[me]) || slot[k] != file[me] -> close_file(); again()
    :: stale_for_open(file[me]) && slot[k] == file[me] && !may_remove(file[me]) -> close_file(); k++; goto O1
    :: stale_for_open(file[me]) && slot[k] == file[me] && may_remove(file[me]) -> close_file(); goto D_take
    fi
  };

held:
  if
  :: true
  OR_KILLED
  fi;

  // ---- Close --------------------------------------------------------------------------------------------------------------
X1:
  atomic { drop_mark() };
X1_hold:
  if
  :: atomic { true -> close_file() }
  OR_KILLED
  fi;

  // ---- Whatever changes slots: under D ------------------------------------------------------------------------------------
D_take:
#ifdef SWEEP_WITHOUT_D
  if
  :: !creating -> goto X2
  :: else
  fi;
#endif
#ifdef CREATE_WITHOUT_D
  if
  :: creating -> goto C0
  :: else
  fi;
#endif
  if
  :: atomic { directory == NONE -> directory = me }
  :: atomic { directory != NONE && opening -> k++; goto O1 }  // not worth waiting for: the file stays
  :: atomic { directory != NONE && !opening -> end_call() }   // patience has ended
  fi;
  if
  :: creating -> goto C0
  :: else
  fi;

X2:
  atomic {
    if
    :: slot[k] == NONE -> again()
    :: slot[k] != NONE && !may_open(slot[k]) -> again()
    :: slot[k] != NONE && may_open(slot[k]) -> file[me] = slot[k]
    fi
  };
S1_again:
  if
  :: atomic { any(stops_exclusive, file[me]) -> close_file(); again() }
  :: atomic { !any(stops_exclusive, file[me]) -> flocked[me] = EXCLUSIVE; later = k + 1;
S2:    if
       :: slot[k] != file[me] -> close_file(); later = 0; again()
       :: slot[k] == file[me] && !may_remove(file[me]) -> later = 0; goto stays
       :: else
       fi }
  fi;
S2_later:
#ifndef NO_LATER_CHECK
  if
  :: atomic { later < SLOTS && slot[later] != NONE && !stale_for_others(slot[later]) -> later = 0; goto stays }
  :: atomic { later < SLOTS && slot[later] != NONE && stale_for_others(slot[later]) -> later++; goto S2_later }
#ifdef OPEN_ALL
  :: atomic { later < SLOTS && slot[later] == NONE -> later++; goto S2_later }
  :: atomic { later == SLOTS -> later = 0 }
#else
  :: atomic { later == SLOTS || slot[later] == NONE -> later = 0 }
#endif
  OR_KILLED
  fi;
#else
  atomic { later = 0 };
#endif
S3:
  if
  :: atomic { true ->
       assert(slot[k] == file[me] && !lives(file[me]));                      // no live object is removed
       no_gap_below_others();
       slot[k] = NONE; close_file();
       if
       :: creating -> goto C0_own
       :: opening -> give_d_back(); k++; goto O1
       :: else -> end_call()
       fi }
  OR_KILLED
  fi;
stays:
  if
  :: atomic { true -> close_file();
       if
       :: opening -> give_d_back(); k++; goto O1
       :: else -> again()
       fi }
  OR_KILLED
  fi;

  // ---- Create: all slots, then the lowest that can be had -----------------------------------------------------------------
C0:
  atomic {
    if
    :: k == SLOTS -> k = 0; goto C0_own
#ifdef FIRST_GAP
    :: k < SLOTS && slot[k] == NONE -> k = 0; goto C0_own
#else
    :: k < SLOTS && slot[k] == NONE -> k++; goto C0
#endif
    :: k < SLOTS && slot[k] != NONE ->
       if
       :: any(marked, slot[k]) -> assert(lives(slot[k])); end_call()  // exists
       :: !any(marked, slot[k]) && !stale_for_others(slot[k]) -> again()
       :: !any(marked, slot[k]) && stale_for_others(slot[k]) -> k++; goto C0
       fi
    fi
  };
C0_own:  // nothing lives: all stale files of this user go, so that a user never has more than one
  atomic {
    if
    :: k < SLOTS && slot[k] == NONE -> if :: chosen == NONE -> chosen = k :: else fi; k++; goto C0_own
#ifdef LOWEST_ONLY
    :: k < SLOTS && slot[k] != NONE && chosen == NONE && may_remove(slot[k]) -> goto X2
    :: k < SLOTS && slot[k] != NONE && (chosen != NONE || !may_remove(slot[k])) -> k++; goto C0_own
#else
    :: k < SLOTS && slot[k] != NONE && may_remove(slot[k]) -> goto X2
    :: k < SLOTS && slot[k] != NONE && !may_remove(slot[k]) -> k++; goto C0_own
#endif
    :: k == SLOTS ->
       assert(chosen != NONE);  // a stranger's stale files never block the name
       k = chosen; chosen = NONE
    fi
  };
C1:
  atomic {
    if
    :: slot[k] != NONE -> again()
    :: else ->
       i = 0;
       do
       :: linked(i) || any(opened, i) -> i++
       :: else -> break
       od;
       slot[k] = i; file[me] = i; owner[i] = user(me);
#if defined(ALL_WIDE)
       wide[i] = 1;
#elif !defined(ALL_NARROW)
       if
       :: wide[i] = 1
       :: wide[i] = 0
       fi;
#endif
       i = 0
    fi
  };
C2:
  if
  :: atomic { any(stops_exclusive, file[me]) -> goto C2 }
  :: atomic { any(stops_exclusive, file[me]) -> close_file(); end_call() }
  :: atomic { !any(stops_exclusive, file[me]) -> flocked[me] = EXCLUSIVE;
C3:    if
       :: slot[k] != file[me] -> close_file(); again()
       :: else -> give_d_back()
       fi }
  OR_KILLED
  fi;
C4:
  if
#if N == 2
  :: atomic { true -> slot[k] = NONE; close_file(); end_call() }  // no space
#endif
  :: atomic { true ->
C5:    mark[me] = 1;
C6:    assert(slot[k] == file[me] && !name_lives);                                        // at most one lives
       no_gap_below();
       flocked[me] = SHARED; holder[me] = 1; i = k; forget(); k = i; i = 0; goto held }
  OR_KILLED
  fi;

dying:
  atomic { close_file(); end_call() }
}

init {
  atomic {
    absent[0] = 1; absent[1] = 1; run process(0); run process(1);
#if N > 2
    absent[2] = 1; run process(2);
#endif
  }
}
