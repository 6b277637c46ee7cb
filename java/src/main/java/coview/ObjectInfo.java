// SPDX-License-Identifier: Apache-2.0
package coview;

import java.time.Instant;

/**
 * What is known of an object.
 *
 * @param name as it was created, with {@code Global\} in front for the global scope
 * @param kind what it is
 * @param state why it is in the list
 * @param mode permission bits
 * @param size bytes, as asked for when it was created
 * @param resident bytes of memory that it occupies now
 * @param handles open handles in all processes, at least; exactly, where handlesKnown
 * @param handlesKnown whether every handle is seen from here
 * @param owner user ID of its creator
 * @param creator process ID of its creator, who may be gone
 * @param created when
 * @param global whether all users see the name
 * @param permanent whether it keeps its name without a handle
 * @param file path of the object's file
 * @param target of a file mapping: path of the file that it leads to
 * @param problem of one that is unreadable or incompatible: why
 */
public record ObjectInfo(
    String name,
    Kind kind,
    State state,
    int mode,
    long size,
    long resident,
    long handles,
    boolean handlesKnown,
    int owner,
    int creator,
    Instant created,
    boolean global,
    boolean permanent,
    String file,
    String target,
    String problem) {

  /** What an object is. One namespace holds all kinds. The order is that of coview.h. */
  public enum Kind {
    /** One that a newer library knows, or that nobody can tell. */
    UNKNOWN,
    /** Memory. */
    MAPPING,
    /** A {@link Mutex}. */
    MUTEX,
    /** An {@link Event}. */
    EVENT,
    /** A {@link Semaphore}. */
    SEMAPHORE,
    /** A {@link Queue}. */
    QUEUE,
    /** A {@link Topic}. */
    TOPIC,
    /** A {@link Timer}. */
    TIMER
  }

  /** Why an object is in the list. The order is that of coview.h. */
  public enum State {
    /** Somebody holds a handle. */
    HELD,
    /** Nobody does; the name stays because it was asked to. */
    PERMANENT,
    /** Nobody can tell this user what it is. */
    UNREADABLE,
    /** Held, but of another layout version, or damaged. */
    INCOMPATIBLE
  }

  /** Called by the native part: kind, state, mode, owner, creator; size, resident, handles, created; flags; texts. */
  static ObjectInfo of(int[] numbers, long[] sizes, boolean known, boolean global, boolean permanent, byte[][] texts) {
    Kind[] kinds = Kind.values();
    State[] states = State.values();
    return new ObjectInfo(
        Native.string(texts[0]),
        kinds[numbers[0] < kinds.length ? numbers[0] : 0],
        states[Math.min(numbers[1], states.length - 1)],
        numbers[2],
        sizes[0],
        sizes[1],
        sizes[2],
        known,
        numbers[3],
        numbers[4],
        Instant.ofEpochSecond(0, sizes[3]),
        global,
        permanent,
        Native.string(texts[1]),
        Native.string(texts[2]),
        Native.string(texts[3]));
  }
}
