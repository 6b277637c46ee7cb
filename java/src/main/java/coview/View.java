// SPDX-License-Identifier: Apache-2.0
package coview;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Memory that others see. Any process may change it at any moment: use the volatile and atomic calls here, or a {@link
 * Mutex}.
 *
 * <p>It keeps the name until it is closed, also after its mapping was; its own calls throw {@link IllegalStateException}
 * from then on. The memory itself stays mapped as long as a buffer that {@link #buffer} gave, or a slice of one, can be
 * reached, so that no use of a buffer ends the process: the garbage collector unmaps it. (But whoever may write to the
 * object can cut its file short; then a touch beyond the new end is an error of the virtual machine.)
 *
 * <p>Several threads may use one at once.
 */
public final class View implements AutoCloseable {
  private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
  private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final Name name;
  private final Raw mapped;
  private final Access access;
  private final int size;
  private volatile ByteBuffer memory;

  /** Lets the mapping's handle go once. Not a part of the view, so that its end can be noticed. */
  private static final class Name implements Runnable {
    private final Raw mapping;
    private final AtomicBoolean left = new AtomicBoolean();

    Name(Raw mapping) {
      this.mapping = mapping;
    }

    @Override
    public void run() {
      if (left.compareAndSet(false, true)) {
        mapping.leave();
      }
    }
  }

  View(ByteBuffer memory, Raw mapped, Raw mapping, Access access) {
    this.memory = access == Access.READ_ONLY ? memory.asReadOnlyBuffer() : memory;
    this.mapped = mapped;
    this.access = access;
    size = memory.capacity();
    name = new Name(mapping);
    Raw.CLEANER.register(this, name);
  }

  /** Lets the name go. Buffers that were handed out stay good. */
  @Override
  public void close() {
    memory = null;
    name.run();
  }

  private ByteBuffer open() {
    ByteBuffer now = memory;
    if (now == null) {
      throw new IllegalStateException("the view was closed");
    }
    return now;
  }

  /**
   * Bytes in it.
   *
   * @return its size
   */
  public int size() {
    return size;
  }

  /**
   * The rights that it was mapped with.
   *
   * @return them
   */
  public Access access() {
    return access;
  }

  /**
   * All of it, in the byte order of this machine; read only where the view is.
   *
   * @return a buffer with a position of its own, which is good as long as it can be reached
   */
  public ByteBuffer buffer() {
    return open().duplicate().order(ByteOrder.nativeOrder());
  }

  /**
   * The number at an offset, read as one, and not before what stands before it in the program.
   *
   * @param offset a multiple of 4
   * @return it
   */
  public int getInt(int offset) {
    return (int) INTS.getVolatile(open(), offset);
  }

  /**
   * Stores a number as one, and not after what stands after it in the program.
   *
   * @param offset a multiple of 4
   * @param value what to store
   */
  public void setInt(int offset, int value) {
    INTS.setVolatile(open(), offset, value);
  }

  /**
   * As {@link #getInt}.
   *
   * @param offset a multiple of 8
   * @return the number
   */
  public long getLong(int offset) {
    return (long) LONGS.getVolatile(open(), offset);
  }

  /**
   * As {@link #setInt}.
   *
   * @param offset a multiple of 8
   * @param value what to store
   */
  public void setLong(int offset, long value) {
    LONGS.setVolatile(open(), offset, value);
  }

  /**
   * Adds in one step.
   *
   * @param offset a multiple of 8
   * @param value what to add
   * @return the number before
   */
  public long getAndAddLong(int offset, long value) {
    return (long) LONGS.getAndAdd(open(), offset, value);
  }

  /**
   * Stores a number where another one is, in one step.
   *
   * @param offset a multiple of 8
   * @param expected the other one
   * @param value what to store
   * @return whether it was
   */
  public boolean compareAndSetLong(int offset, long expected, long value) {
    return LONGS.compareAndSet(open(), offset, expected, value);
  }

  /** Of a file: on disk when this returns. */
  public void flush() {
    ByteBuffer here = open();
    Native.flush(mapped.kept());
    java.lang.ref.Reference.reachabilityFence(here);
  }
}
