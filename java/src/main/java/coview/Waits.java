// SPDX-License-Identifier: Apache-2.0
package coview;

import java.time.Duration;

/** Waiting in slices, so that an interrupt is noticed: within a twentieth of a second. */
final class Waits {
  private static final long SLICE = 50_000_000;

  private Waits() {}

  /** One attempt of at most so many nanoseconds: null where the time was up. */
  interface Attempt<R> {
    R within(long nanoseconds);
  }

  /** null where the time was up; no time waits for ever. */
  static <R> R run(Duration time, Attempt<R> attempt) throws InterruptedException {
    long length = time == null ? Long.MAX_VALUE : nanoseconds(time);
    long begin = System.nanoTime();
    while (true) {
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while waiting");
      }
      long left = time == null ? SLICE : Math.max(0, length - (System.nanoTime() - begin));
      R result = attempt.within(Math.min(left, SLICE));
      if (result != null || left == 0) {
        return result;
      }
    }
  }

  /** As many as there can be. */
  static long nanoseconds(Duration time) {
    try {
      return time.toNanos();
    } catch (ArithmeticException tooLong) {
      return time.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  /** For statuses. */
  static Integer unlessTimedOut(int status) {
    return status == Native.TIMED_OUT ? null : (Integer) status;
  }
}
