// SPDX-License-Identifier: Apache-2.0
package coview;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A handle to named memory. The name lives as long as somebody has a handle, or an open view. */
public final class Mapping extends NamedHandle {
  private Mapping(long handle) {
    super(Native.MAPPING, handle);
  }

  /**
   * Memory, all zero, under a name that must be free.
   *
   * @param name its name
   * @param size bytes, more than 0
   * @return to be closed
   * @throws CoviewException {@link CoviewException#EEXIST}; 22 (EINVAL) for a name or size that cannot be; 28 (ENOSPC)
   */
  public static Mapping create(String name, long size) {
    return create(name, size, Options.DEFAULT);
  }

  /**
   * The same with options.
   *
   * @param name its name
   * @param size bytes, more than 0
   * @param options how
   * @return to be closed
   */
  public static Mapping create(String name, long size, Options options) {
    return new Mapping(Native.openMapping(Native.CREATE, Native.text(name), size, 0, options.mode, options.flags));
  }

  /**
   * What somebody holds.
   *
   * @param name its name
   * @param access with which rights
   * @return to be closed
   * @throws CoviewException {@link CoviewException#ENOENT} where nobody holds it; {@link CoviewException#EACCES}
   */
  public static Mapping open(String name, Access access) {
    return new Mapping(Native.openMapping(Native.OPEN, Native.text(name), 0, access.ordinal(), 0, 0));
  }

  /**
   * The same, to read and write.
   *
   * @param name its name
   * @return to be closed
   */
  public static Mapping open(String name) {
    return open(name, Access.READ_WRITE);
  }

  /**
   * Opens the name where somebody holds it, with the size that it has, and creates it otherwise.
   *
   * @param name its name
   * @param size bytes, more than 0
   * @return to be closed
   */
  public static Mapping openOrCreate(String name, long size) {
    return openOrCreate(name, size, Options.DEFAULT);
  }

  /**
   * The same with options, which an existing one ignores.
   *
   * @param name its name
   * @param size bytes, more than 0
   * @param options how
   * @return to be closed
   */
  public static Mapping openOrCreate(String name, long size, Options options) {
    return new Mapping(Native.openMapping(Native.OPEN_OR_CREATE, Native.text(name), size, 0, options.mode, options.flags));
  }

  /**
   * A file. With {@link Access#READ_WRITE} a shorter one grows, and a missing one is made.
   *
   * @param path where it is
   * @param access with which rights
   * @param size bytes; 0: its length
   * @param name by which others can open it; null: none
   * @return to be closed
   */
  public static Mapping file(Path path, Access access, long size, String name) {
    byte[] given = name == null ? null : Native.text(name);
    return new Mapping(Native.openFile(Native.text(path.toString()), access.ordinal(), size, given));
  }

  /**
   * Memory without a name, all zero.
   *
   * @param size bytes, more than 0
   * @return to be closed
   */
  public static Mapping anonymous(long size) {
    return new Mapping(Native.anonymous(size));
  }

  /**
   * Bytes that whoever created it asked for.
   *
   * @return its size
   */
  public long size() {
    return number(0);
  }

  /**
   * The rights that this handle has.
   *
   * @return to read, or to read and write
   */
  public Access access() {
    return Access.values()[(int) number(1)];
  }

  /**
   * Maps the whole, with the rights that this handle has.
   *
   * @return to be closed
   */
  public View map() {
    return map(access(), 0, size());
  }

  /**
   * Maps a part of it.
   *
   * @param access with which rights
   * @param offset of the first byte, any
   * @param length bytes, 1 to 2 147 483 647, as a ByteBuffer has no more
   * @return to be closed
   * @throws CoviewException 34 (ERANGE) beyond the end; {@link CoviewException#EACCES}
   */
  public View map(Access access, long offset, long length) {
    if (length > Integer.MAX_VALUE) {
      throw new CoviewException(34, "a view of " + length + " bytes is more than a ByteBuffer can have: map parts of it");
    }
    long mapping = raw.enter();
    try {
      long[] view = new long[1];
      ByteBuffer memory = Native.map(mapping, access.ordinal(), offset, length, view);
      Raw mapped = new Raw(Native.VIEW, view[0]);
      Raw.CLEANER.register(memory, mapped);
      raw.again(); // until the view is closed
      return new View(memory, mapped, raw, access);
    } finally {
      raw.leave();
    }
  }
}
