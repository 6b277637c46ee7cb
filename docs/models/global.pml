// SPDX-License-Identifier: Apache-2.0
//
// One name in the global scope: two users, slots 0 to 3, D, the lock of the directory, which a creator takes, and the evidence
// of slots that are not looked at directly (docs/lifetime.md). Nothing is said about the order of slots: a file in any of them
// comes and goes by itself. What happens to one file is checked by lifetime.pml; here a step that nobody can observe is one with
// the step after it. README.md says what is checked.
//
// Processes 0 and 2 run as one user, process 1 as another; process 2 only opens (and where it runs, process 0 only creates).
//
// Configurations:  N=2|3 processes   SLOTS=2|3|4   ALL_WIDE|ALL_NARROW  every file, or none, may be opened by the other user
//
//                  DIRECT=1|2  so many slots are looked at directly; a file in those behind lives with a mark and evidence only
//                  FALSE_EVIDENCE  a stranger gives evidence of all of those, and takes it back, whenever he likes
//                  THREE_USERS  with N=3: every process is a user of its own, all create, process 0 also opens
//                  CLEANER  somebody else deletes stale files, also visited ones (a cleaner of /dev/shm, logind's RemoveIPC)
//                  FORCE    remove with force; process 1 is root
//                  PERMANENT  (without DIRECT) a creator may set the sticky bit before it takes its mark; remove clears it.
//                           Whoever may not open a file looks at the bit, at the locks, and at the bit again, and all may
//                           change in between
//                  TURNED_AWAY  an open may be for nothing: another kind, another type, a file that it may not have
//                  RENAME   with N=3 and THREE_USERS: process 0 renames its own stale files out of the directory whenever it
//                           likes, process 1 is root and only opens (and so sweeps), process 2 creates as another user
//
// Broken twins:    OPEN_FIRST_GAP     an open stops at the first free slot
//                  CREATE_FIRST_GAP   a creator does
//                  CREATE_WITHOUT_D   a creator does not take D
//                  OPEN_BY_MARK, CREATE_BY_MARK
//                                     an opener, or a creator, takes a file for stale that somebody visits
//                  LOWEST_ONLY        a creator removes stale files only until it has a free slot
//                  FORCE_WITHOUT_D    force does not take D
//                  GAP_WITHOUT_EVIDENCE
//                                     a creator that has a direct slot does not ask for evidence of the others
//                  MARK_ALONE         an opener believes a mark behind the direct slots without evidence
//                  OPEN_WITHOUT_D     an opener looks behind the direct slots without D
//                  EVIDENCE_LATE      an opener gives evidence after it has decided
//                  CLAIM_WITHOUT_EVIDENCE
//                                     a creator gives D back before it gives evidence
//                  MARK_FIRST         with TURNED_AWAY: the mark is taken before the open is decided
//                  SWEEP_WITHOUT_D    with RENAME: root removes a stranger's file by its name alone
//                  SWEEP_UNCHECKED    with RENAME: root takes D, and does not look at the name again
//                  STICKY_ONCE        with PERMANENT: a creator does not look at the bit again after the locks
//                  CLEANER_IN_SWEEP   the cleaner also deletes a file between S2 and S3 of a sweeper: a limit of the protocol

#ifndef N
#define N 3
#endif
#ifndef SLOTS
#define SLOTS 3
#endif
#define NONE 15
#ifndef DIRECT
#define DIRECT SLOTS    // every slot is
#endif
#ifdef PERMANENT
#define INODES (2 * N + 4)  // and every process may remember one that it has looked at
#else
#define INODES (N + 4)  // four slots, and every process may have a file open that has lost its name
#endif
#define SHARED 1
#define EXCLUSIVE 2

byte slot[4] = NONE;     // the directory: slot -> inode
byte owner[INODES];      // the user who created it
bit wide[INODES];        // the other user may open it
byte directory = NONE;   // the process that has D
byte file[N] = NONE;     // the inode a process has open, with its locks
byte flocked[N];
bit mark[N];
#if DIRECT < SLOTS
byte evidence[N] = NONE; // the slot of which a process gives evidence
bit born[INODES];        // it lived behind the direct slots,
bit dead[INODES];        // and was without mark or evidence since then
#endif
#ifdef FALSE_EVIDENCE
bit untrue;
#endif

