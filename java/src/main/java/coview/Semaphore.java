// SPDX-License-Identifier: Apache-2.0
package coview;

import java.time.Duration;

/** A named count of permits. Permits have no owner: one that a killed process had stays taken. */
public final class Semaphore extends NamedHandle implements Waitable {
  private Semaphore(int how, String name, int initial, int maximum, Options options) {
    super(
        Native.SEMAPHORE,
        Native.openSync(Native.SEMAPHORE, how, Native.text(name), initial, maximum, options.mode, options.flags));
  }

  /**
   * A new one.
   *
   * @param name its name
   * @param initial permits that it has
   * @param maximum permits that it can have, 1 or more
   * @return to be closed
   * @throws CoviewException {@link CoviewException#EEXIST}; 22 (EINVAL) for counts that cannot be
   */
  public static Semaphore create(String name, int initial, int maximum) {
    return create(name, initial, maximum, Options.DEFAULT);
  }

  /**
   * The same with options.
   *
   * @param name its name
   * @param initial permits that it has
   * @param maximum permits that it can have, 1 or more
   * @param options how
   * @return to be closed
   */
  public static Semaphore create(String name, int initial, int maximum, Options options) {
    return new Semaphore(Native.CREATE, name, initial, maximum, options);
  }

  /**
   * What somebody holds.
   *
   * @param name its name
   * @return to be closed
   * @throws CoviewException {@link CoviewException#ENOENT} where nobody does
   */
  public static Semaphore open(String name) {
    return new Semaphore(Native.OPEN, name, 0, 0, Options.DEFAULT);
  }

  /**
   * Opens it where somebody holds it, as it is, and creates it otherwise.
   *
   * @param name its name
   * @param initial permits that it has
   * @param maximum permits that it can have, 1 or more
   * @return to be closed
   */
  public static Semaphore openOrCreate(String name, int initial, int maximum) {
    return new Semaphore(Native.OPEN_OR_CREATE, name, initial, maximum, Options.DEFAULT);
  }

  /**
   * Waits for a permit, and takes it.
   *
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public void acquire() throws InterruptedException {
    acquire(null);
  }

  /**
   * Waits for so long at most.
   *
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return false where the time was up
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public boolean acquire(Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return Waits.run(time, nanoseconds -> Waits.unlessTimedOut(Native.await(kind, handle, nanoseconds))) != null;
    } finally {
      raw.leave();
    }
  }

  /**
   * Gives permits back.
   *
   * @param permits how many
   * @return the count before
   * @throws CoviewException 75 (EOVERFLOW) for more than the maximum, 22 (EINVAL) for none: nothing is changed then
   */
  public int release(int permits) {
    return use(handle -> Native.releasePermits(handle, permits));
  }

  /**
   * Permits that are there now.
   *
   * @return the count
   */
  public int count() {
    return (int) number(3);
  }

  /**
   * The most there can be.
   *
   * @return the maximum
   */
  public int maximum() {
    return (int) number(4);
  }
}
