// SPDX-License-Identifier: Apache-2.0
package coview;

import java.nio.ByteBuffer;
import java.time.Duration;

/** Publishes to a topic. Of several threads, one publishes at a time. */
public final class Publisher extends Handle {
  Publisher(long handle) {
    super(Native.PUBLISHER, handle);
  }

  /**
   * Copies bytes into the topic. Waits while a blocking subscriber, or messages that are kept, leave no room.
   *
   * @param bytes at most a quarter of the capacity
   * @throws InterruptedException the thread was interrupted meanwhile
   * @throws CoviewException 90 (EMSGSIZE) for more
   */
  public void publish(byte[] bytes) throws InterruptedException {
    publish(bytes, null);
  }

  /**
   * The same within a time.
   *
   * @param bytes at most a quarter of the capacity
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return false where there was no room until then
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public synchronized boolean publish(byte[] bytes, Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return Sending.send(Native.PUBLISHER, handle, bytes, time);
    } finally {
      raw.leave();
    }
  }

  /**
   * The same of what a buffer has left.
   *
   * @param bytes at most a quarter of the capacity; its position is moved where it was published
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return false where there was no room until then
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public synchronized boolean publish(ByteBuffer bytes, Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return Sending.send(Native.PUBLISHER, handle, bytes, time);
    } finally {
      raw.leave();
    }
  }
}
