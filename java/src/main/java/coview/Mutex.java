// SPDX-License-Identifier: Apache-2.0
package coview;

import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Optional;

/**
 * A named lock that one thread of all processes owns at a time, and that survives its owner.
 *
 * <pre>{@code
 * try (Mutex.Lock lock = mutex.lock()) {
 *   if (lock.abandoned()) { ... } // the last owner was killed: what the mutex protects may be half done
 * }
 * }</pre>
 *
 * <p>A thread may lock it several times, and then closes as many locks. It is owned by a thread of the system, as Java's
 * are; not for virtual threads.
 */
public final class Mutex extends NamedHandle implements Waitable {
  private Mutex(int how, String name, Options options) {
    super(Native.MUTEX, Native.openSync(Native.MUTEX, how, Native.text(name), 0, 0, options.mode, options.flags));
  }

  /**
   * A new one, owned by nobody.
   *
   * @param name its name
   * @return to be closed
   * @throws CoviewException {@link CoviewException#EEXIST}
   */
  public static Mutex create(String name) {
    return create(name, Options.DEFAULT);
  }

  /**
   * The same with options.
   *
   * @param name its name
   * @param options how
   * @return to be closed
   */
  public static Mutex create(String name, Options options) {
    return new Mutex(Native.CREATE, name, options);
  }

  /**
   * What somebody holds.
   *
   * @param name its name
   * @return to be closed
   * @throws CoviewException {@link CoviewException#ENOENT} where nobody does
   */
  public static Mutex open(String name) {
    return new Mutex(Native.OPEN, name, Options.DEFAULT);
  }

  /**
   * Opens it where somebody holds it, and creates it otherwise.
   *
   * @param name its name
   * @return to be closed
   */
  public static Mutex openOrCreate(String name) {
    return new Mutex(Native.OPEN_OR_CREATE, name, Options.DEFAULT);
  }

  /**
   * Waits until this thread owns it.
   *
   * @return to be closed by this thread
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public Lock lock() throws InterruptedException {
    return lockWithin(null).orElseThrow();
  }

  /**
   * Owns it, or not, at once.
   *
   * @return empty where another thread owns it
   */
  public Optional<Lock> tryLock() {
    return use(handle -> locked(Waits.unlessTimedOut(Native.await(kind, handle, 0))));
  }

  /**
   * Waits for so long at most.
   *
   * @param time how long
   * @return empty where the time was up
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public Optional<Lock> tryLock(Duration time) throws InterruptedException {
    return lockWithin(time);
  }

  private Optional<Lock> lockWithin(Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return locked(Waits.run(time, nanoseconds -> Waits.unlessTimedOut(Native.await(kind, handle, nanoseconds))));
    } finally {
      raw.leave();
    }
  }

  private Optional<Lock> locked(Integer status) {
    return status == null ? Optional.empty() : Optional.of(locked(status == Native.ABANDONED));
  }

  /** Of an acquire of this thread, while the handle is kept. */
  Lock locked(boolean abandoned) {
    raw.again(); // until the lock is closed; or until its thread is gone, and nobody can close it any more
    return new Lock(raw, abandoned);
  }

  /** A mutex that a thread owns. */
  public static final class Lock implements AutoCloseable {
    private final Raw mutex;
    private final boolean abandoned;
    private final Cleaner.Cleanable kept;
    private boolean released;

    private Lock(Raw mutex, boolean abandoned) {
      this.mutex = mutex;
      this.abandoned = abandoned;
      kept = Raw.CLEANER.register(this, mutex::leave);
    }

    /**
     * Whether the last owner died while it had it. The next owners are not told.
     *
     * @return true: what the mutex protects may be half done
     */
    public boolean abandoned() {
      return abandoned;
    }

    /**
     * Gives the mutex back; the second time, nothing.
     *
     * @throws CoviewException 1 (EPERM) in another thread: nothing is changed then
     */
    @Override
    public void close() {
      if (released) {
        return;
      }
      Native.act(0, mutex.kept());
      released = true;
      kept.clean();
    }
  }
}
