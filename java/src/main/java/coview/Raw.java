// SPDX-License-Identifier: Apache-2.0
package coview;

import java.lang.ref.Cleaner;

/**
 * A handle of coview.h, and who uses it. It is given back when it was closed and the last call that uses it has ended.
 *
 * <p>Invariant: {@code handle} is good while {@code users > 0} or {@code closed} is false.
 */
final class Raw implements Runnable {
  static final Cleaner CLEANER = Cleaner.create();

  private final int kind;
  private final long handle;
  private int users;
  private boolean closed;

  Raw(int kind, long handle) {
    this.kind = kind;
    this.handle = handle;
  }

  /** The handle, which is kept until {@link #leave}. */
  synchronized long enter() {
    if (closed) {
      throw new IllegalStateException("it was closed");
    }
    users++;
    return handle;
  }

  /** Keeps a handle that is kept already, closed meanwhile or not. */
  synchronized void again() {
    users++;
  }

  /** The handle, while it is kept. */
  long kept() {
    return handle;
  }

  void leave() {
    boolean last;
    synchronized (this) {
      last = --users == 0 && closed;
    }
    if (last) {
      Native.close(kind, handle);
    }
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Closes it; also for objects that nobody refers to any more. */
  @Override
  public void run() {
    boolean last;
    synchronized (this) {
      last = !closed && users == 0;
      closed = true;
    }
    if (last) {
      Native.close(kind, handle);
    }
  }
}
