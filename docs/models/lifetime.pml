// SPDX-License-Identifier: Apache-2.0
//
// The lifetime of one name in the local scope: docs/lifetime.md as a Spin model. The labels are the numbers of that page; each
// labelled step is one system call, and between any two steps a process may be killed. README.md says what is checked and how
// the configurations and the broken twins below are run.
//
// Configurations:  N=2|3|4 processes   PERMANENT  permanent objects, remove, remove with force   FORK  shared descriptions
//                  COARSE              a step whose effect nobody can see before the next one is one with that next step
// Broken twins:    NAIVE_FLOCK         flock alone, no mark                              (see lifetime-broken.pml)
//                  UPGRADE_TO_CLOSE    the last closer is found by upgrading its own lock (with FORK)
//                  MARK_FIRST          the mark is taken before the open is decided
//                  LEAVE_SILENTLY      who opened a file and leaves without a handle does not sweep
//                  STICKY_FIRST        the permanent bit is set before the object is complete (with PERMANENT)
//                  REMOVE_ONCE         remove gives up at the first refusal              (with PERMANENT)
//                  FORCE_UNLOCKED      force unlinks without the hold                    (with PERMANENT)

#ifndef N
#define N 3
#endif
#define NONE 15
#define INODES (N + 1)  // every process has at most one file open, and the name leads to one more

// What the kernel knows. A description is one open file description; its index is the process that opened it, unless FORK.
byte name = NONE;      // the directory entry: the inode the name leads to
bit sticky[INODES];    // S_ISVTX: permanent
bit complete[INODES];  // the header has been written
byte file[N] = NONE;   // description -> inode
byte flocked[N];       // description -> none, shared (the hold) or exclusive (the sweep lock)
bit mark[N];           // description -> open-file-description lock on byte 0
#define SHARED 1
#define EXCLUSIVE 2

#ifdef FORK
byte references[N];    // processes that share the description
chan forks = [0] of { byte };
#else
#define d me
#endif

// What only the proof knows.
bit holder[N];         // this description is a handle, or belongs to an open that found the object alive (O3) and will take one
bit absent[N];         // during the call that this process is in, there was a moment when nothing lived under the name
byte working;          // processes that are in a call, hold something, or are dying
#ifdef PERMANENT
byte directory = NONE; // who has D, the lock of the directory
#endif
bit garbage;           // since the last call began somebody was killed, or (PERMANENT) was told "busy": a file may be left

#define on(e, i) (file[e] == (i))
#define stops_shared(e, d) ((e) != (d) && on(e, file[d]) && flocked[e] == EXCLUSIVE)
#define stops_exclusive(e, d) ((e) != (d) && on(e, file[d]) && flocked[e] != 0)
#define marked(e, d) ((e) != (d) && on(e, file[d]) && mark[e])
#define holds(e, i) (on(e, i) && holder[e])
#if N == 2
#define any1(p, x) (p(0, x) || p(1, x))
#elif N == 3
#define any1(p, x) (p(0, x) || p(1, x) || p(2, x))
#else
#define any1(p, x) (p(0, x) || p(1, x) || p(2, x) || p(3, x))
#endif
#define may_share(d) (!any1(stops_shared, d))
#define may_exclude(d) (!any1(stops_exclusive, d))
#define marked_by_others(d) any1(marked, d)
#define permanent(i) (sticky[i] && complete[i])
#define lives(i) (any1(holds, i) || permanent(i))
#define name_lives (name != NONE && lives(name))

// Called in the same step as whatever may end a life: all calls under way have seen that nothing lives.
inline moment_of_absence()
{
  if
  :: !name_lives ->
    absent[0] = 1; absent[1] = 1;
#if N > 2
    absent[2] = 1;
#endif
#if N > 3
    absent[3] = 1;
#endif
  :: else
  fi
}

inline begin_call()
{
  working++;
  absent[me] = !name_lives
}

// The call has its answer, or has become a close: forget what it wanted.
inline forget()
{
  wants_handle = 0; asking = 0; creating = 0; removing = 0; wants_permanent = 0; forcing = 0; absent[me] = 1
}

