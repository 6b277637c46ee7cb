// SPDX-License-Identifier: Apache-2.0
package coview;

import java.time.Duration;

/** A named flag that threads of any process set and wait for. */
public final class Event extends NamedHandle implements Waitable {
  private Event(int how, String name, Reset reset, boolean set, Options options) {
    super(
        Native.EVENT,
        Native.openSync(Native.EVENT, how, Native.text(name), reset.ordinal(), set ? 1 : 0, options.mode, options.flags));
  }

  /**
   * A new one.
   *
   * @param name its name
   * @param reset what happens when a waiter was let through
   * @param set whether it is set
   * @return to be closed
   * @throws CoviewException {@link CoviewException#EEXIST}
   */
  public static Event create(String name, Reset reset, boolean set) {
    return create(name, reset, set, Options.DEFAULT);
  }

  /**
   * The same with options.
   *
   * @param name its name
   * @param reset what happens when a waiter was let through
   * @param set whether it is set
   * @param options how
   * @return to be closed
   */
  public static Event create(String name, Reset reset, boolean set, Options options) {
    return new Event(Native.CREATE, name, reset, set, options);
  }

  /**
   * What somebody holds.
   *
   * @param name its name
   * @return to be closed
   * @throws CoviewException {@link CoviewException#ENOENT} where nobody does
   */
  public static Event open(String name) {
    return new Event(Native.OPEN, name, Reset.AUTOMATIC, false, Options.DEFAULT);
  }

  /**
   * Opens it where somebody holds it, as it is, and creates it otherwise.
   *
   * @param name its name
   * @param reset what happens when a waiter was let through
   * @param set whether it is set
   * @return to be closed
   */
  public static Event openOrCreate(String name, Reset reset, boolean set) {
    return new Event(Native.OPEN_OR_CREATE, name, reset, set, Options.DEFAULT);
  }

  private void act(int what) {
    use(
        handle -> {
          Native.act(what, handle);
          return null;
        });
  }

  /** Lets one waiter through, or all; now or when they come. Two sets with nobody waiting are one. */
  public void set() {
    act(1);
  }

  /** Not set from now on. */
  public void clear() {
    act(2);
  }

  /** Lets those through that wait now, and is not set afterwards; lost where nobody waits. */
  public void pulse() {
    act(3);
  }

  /**
   * Waits until it is set. Of an automatic one, one waiter returns for each {@link #set}.
   *
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public void await() throws InterruptedException {
    await(null);
  }

  /**
   * Waits for so long at most.
   *
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return false where the time was up
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public boolean await(Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return Waits.run(time, nanoseconds -> Waits.unlessTimedOut(Native.await(kind, handle, nanoseconds))) != null;
    } finally {
      raw.leave();
    }
  }

  /**
   * What happens to it when a waiter was let through.
   *
   * @return its kind
   */
  public Reset reset() {
    return Reset.values()[(int) number(2)];
  }
}
