// SPDX-License-Identifier: Apache-2.0
package coview;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Waiting for one of several objects, or for all of them: 1 to 64, mixed. */
public final class Wait {
  private Wait() {}

  /**
   * Which object a wait took.
   *
   * @param index its place; of several that were there, the lowest
   * @param lock of a mutex, to be closed by this thread; null of others
   */
  public record Taken(int index, Mutex.Lock lock) implements AutoCloseable {
    /** Gives the mutex back, where it is one. */
    @Override
    public void close() {
      if (lock != null) {
        lock.close();
      }
    }
  }

  /** Native kinds and handles of objects, which are kept until {@link #leave}. */
  private static final class Kept {
    private final List<Raw> raws = new ArrayList<>();
    private final int[] kinds;
    private final long[] handles;

    Kept(List<? extends Waitable> objects) {
      kinds = new int[objects.size()];
      handles = new long[objects.size()];
      try {
        for (int i = 0; i < kinds.length; i++) {
          Handle each = (Handle) objects.get(i);
          handles[i] = each.raw.enter();
          raws.add(each.raw);
          kinds[i] = each instanceof NamedHandle named ? named.kind : Native.SUBSCRIPTION;
        }
      } catch (RuntimeException closed) {
        leave();
        throw closed;
      }
    }

    void leave() {
      raws.forEach(Raw::leave);
    }

    Integer within(Duration time, boolean all, int[] index) throws InterruptedException {
      return Waits.run(
          time, nanoseconds -> Waits.unlessTimedOut(Native.awaitSeveral(kinds, handles, all, nanoseconds, index)));
    }
  }

  /**
   * Takes the first object that is there.
   *
   * @param objects 1 to 64
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return empty where the time was up
   * @throws InterruptedException the thread was interrupted meanwhile
   * @throws CoviewException 22 (EINVAL) for none, or more than 64
   */
  public static Optional<Taken> any(List<? extends Waitable> objects, Duration time) throws InterruptedException {
    Kept kept = new Kept(objects);
    try {
      int[] index = new int[1];
      Integer status = kept.within(time, false, index);
      if (status == null) {
        return Optional.empty();
      }
      Mutex.Lock lock = objects.get(index[0]) instanceof Mutex mutex ? mutex.locked(status == Native.ABANDONED) : null;
      return Optional.of(new Taken(index[0], lock));
    } finally {
      kept.leave();
    }
  }

  /**
   * Takes all objects at the moment when all are there, or none.
   *
   * @param objects 1 to 64, each once
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return the locks of the mutexes among them, in their order, to be closed by this thread: where one was abandoned, all
   *     say so. Empty where the time was up
   * @throws InterruptedException the thread was interrupted meanwhile
   * @throws CoviewException 22 (EINVAL) for none, more than 64, or one that is there twice
   */
  public static Optional<List<Mutex.Lock>> all(List<? extends Waitable> objects, Duration time) throws InterruptedException {
    Kept kept = new Kept(objects);
    try {
      Integer status = kept.within(time, true, new int[1]);
      if (status == null) {
        return Optional.empty();
      }
      List<Mutex.Lock> locks = new ArrayList<>();
      for (Waitable each : objects) {
        if (each instanceof Mutex mutex) {
          locks.add(mutex.locked(status == Native.ABANDONED));
        }
      }
      return Optional.of(locks);
    } finally {
      kept.leave();
    }
  }
}