// P4: everybody is idle and holds nothing. Unless somebody was killed after the last call began, no file may be left.
inline end_call()
{
#ifdef PERMANENT
  if
  :: directory == me -> directory = NONE
  :: else
  fi;
#endif
  forget();
  working--;
  if
  :: working == 0 && (name == NONE || permanent(name)) -> garbage = 0
  :: working == 0 && name != NONE && !permanent(name) -> assert(garbage)
  :: else
  fi;
  goto idle
}

// P5: "not found" needs a moment in this call when nothing lived.
inline not_found()
{
  assert(absent[me]);
  end_call()
}

// Refused: pause and start again, or (patience has ended) say "busy". A closer whose sweep was refused is done.
inline again()
{
  if
  :: creating -> goto C1
  :: wants_handle || asking || removing -> goto O1
  :: true ->
#ifdef PERMANENT
    garbage = garbage || wants_handle || asking || creating || removing;  // "busy"
#endif
    end_call()
  fi
}

#ifdef FORK
inline open_description(i)
{
  d = 0;
  do
  :: references[d] == 0 -> break
  :: else -> d++
  od;
  references[d] = 1;
  file[d] = i
}
#define last_reference(d) (references[d] == 1)
#else
#define open_description(i) file[d] = i
#define last_reference(d) true
#endif

// Closing a description drops its mark first and its flock after that (as the kernel's __fput does), and others may run in
// between: drop_mark() and close_description() are two steps wherever there is a mark.
inline drop_mark()
{
  mark[d] = 0;
  if
  :: holder[d] -> holder[d] = 0; moment_of_absence()
  :: else
  fi
}

inline close_description()
{
  flocked[d] = 0;
  j = file[d];
  file[d] = NONE;
  if
  :: j != name && !any1(on, j) -> sticky[j] = 0; complete[j] = 0  // the inode is gone: its number may be used again
  :: else
  fi;
  j = 0;
#ifdef FORK
  references[d] = 0;
  d = 0
#endif
}

inline create_file()
{
  j = 0;
  do
  :: name == j || any1(on, j) -> j++
  :: else -> break
  od;
  name = j;
  open_description(j);
  j = 0
}

// P1: whoever finds the object alive finds it so while it lives. (A file that has lost its name is refused by O4.)
inline found_alive()
{
  assert(file[d] != name || lives(file[d]));
  holder[d] = wants_handle && file[d] == name
}

inline killed()
{
#ifdef FORK
  if
  :: !last_reference(d) -> references[d]--; d = 0; garbage = 1; end_call()
  :: else
  fi;
#endif
  forget();
  if
  :: mark[d] -> drop_mark(); goto dying
  :: !mark[d] -> drop_mark(); close_description(); garbage = 1; end_call()
  fi
}

#define OR_KILLED :: atomic { true -> killed() }
#define NEXT } OR_KILLED fi; if :: atomic { true ->
#ifdef COARSE
#define AND ;             // one step
#define OR_KILLED_UNLOCKED
#else
#define AND NEXT
#define OR_KILLED_UNLOCKED OR_KILLED
#endif