#ifdef PERMANENT
bit sticky[INODES];
byte seen[N] = NONE;     // the inode that a process looked at without opening it
#define is_sticky(i) sticky[i]
#define looked(e, i) (seen[e] == (i))
#else
#define is_sticky(i) false
#endif

bit holder[N];           // a handle, or an open that found the object alive (O3) and will take one
#if defined(CLEANER_IN_SWEEP) || defined(RENAME)
bit makes[N];            // from C2 to C6
#define set_makes(yes) makes[me] = yes
#else
#define set_makes(yes) skip
#endif
bit absent[N];           // during the call that this process is in, there was a moment when nothing lived under the name

#ifdef THREE_USERS
#define user(p) (p)
#else
#define user(p) ((p) == 1)
#endif
#define on(e, i) (file[e] == (i))
#define stops_shared(e, i) ((e) != me && on(e, i) && flocked[e] == EXCLUSIVE)
#define stops_exclusive(e, i) ((e) != me && on(e, i) && flocked[e] != 0)
#define marked(e, i) ((e) != me && on(e, i) && mark[e])
#define holds(e, i) (on(e, i) && holder[e])
#define opened(e, i) on(e, i)
#define swept(e, i) (on(e, i) && flocked[e] == EXCLUSIVE)
#if N == 2
#define any(p, i) (p(0, i) || p(1, i))
#else
#define any(p, i) (p(0, i) || p(1, i) || p(2, i))
#endif
#if DIRECT == SLOTS
#define evident(k) true
#define asked_for(k) true
#define nothing_beyond true
#define give_evidence(of) skip
#define take_evidence_back skip
#define known_dead false
#elif defined(FALSE_EVIDENCE)
// What lives is what a process has that is not dying: a stranger cannot make anything live.
#define evident(k) true
#define asked_for(k) ((k) < DIRECT || untrue || any(evidenced, k))
#define nothing_beyond (!untrue && !any(evidences, 0))
#else
#define gives(e, k) (evidence[e] == (k))
#define evident(k) ((k) < DIRECT || any(gives, k))
#define asked_for(k) ((k) < DIRECT || any(evidenced, k))
#define nothing_beyond (!any(evidences, 0))
#endif
#if DIRECT < SLOTS
#define evidenced(e, k) ((e) != me && evidence[e] == (k))
#define evidences(e, unused) ((e) != me && evidence[e] != NONE)
#define give_evidence(of) evidence[me] = of
#define take_evidence_back evidence[me] = NONE
#define known_dead (k >= DIRECT && !asked_for(k))
#endif
#define slot_lives(k) (slot[k] != NONE && (any(holds, slot[k]) || is_sticky(slot[k])) && evident(k))
#define name_lives (slot_lives(0) || slot_lives(1) || slot_lives(2) || slot_lives(3))
#define linked(i) (slot[0] == (i) || slot[1] == (i) || slot[2] == (i) || slot[3] == (i))
#ifdef FALSE_EVIDENCE
#define truly(what) true
#else
#define truly(what) (what)
#endif
#if defined(FORCE) || defined(RENAME)
#define root (me == 1)
#else
#define root false
#endif
#define may_open(i) (owner[i] == user(me) || wide[i] || root)
#define may_remove(i) (owner[i] == user(me) || root)

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
#define stale_for_create(i) without_mark(i)
#else
#define stale_for_create(i) stale(i)
#endif

inline moment_of_absence()
{
  if
  :: !name_lives -> absent[0] = 1; absent[1] = 1;
#if N > 2
    absent[2] = 1
#endif
  :: else
  fi;
#if DIRECT < SLOTS && !defined(FALSE_EVIDENCE)
  bury(1); bury(2); bury(3)
#endif
}

