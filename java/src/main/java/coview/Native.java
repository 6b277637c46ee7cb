// SPDX-License-Identifier: Apache-2.0
package coview;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;

/**
 * The calls of coview.h. Handles are their addresses; each is open while a call has it ({@link Raw}). Kinds are those of
 * coview.h, and those below. Texts end in a zero byte. Failures are {@link CoviewException}s.
 */
final class Native {
  static final int MAPPING = 1;
  static final int MUTEX = 2;
  static final int EVENT = 3;
  static final int SEMAPHORE = 4;
  static final int QUEUE = 5;
  static final int TOPIC = 6;
  static final int TIMER = 7;
  static final int PUBLISHER = 8;
  static final int SUBSCRIPTION = 9;
  static final int MESSAGE = 10;
  static final int VIEW = 11;

  static final int CREATE = 0;
  static final int OPEN = 1;
  static final int OPEN_OR_CREATE = 2;

  static final int OK = 0;
  static final int TIMED_OUT = 1;
  static final int ABANDONED = 2;
  static final int ABSENT = 3;

  static {
    load();
  }

  private Native() {}

  /** From where the property coview.jni.path says, else from beside the classes, else from where Java looks. */
  private static void load() {
    String given = System.getProperty("coview.jni.path");
    if (given != null) {
      System.load(new File(given).getAbsolutePath());
      return;
    }
    CodeSource source = Native.class.getProtectionDomain().getCodeSource();
    try {
      File beside = source == null ? null : new File(new File(source.getLocation().toURI()).getParentFile(), "libcoview_java.so");
      if (beside != null && beside.exists()) {
        System.load(beside.getPath());
        return;
      }
    } catch (URISyntaxException notAFile) {
      // Java looks itself.
    }
    System.loadLibrary("coview_java");
  }

  /** A text as C has it. */
  static byte[] text(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new CoviewException(22, "a name or text has a zero character in it");
    }
    return (text + '\0').getBytes(StandardCharsets.UTF_8);
  }

  static String string(byte[] text) {
    return new String(text, StandardCharsets.UTF_8);
  }

  static native byte[] version();

  static native long openMapping(int how, byte[] name, long size, int access, int mode, int flags);

  static native long openFile(byte[] path, int access, long size, byte[] name);

  static native long anonymous(long size);

  static native long openSync(int kind, int how, byte[] name, int first, int second, int mode, int flags);

  static native long openChannel(
      int kind, int how, byte[] name, long[] sizes, int participants, int mode, int flags, byte[] typeName, long typeSize, int typeVersion);

  static native long publisher(long topic);

  static native long subscription(long topic, int from, int slow);

  static native void close(int kind, long handle);

  static native byte[] name(int kind, long handle);

  static native boolean created(int kind, long handle);

  static native boolean stillNamed(int kind, long handle);

  /** One of the numbers that the native part lists. */
  static native long number(int which, long handle);

  /** The view's bytes; its handle is stored in `view`. */
  static native ByteBuffer map(long mapping, int access, long offset, long length, long[] view);

  static native void flush(long view);

  /** Waits for a mutex, event, semaphore or timer; a status. */
  static native int await(int kind, long handle, long nanoseconds);

  /** 0: releases a mutex; 1, 2, 3: sets, clears, pulses an event; 4: cancels a timer. */
  static native void act(int what, long handle);

  static native int releasePermits(long semaphore, int count);

  static native void setTimer(long timer, long time, long period, boolean wallClock);

  /** Nanoseconds; -1 where it does not run. */
  static native long dueIn(long timer);

  /** To a queue, or by a publisher; a status. */
  static native int send(int kind, long handle, byte[] bytes, int offset, int length, long nanoseconds);

  /** The same, from a direct buffer. */
  static native int sendDirect(int kind, long handle, ByteBuffer bytes, int offset, int length, long nanoseconds);

  /** From a queue or subscription, or the latest of a topic; 0 where there is none. */
  static native long receive(int kind, long handle, long nanoseconds);

  static native byte[] content(long message);

  static native long evict(long topic);

  /** The status; the index is stored in `index`. */
  static native int awaitSeveral(int[] kinds, long[] handles, boolean all, long nanoseconds, int[] index);

  /** All, or the one of that name. */
  static native ObjectInfo[] objects(byte[] name);

  static native Holders holders(byte[] name);

  static native boolean remove(byte[] name, boolean force);

  static native long[] reclaim();
}