proctype process(byte me)
{
#ifdef FORK
  byte d;             // the description it has open
#endif
  byte j;
  bit wants_handle;   // this open will take a handle
  bit asking;         // this one only looks (stat, list), or will be refused by O4 (an object of another kind)
  bit creating, wants_permanent, removing, forcing;

idle:
  if
  :: atomic { true -> begin_call(); garbage = 0; wants_handle = 1; goto O1 }                  // open
  :: atomic { true -> begin_call(); garbage = 0; asking = 1; goto O1 }                        // stat, list, open as another kind
  :: atomic { true -> begin_call(); garbage = 0; creating = 1; goto C1 }                      // create
#ifdef PERMANENT
  :: atomic { true -> begin_call(); garbage = 0; creating = 1; wants_permanent = 1; goto C1 } // create, permanent
  :: atomic { true -> begin_call(); garbage = 0; removing = 1; goto O1 }                      // remove
  :: atomic { true -> begin_call(); removing = 1; forcing = 1; goto R0 }         // remove with force
#endif
#ifdef FORK
  :: atomic { forks ? d -> working++; references[d]++; goto held }               // being born of a holder
#endif
  fi;

  // ---- Open ---------------------------------------------------------------------------------------------------------------
#ifdef PERMANENT
R0:  // force: one at a time
  if
  :: atomic { forcing && directory == NONE -> directory = me }
  :: atomic { forcing && directory != NONE -> end_call() }
  :: !forcing
  fi;
#endif
O1:
  atomic {
    if
    :: name == NONE && creating -> goto C1
    :: name == NONE && !creating -> not_found()
    :: else -> open_description(name)
    fi
  };
#ifdef PERMANENT
R1:  // remove: permanent no longer; from here on it finds out like an open whether somebody holds it
  if
  :: removing -> if :: atomic { true -> sticky[file[d]] = 0; moment_of_absence() } OR_KILLED fi
  :: else
  fi;
#ifdef FORCE_UNLOCKED
  if
  :: forcing -> goto R2
  :: else
  fi;
#endif
#ifdef REMOVE_ONCE
  if
  :: removing && !forcing -> removing = 0; goto S1
  :: else
  fi;
#endif
#endif

#ifdef NAIVE_FLOCK
O2:  // "somebody has a lock on it, so somebody lives"
  if
  :: atomic { may_exclude(d) -> flocked[d] = EXCLUSIVE; goto S2 }
  :: atomic { !may_exclude(d) -> holder[d] = wants_handle && lives(file[d]) }
  OR_KILLED_UNLOCKED
  fi;
O3:
  if
  :: atomic { may_share(d) -> flocked[d] = SHARED }
  :: atomic { !may_share(d) -> drop_mark(); close_description(); again() }
  OR_KILLED_UNLOCKED
  fi;
O4:
  if
  :: atomic { file[d] != name -> drop_mark(); close_description(); again() }
  :: atomic { file[d] == name && !wants_handle -> forget(); goto X1_hold }
  :: atomic { file[d] == name && wants_handle -> assert(holder[d]); forget(); goto held }  // P1
  OR_KILLED
  fi;
#else
O2:
  if
  :: atomic { !may_share(d) -> close_description(); again() }
  :: atomic { may_share(d) -> flocked[d] = SHARED }
  OR_KILLED_UNLOCKED
  fi;
#ifdef PERMANENT
  if
  :: forcing -> goto R2
  :: else
  fi;
#endif
O3:
  if
  :: atomic { marked_by_others(d) -> found_alive(); goto O3_alive }
#ifdef PERMANENT
  :: atomic { !marked_by_others(d) -> goto O3_permanent }
#else
  :: atomic { !marked_by_others(d) -> skip AND flocked[d] = 0; goto S1 }
#endif
  OR_KILLED
  fi;
#ifdef PERMANENT
O3_permanent:  // a second question to the kernel, so a second step
  if
  :: atomic { sticky[file[d]] -> found_alive(); goto O3_alive }
  :: atomic { !sticky[file[d]] -> skip AND flocked[d] = 0; goto S1 }
  OR_KILLED
  fi;
#endif
O3_alive:
#ifdef MARK_FIRST
  if
  :: atomic { true -> mark[d] = 1 }
  OR_KILLED
  fi;
#endif
O4:
  if
  :: atomic { file[d] != name -> drop_mark(); close_description(); again() }
  :: atomic { file[d] == name && !wants_handle ->  // "exists", "another kind", "held until its last handle", what stat wanted
       assert(complete[file[d]]);
       forget();
#ifdef LEAVE_SILENTLY
       drop_mark(); close_description(); end_call()
#else
       if
       :: mark[d] -> drop_mark()
       :: else
       fi;
       goto X1_hold
#endif
     }
  :: atomic { file[d] == name && wants_handle -> assert(complete[file[d]]) AND
O5:    mark[d] = 1; forget() }
  OR_KILLED
  fi;
#endif

held:
  if
#ifdef UPGRADE_TO_CLOSE
  :: atomic { may_exclude(d) -> flocked[d] = EXCLUSIVE; goto S2 }
  :: atomic { !may_exclude(d) -> flocked[d] = 0; goto X1 }  // a refused upgrade drops the lock one had
#else
  :: goto X1
#endif
#ifdef FORK
  :: forks ! d -> goto held
#endif
  OR_KILLED
  fi;

  // ---- Close --------------------------------------------------------------------------------------------------------------
X1:
  if
#ifdef FORK
  :: atomic { !last_reference(d) -> references[d]--; d = 0; goto X2 }
#endif
  :: atomic { last_reference(d) -> drop_mark() }
  OR_KILLED_UNLOCKED
  fi;
X1_hold:
  if
  :: atomic { true -> close_description() }
  OR_KILLED
  fi;
X2:
  atomic {
    if
    :: name == NONE -> end_call()
    :: else -> open_description(name)
    fi
  };

  // ---- Sweep --------------------------------------------------------------------------------------------------------------
S1:
  if
  :: atomic { !may_exclude(d) -> close_description(); again() }
  :: atomic { may_exclude(d) -> flocked[d] = EXCLUSIVE AND
S2:    if
       :: file[d] != name -> close_description(); again()
       :: file[d] == name && sticky[file[d]] -> goto S2_stays
       :: else
       fi }
  OR_KILLED_UNLOCKED
  fi;
S3:
  if
  :: atomic { true -> assert(name == file[d] && !lives(file[d])); name = NONE AND  // P3
       close_description();
       if
       :: creating -> goto C1
       :: wants_handle || asking || removing -> not_found()
       :: else -> end_call()
       fi }
  OR_KILLED
  fi;

S2_stays:
  if
  :: atomic { true -> close_description(); again() }
  OR_KILLED
  fi;

  // ---- Create -------------------------------------------------------------------------------------------------------------
C1:
  atomic {
    if
    :: name != NONE -> goto O1
    :: else -> create_file()
    fi
  };
C2:
  if
  :: atomic { !may_exclude(d) -> goto C2 }
  :: atomic { !may_exclude(d) -> forget(); goto X1_hold }  // patience has ended
  :: atomic { may_exclude(d) -> flocked[d] = EXCLUSIVE AND
C3:    if
       :: file[d] != name -> close_description(); again()
       :: else
       fi }
  OR_KILLED_UNLOCKED
  fi;
#ifdef STICKY_FIRST
  if
  :: atomic { true -> sticky[file[d]] = wants_permanent }
  OR_KILLED
  fi;
#endif
C4:
  if
  :: atomic { true -> forget(); goto S3 }  // no space: the file goes while the sweep lock is still there
  :: atomic { true -> complete[file[d]] = 1
#ifdef PERMANENT
       NEXT
C4_permanent:  // the sticky bit comes last: from here on the object exists, even if its creator is killed
       if
       :: wants_permanent -> assert(name == file[d] && (!name_lives || sticky[name])); sticky[file[d]] = 1
       :: else
       fi
       NEXT
#else
       AND
#endif
C5:    mark[d] = 1 AND
C6:    // P2: the name leads to the new file, so nothing else lives under it.
       assert(name == file[d] && (!name_lives || sticky[name]));
       flocked[d] = SHARED; holder[d] = 1; forget(); goto held }
  OR_KILLED
  fi;

#ifdef PERMANENT
  // ---- Remove with force --------------------------------------------------------------------------------------------------
  // The hold keeps every sweeper away and D every other force, so the name still leads to the file that was looked at.
R2:
  if
  :: atomic { file[d] != name -> close_description(); again() }
  :: atomic { file[d] == name -> skip }
  OR_KILLED
  fi;
R3:
  if
  :: atomic { true ->
#ifndef FORCE_UNLOCKED
       assert(name == file[d]);
#endif
       name = NONE; moment_of_absence(); close_description(); end_call() }
  OR_KILLED
  fi;
#endif

dying:
  atomic { close_description(); garbage = 1; end_call() }
}

init {
  atomic {
    absent[0] = 1; absent[1] = 1; run process(0); run process(1);
#if N > 2
    absent[2] = 1; run process(2);
#endif
#if N > 3
    absent[3] = 1; run process(3);
#endif
  }
}