#if DIRECT < SLOTS
inline bury(j)
{
  if
  :: j >= DIRECT && slot[j] != NONE && born[slot[j]] && !slot_lives(j) -> dead[slot[j]] = 1
  :: else
  fi
}
#define not_born(j) born[j] = 0; dead[j] = 0
#define is_born(j) born[j] = 1
#define is_dead(j) dead[j]
#else
#define not_born(j) skip
#define is_born(j) skip
#define is_dead(j) false
#endif

inline free_if_unused(j)
{
  if
  :: !linked(j) && !any(opened, j) -> owner[j] = 0; wide[j] = 0; not_born(j);
#ifdef PERMANENT
     sticky[j] = 0
#endif
  :: else
  fi
}

inline drop_evidence()
{
#if DIRECT < SLOTS
  if
  :: evidence[me] != NONE -> evidence[me] = NONE;
#ifdef FALSE_EVIDENCE
    skip
#else
    moment_of_absence()
#endif
  :: else
  fi
#else
  skip
#endif
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
  flocked[me] = 0; set_makes(0);
  i = file[me];
  file[me] = NONE;
  if
  :: i != NONE -> free_if_unused(i)
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
#ifdef PERMANENT
  seen[me] = NONE;
#endif
#ifdef TURNED_AWAY
  asking = 0;
#endif
  creating = 0; opening = 0; whole = 0; k = 0; chosen = NONE; absent[me] = 1
}

inline end_call()
{
  drop_evidence(); give_d_back(); forget(); goto idle
}

// Refused: pause and start again from slot 0, or (patience has ended) say "busy". A closer is done.
inline again()
{
  drop_evidence();
  give_d_back();
#ifdef PERMANENT
  seen[me] = NONE;
#endif
  whole = 0; k = 0; chosen = NONE;
  if
  :: creating -> goto D_take
  :: opening -> goto O1
  :: true -> end_call()
  fi
}

inline killed()
{
  if
  :: mark[me] -> drop_mark(); give_d_back(); forget(); goto dying
#if DIRECT < SLOTS
  :: evidence[me] != NONE -> drop_evidence();
#ifdef FALSE_EVIDENCE
    if
    :: holder[me] -> holder[me] = 0; moment_of_absence()
    :: else
    fi;
#endif
    give_d_back(); forget(); goto losing_evidence
#endif
  :: !mark[me] -> drop_mark(); close_file(); end_call()
  fi
}

#if defined(CLEANER_IN_SWEEP) || defined(RENAME)
#define making(e, i) (on(e, i) && makes[e])
#define cleaner_may_delete(i) (!any(holds, i) && !any(making, i))
#else
#define cleaner_may_delete(i) (!any(holds, i) && !any(swept, i))
#endif

inline clean(j)
{
  i = slot[j]; slot[j] = NONE; free_if_unused(i); i = 0
}

#define may_unstick(j) (slot[j] != NONE && is_sticky(slot[j]) && may_remove(slot[j]))

// An openable file is looked at under its sweep lock, which a creator has while it sets the bit; another one in three steps.
#ifdef STICKY_ONCE
#define look_in_steps(i) true
#elif defined(PERMANENT)
#define look_in_steps(i) (!may_open(i))
#endif

#ifdef TURNED_AWAY
#define turned_away asking
#else
#define turned_away false
#endif

#define OR_KILLED :: atomic { true -> killed() }

#ifdef RENAME
#define may_call_open (me == 1)
#define may_call_create (me != 1)
#define may_rename(j) (me == 0 && slot[j] != NONE && owner[slot[j]] == 0 && cleaner_may_delete(slot[j]))
#elif defined(THREE_USERS)
#define may_call_open (me == 0)  // keeps the search small: only process 0 does both
#define may_call_create true
#elif N > 2
#define may_call_open (me != 0)  // likewise: process 0 only creates, process 2 only opens
#define may_call_create (me != 2)
#else
#define may_call_open true
#define may_call_create true
#endif

