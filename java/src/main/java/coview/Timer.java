// SPDX-License-Identifier: Apache-2.0
package coview;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A named flag that is set at a point of time, once or again and again, and that threads of any process wait for. */
public final class Timer extends NamedHandle implements Waitable {
  private Timer(int how, String name, Reset reset, Options options) {
    super(
        Native.TIMER, Native.openSync(Native.TIMER, how, Native.text(name), reset.ordinal(), 0, options.mode, options.flags));
  }

  /**
   * A new one, which does not run.
   *
   * @param name its name
   * @param reset what happens when a waiter was let through
   * @return to be closed
   * @throws CoviewException {@link CoviewException#EEXIST}
   */
  public static Timer create(String name, Reset reset) {
    return create(name, reset, Options.DEFAULT);
  }

  /**
   * The same with options.
   *
   * @param name its name
   * @param reset what happens when a waiter was let through
   * @param options how
   * @return to be closed
   */
  public static Timer create(String name, Reset reset, Options options) {
    return new Timer(Native.CREATE, name, reset, options);
  }

  /**
   * What somebody holds.
   *
   * @param name its name
   * @return to be closed
   * @throws CoviewException {@link CoviewException#ENOENT} where nobody does
   */
  public static Timer open(String name) {
    return new Timer(Native.OPEN, name, Reset.AUTOMATIC, Options.DEFAULT);
  }

  /**
   * Opens it where somebody holds it, as it is, and creates it otherwise.
   *
   * @param name its name
   * @param reset what happens when a waiter was let through
   * @return to be closed
   */
  public static Timer openOrCreate(String name, Reset reset) {
    return new Timer(Native.OPEN_OR_CREATE, name, reset, Options.DEFAULT);
  }

  private void set(long time, Duration period, boolean wallClock) {
    use(
        handle -> {
          Native.setTimer(handle, time, Waits.nanoseconds(period), wallClock);
          return null;
        });
  }

  /**
   * Due after a time, by a clock that nobody sets.
   *
   * @param after how long from now
   * @param period then again and again; {@link Duration#ZERO}: once
   */
  public void set(Duration after, Duration period) {
    set(Waits.nanoseconds(after), period, false);
  }

  /**
   * Due at a point of the wall clock, whoever sets that clock meanwhile. What is past is due at once.
   *
   * @param when the point
   * @param period then again and again; {@link Duration#ZERO}: once
   */
  public void setAt(Instant when, Duration period) {
    set(Waits.nanoseconds(Duration.between(Instant.EPOCH, when)), period, true);
  }

  /** Not running from now on. What has become due stays there for the taking. */
  public void cancel() {
    use(
        handle -> {
          Native.act(4, handle);
          return null;
        });
  }

  /**
   * Waits until it is due. Of an automatic one, one waiter returns each time.
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
   * How long until it is due (again).
   *
   * @return empty where it does not run
   */
  public Optional<Duration> dueIn() {
    long left = use(Native::dueIn);
    return left < 0 ? Optional.empty() : Optional.of(Duration.ofNanos(left));
  }

  /**
   * What happens to it when a waiter was let through.
   *
   * @return its kind
   */
  public Reset reset() {
    return Reset.values()[(int) number(5)];
  }
}
