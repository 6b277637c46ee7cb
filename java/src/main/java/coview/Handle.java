// SPDX-License-Identifier: Apache-2.0
package coview;

/**
 * What all handles have in common. {@link #close} may be called at any time, by any thread, and twice: the handle is given
 * back when the last call that uses it has ended, and later calls throw {@link IllegalStateException}. One that nobody
 * refers to any more is closed by the garbage collector, some time.
 */
public abstract class Handle implements AutoCloseable {
  final Raw raw;

  Handle(int kind, long handle) {
    raw = new Raw(kind, handle);
    Raw.CLEANER.register(this, raw);
  }

  /** Gives the handle back. */
  @Override
  public void close() {
    raw.run();
  }

  /** Something to do with an open handle. */
  interface Use<R> {
    R with(long handle);
  }

  final <R> R use(Use<R> use) {
    long handle = raw.enter();
    try {
      return use.with(handle);
    } finally {
      raw.leave();
    }
  }

  final long number(int which) {
    return use(handle -> Native.number(which, handle));
  }
}