proctype process(byte me)
{
  byte i;                // scratch
  byte k;                // the slot this process is at
  byte chosen = NONE;    // the slot that a creator is going to take: the lowest free one
  bit creating, opening;
#ifdef TURNED_AWAY
  bit asking;            // an open that O4 will turn away
#endif
  bit whole;             // an open that has D from its beginning to its end

idle:
  if
  :: atomic { may_call_open -> opening = 1; absent[me] = !name_lives; goto O1 }
#ifdef TURNED_AWAY
  :: atomic { may_call_open -> opening = 1; asking = 1; absent[me] = !name_lives; goto O1 }
#endif
  :: atomic { may_call_create -> creating = 1; absent[me] = !name_lives; goto D_take }
#ifdef CLEANER
  :: atomic { slot[0] != NONE && cleaner_may_delete(slot[0]) -> clean(0); goto idle }
  :: atomic { slot[1] != NONE && cleaner_may_delete(slot[1]) -> clean(1); goto idle }
  :: atomic { slot[2] != NONE && cleaner_may_delete(slot[2]) -> clean(2); goto idle }
#endif
#ifdef FALSE_EVIDENCE
  :: atomic { me == 0 -> untrue = !untrue; goto idle }  // whoever it is
#endif
#ifdef RENAME
  :: atomic { may_rename(0) -> clean(0); goto idle }
  :: atomic { may_rename(1) -> clean(1); goto idle }
  :: atomic { may_rename(2) -> clean(2); goto idle }
#endif
#ifdef PERMANENT  // remove: the bit, then a sweep as a closer's
  :: atomic { may_unstick(0) -> k = 0; goto unstick }
  :: atomic { may_unstick(1) -> k = 1; goto unstick }
  :: atomic { may_unstick(2) -> k = 2; goto unstick }
#endif
#ifdef FORCE
  :: atomic { slot[0] != NONE && may_remove(slot[0]) -> k = 0; goto R0 }
  :: atomic { slot[1] != NONE && may_remove(slot[1]) -> k = 1; goto R0 }
  :: atomic { slot[2] != NONE && may_remove(slot[2]) -> k = 2; goto R0 }
#endif
  fi;

  // ---- Open: the direct slots, and, where there is evidence of others, under D through all slots ---------------------------
D_open:
#ifndef OPEN_WITHOUT_D
  if
  :: atomic { whole && directory == NONE -> directory = me }
  :: !whole
  fi;
#endif
O1:
  atomic {
    if
    :: k == SLOTS -> assert(absent[me]); end_call()   // not found
#if DIRECT < SLOTS
    :: k == DIRECT && !whole && nothing_beyond -> assert(absent[me]); end_call()
    :: k == DIRECT && !whole && !nothing_beyond -> whole = 1; k = 0; goto D_open
    :: k < SLOTS && (k < DIRECT || whole) && slot[k] == NONE ->
#else
    :: k < SLOTS && slot[k] == NONE ->
#endif
#ifdef OPEN_FIRST_GAP
       assert(absent[me]); end_call()
#else
       k++; goto O1
#endif
    :: k < SLOTS && (k < DIRECT || whole) && slot[k] != NONE ->
#ifndef EVIDENCE_LATE
       if
       :: k >= DIRECT -> give_evidence(k)
       :: else
       fi;
#endif
       if
       :: may_open(slot[k]) -> file[me] = slot[k]
#ifdef PERMANENT
       :: !may_open(slot[k]) -> goto L1
#else
       :: !may_open(slot[k]) && known_dead -> drop_evidence(); k++; goto O1
       :: !may_open(slot[k]) && !known_dead && any(marked, slot[k]) -> assert(truly(slot_lives(k))); end_call()  // denied
       :: !may_open(slot[k]) && !known_dead && stale_for_open(slot[k]) -> drop_evidence(); k++; goto O1
       :: !may_open(slot[k]) && !known_dead && !any(marked, slot[k]) && !stale_for_open(slot[k]) -> again()
#endif
       fi
    fi
  };
O2:
  if
  :: atomic { any(stops_shared, file[me]) -> close_file();
       if
       :: known_dead -> drop_evidence(); k++; goto O1  // who makes it gives evidence, and who sweeps it does not matter
       :: else -> again()
       fi }
  :: atomic { !any(stops_shared, file[me]) -> flocked[me] = SHARED }
  fi;
O3:
  if
#ifdef MARK_ALONE
#define believed any(marked, file[me])
#else
#define believed ((any(marked, file[me]) && asked_for(k)) || is_sticky(file[me]))
#endif
  :: atomic { believed ->
       assert(slot[k] != file[me] || truly(slot_lives(k) && !is_dead(file[me])));
       holder[me] = (slot[k] == file[me] && !turned_away) }
  :: atomic { !believed -> flocked[me] = 0; drop_evidence();
#ifdef OPEN_BY_MARK
       if
       :: any(stops_exclusive, file[me]) && !any(stops_shared, file[me]) -> close_file(); k++; goto O1
       :: else
       fi;
#endif
       goto S1 }
  OR_KILLED
  fi;
O4:
  if
  :: atomic { slot[k] != file[me] -> drop_mark(); close_file(); again() }
#ifdef TURNED_AWAY
  :: atomic { slot[k] == file[me] && asking ->
       give_d_back(); i = k; forget(); k = i; i = 0;
#ifdef MARK_FIRST
       mark[me] = 1; goto X1
#else
       goto X1_hold
#endif
     }
#endif
  :: atomic { slot[k] == file[me] && !turned_away -> skip }
  OR_KILLED
  fi;
O5:
  if
  :: atomic { true -> mark[me] = 1;
#ifdef EVIDENCE_LATE
       if
       :: k >= DIRECT -> give_evidence(k)
       :: else
       fi;
#endif
       give_d_back(); i = k; forget(); k = i; i = 0; goto held }
  OR_KILLED
  fi;

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
#if DIRECT < SLOTS
X1_evidence:
  if
  :: atomic { true -> drop_evidence() }
  OR_KILLED
  fi;
#endif

  // ---- Sweep: one file, without D, whatever the other slots are. An opener goes on behind it; a closer is done. --------------
X2:
  atomic {
    if
    :: slot[k] == NONE || !may_open(slot[k]) ->
       if
       :: creating -> goto C0  // somebody else has removed it
       :: else -> again()
       fi
    :: else -> file[me] = slot[k]
    fi
  };
S1:
  if
  :: atomic { any(stops_exclusive, file[me]) -> close_file();
       if
       :: known_dead && creating -> k++; goto C0
       :: known_dead && opening && whole -> k++; goto O1
       :: else -> again()
       fi }
  :: atomic { !any(stops_exclusive, file[me]) -> flocked[me] = EXCLUSIVE;
S2:    if
       :: slot[k] != file[me] ->
          close_file();
          if
          :: creating -> goto C0
          :: else -> again()
          fi
       :: slot[k] == file[me] && (!may_remove(file[me]) || is_sticky(file[me])) -> goto passed
       :: else
       fi }
  fi;
#ifdef RENAME
S3:  // a stranger's file: D, and the name once more; an owner's own file needs neither, as nobody else can rename it
  if
#ifndef SWEEP_WITHOUT_D
  :: atomic { root && owner[file[me]] != user(me) && directory != NONE && directory != me -> goto passed }  // withheld
  :: atomic { root && owner[file[me]] != user(me) && (directory == NONE || directory == me) -> directory = me;
#ifndef SWEEP_UNCHECKED
       if
       :: slot[k] != file[me] -> close_file(); again()
       :: else
       fi
#endif
     }
  :: atomic { !root || owner[file[me]] == user(me) -> skip }
#else
  :: true
#endif
  OR_KILLED
  fi;
#endif
S4:
  if
  :: atomic { true ->
#ifdef RENAME
       if
       :: slot[k] == NONE || !may_remove(slot[k]) -> goto passed                   // renamed away; the directory is sticky
       :: else
       fi;
#endif
       assert(slot[k] == file[me] && !any(holds, file[me]));                 // no live object is removed
       slot[k] = NONE;
       if
       :: creating -> close_file(); goto C0
       :: else -> goto passed
       fi }
  OR_KILLED
  fi;
passed:
  if
  :: atomic { true -> close_file();
       if
       :: opening && whole -> k++; goto O1
       :: opening && !whole -> give_d_back(); k++; goto O1
       :: else -> again()
       fi }
  OR_KILLED
  fi;

  // ---- Create: under D through all slots, then the lowest that can be had -------------------------------------------------
D_take:
#ifdef CREATE_WITHOUT_D
  goto C0;
#endif
  atomic { directory == NONE -> directory = me };
C0:
  atomic {
    if
#if DIRECT < SLOTS
#ifdef GAP_WITHOUT_EVIDENCE
    :: k == DIRECT && chosen != NONE -> k = SLOTS; goto C0
    :: k < SLOTS && (k != DIRECT || chosen == NONE) && slot[k] == NONE ->
#else
    :: k == DIRECT && chosen != NONE && nothing_beyond -> k = SLOTS; goto C0
    :: k < SLOTS && (k != DIRECT || chosen == NONE || !nothing_beyond) && slot[k] == NONE ->
#endif
#else
    :: k < SLOTS && slot[k] == NONE ->
#endif
       if
       :: chosen == NONE -> chosen = k
       :: else
       fi;
       k++;
#ifdef CREATE_FIRST_GAP
       k = SLOTS;
#endif
       goto C0
#if DIRECT < SLOTS
    :: k < SLOTS && (k != DIRECT || chosen == NONE || !nothing_beyond) && slot[k] != NONE ->
#elif defined(PERMANENT)
    :: k < SLOTS && slot[k] != NONE && look_in_steps(slot[k]) -> goto L1
    :: k < SLOTS && slot[k] != NONE && !look_in_steps(slot[k]) && is_sticky(slot[k]) -> end_call()  // exists
    :: k < SLOTS && slot[k] != NONE && !look_in_steps(slot[k]) && !is_sticky(slot[k]) ->
#else
    :: k < SLOTS && slot[k] != NONE ->
#endif
       if
       :: known_dead && may_remove(slot[k]) -> goto X2
       :: known_dead && !may_remove(slot[k]) -> k++; goto C0
       :: !known_dead && any(marked, slot[k]) -> assert(truly(slot_lives(k))); end_call()  // exists
       :: !known_dead && !any(marked, slot[k]) && !stale_for_create(slot[k]) -> again()
#ifdef LOWEST_ONLY
       :: !known_dead && !any(marked, slot[k]) && stale_for_create(slot[k]) && chosen == NONE && may_remove(slot[k]) -> goto X2
       :: !known_dead && !any(marked, slot[k]) && stale_for_create(slot[k]) && (chosen != NONE || !may_remove(slot[k])) -> k++; goto C0
#else
       :: !known_dead && !any(marked, slot[k]) && stale_for_create(slot[k]) && may_remove(slot[k]) -> goto X2
       :: !known_dead && !any(marked, slot[k]) && stale_for_create(slot[k]) && !may_remove(slot[k]) -> k++; goto C0
#endif
       fi
    :: k == SLOTS ->
#if DIRECT < SLOTS && SLOTS < DIRECT + 2
       if
       :: chosen == NONE -> end_call()  // so few slots are enough for what else is checked
       :: else
       fi;
#endif
       assert(chosen != NONE);  // a stranger's stale files never block the name
       k = chosen; chosen = NONE
    fi
  };
C1:
  atomic {
    if
    :: slot[k] != NONE -> again()
    :: else ->
#ifndef CLAIM_WITHOUT_EVIDENCE
       if
       :: k >= DIRECT -> give_evidence(k)
       :: else
       fi;
#endif
       i = 0;
       do
#ifdef PERMANENT
       :: linked(i) || any(opened, i) || any(looked, i) -> i++
#else
       :: linked(i) || any(opened, i) -> i++
#endif
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
       :: else -> set_makes(1); give_d_back()
       fi }
  OR_KILLED
  fi;
C4:
  if
#if N == 2
  :: atomic { true -> slot[k] = NONE; close_file(); end_call() }  // no space
#endif
#ifdef PERMANENT
  :: atomic { true -> assert(slot[k] == file[me] && !name_lives); sticky[file[me]] = 1; goto C5_permanent }
#endif
  :: atomic { true ->
C5:    mark[me] = 1;
C6:    assert(slot[k] == file[me] && !name_lives);                                        // at most one lives
#ifdef CLAIM_WITHOUT_EVIDENCE
       if
       :: k >= DIRECT -> give_evidence(k)
       :: else
       fi;
#endif
       if
       :: k >= DIRECT -> is_born(file[me])
       :: else
       fi;
       set_makes(0); flocked[me] = SHARED; holder[me] = 1; i = k; forget(); k = i; i = 0; goto held }
  OR_KILLED
  fi;

#ifdef PERMANENT
C5_permanent:  // killed before it: a whole object all the same
  if
  :: atomic { true -> mark[me] = 1; flocked[me] = SHARED; holder[me] = 1; i = k; forget(); k = i; i = 0; goto held }
  OR_KILLED
  fi;

  // ---- A file that this process may not open, looked at from outside --------------------------------------------------------
L1:  // its entry
  atomic {
    if
    :: slot[k] == NONE -> goto looked_at
    :: slot[k] != NONE && is_sticky(slot[k]) -> end_call()  // it lives: permission denied, or exists
    :: slot[k] != NONE && !is_sticky(slot[k]) -> seen[me] = slot[k]
    fi
  };
L2:  // its locks
  if
  :: atomic { any(marked, seen[me]) ->
       if
       :: slot[k] == seen[me] -> assert(slot_lives(k)); end_call()
       :: else -> again()
       fi }
  :: atomic { !any(marked, seen[me]) && !stale(seen[me]) -> again() }
  :: atomic { stale(seen[me]) -> skip }
  OR_KILLED
  fi;
L3:  // its entry once more: the bit is set under the sweep lock, so now it is there or will never be
  atomic {
    if
#ifdef STICKY_ONCE
    :: creating && slot[k] == seen[me] && may_remove(slot[k]) -> seen[me] = NONE; goto X2
    :: creating && slot[k] == seen[me] && !may_remove(slot[k]) -> seen[me] = NONE; k++; goto C0
#else
    :: creating && slot[k] == seen[me] && !is_sticky(slot[k]) -> seen[me] = NONE; k++; goto C0
#endif
    :: !creating && slot[k] == seen[me] && !is_sticky(slot[k]) -> seen[me] = NONE; k++; goto O1
#ifdef STICKY_ONCE
    :: !creating && slot[k] == seen[me] && is_sticky(slot[k]) -> end_call()
#else
    :: slot[k] == seen[me] && is_sticky(slot[k]) -> end_call()
#endif
    :: slot[k] != NONE && slot[k] != seen[me] -> again()
    :: slot[k] == NONE -> goto looked_at
    fi
  };
looked_at:  // nothing stands there
  atomic {
    seen[me] = NONE;
    if
    :: creating -> goto C0
    :: else -> goto O1
    fi
  };

unstick:
  atomic { sticky[slot[k]] = 0; moment_of_absence(); goto X2 };
#endif

#ifdef FORCE
  // ---- Remove with force: the hold keeps every sweeper away, and D every creator and every other force ----------------------
R0:
#ifndef FORCE_WITHOUT_D
  atomic { directory == NONE -> directory = me };
#endif
  atomic {
    if
    :: slot[k] == NONE || !may_remove(slot[k]) -> end_call()
    :: else -> file[me] = slot[k]
    fi
  };
R1:  // waits with D: whoever has the sweep lock needs no D to go on
  if
  :: atomic { !any(stops_shared, file[me]) -> flocked[me] = SHARED }
  OR_KILLED
  fi;
R2:
  if
  :: atomic { slot[k] != file[me] -> close_file(); end_call() }
  :: atomic { slot[k] == file[me] -> skip }
  OR_KILLED
  fi;
R3:
  if
  :: atomic { true ->
       assert(slot[k] == file[me]);  // only what was looked at
       slot[k] = NONE; moment_of_absence(); close_file(); end_call() }
  OR_KILLED
  fi;
#endif

#if DIRECT < SLOTS
losing_evidence:
  atomic { drop_mark() };
#endif
dying:
  atomic { close_file() };
  atomic { end_call() }
}

init {
  atomic {
    absent[0] = 1; absent[1] = 1; run process(0); run process(1);
#if N > 2
    absent[2] = 1; run process(2);
#endif
  }
}
