// SPDX-License-Identifier: Apache-2.0
package coview;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A received message: a copy, so that it is good for ever. Closing one of a queue says that it was dealt with: until then
 * the death of this process has it delivered again. One of a topic needs no closing.
 */
public final class Message extends Handle {
  private final byte[] content;
  private final long sequence;
  private final int deaths;
  private final long lost;

  private Message(long handle) {
    super(Native.MESSAGE, handle);
    content = Native.content(handle);
    sequence = Native.number(6, handle);
    deaths = (int) Native.number(7, handle);
    lost = Native.number(8, handle);
  }

  /** Of a queue; null where there is none. */
  static Message kept(long handle) {
    return handle == 0 ? null : new Message(handle);
  }

  /** Of a topic, whose memory goes back in the thread that uses the subscription. */
  static Message copied(long handle) {
    Message message = kept(handle);
    if (message != null) {
      message.close();
    }
    return message;
  }

  /**
   * Its content.
   *
   * @return a copy
   */
  public byte[] bytes() {
    return content.clone();
  }

  /**
   * Its content, in the byte order of this machine.
   *
   * @return a buffer to read only, which is good for ever
   */
  public ByteBuffer buffer() {
    return ByteBuffer.wrap(content).asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /**
   * Its place in the order of publication.
   *
   * @return from 0
   */
  public long sequence() {
    return sequence;
  }

  /**
   * Of a queue: how many receivers had it before, and died with it.
   *
   * @return how many
   */
  public int deaths() {
    return deaths;
  }

  /**
   * Of a topic: how many messages the subscription lost between the one before and this one.
   *
   * @return how many
   */
  public long lost() {
    return lost;
  }
}
