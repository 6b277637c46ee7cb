// SPDX-License-Identifier: Apache-2.0
package coview;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * A named queue: many senders, many receivers, each message to one of them, in order. It lives as long as somebody has it
 * open: what was sent to nobody is gone with the last handle. What a receiver had when it died goes to the next one.
 */
public final class Queue extends NamedHandle implements Waitable {
  private Queue(int how, String name, ChannelOptions options) {
    super(Native.QUEUE, options.open(Native.QUEUE, how, name));
  }

  /**
   * A new one.
   *
   * @param name its name
   * @param options how
   * @return to be closed
   * @throws CoviewException {@link CoviewException#EEXIST}; 22 (EINVAL) for sizes that cannot be
   */
  public static Queue create(String name, ChannelOptions options) {
    return new Queue(Native.CREATE, name, options);
  }

  /**
   * What somebody holds, whatever it carries.
   *
   * @param name its name
   * @return to be closed
   * @throws CoviewException {@link CoviewException#ENOENT}; 11 (EAGAIN) where all places for participants are taken
   */
  public static Queue open(String name) {
    return open(name, null);
  }

  /**
   * What somebody holds, and carries this type.
   *
   * @param name its name
   * @param type null: any
   * @return to be closed
   * @throws CoviewException also 22 (EINVAL) where it carries another
   */
  public static Queue open(String name, Type type) {
    return new Queue(Native.OPEN, name, ChannelOptions.capacity(0).carries(type));
  }

  /**
   * Opens it where somebody holds it, as it was created, and creates it otherwise.
   *
   * @param name its name
   * @param options how
   * @return to be closed
   */
  public static Queue openOrCreate(String name, ChannelOptions options) {
    return new Queue(Native.OPEN_OR_CREATE, name, options);
  }

  /**
   * Copies bytes into it, and waits while it is full.
   *
   * @param bytes at most {@link #largest}
   * @throws InterruptedException the thread was interrupted meanwhile
   * @throws CoviewException 90 (EMSGSIZE) for more
   */
  public void send(byte[] bytes) throws InterruptedException {
    send(bytes, null);
  }

  /**
   * The same within a time.
   *
   * @param bytes at most {@link #largest}
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return false where it was full until then
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public boolean send(byte[] bytes, Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return Sending.send(kind, handle, bytes, time);
    } finally {
      raw.leave();
    }
  }

  /**
   * The same of what a buffer has left.
   *
   * @param bytes at most {@link #largest}; its position is moved where it was sent
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return false where it was full until then
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public boolean send(ByteBuffer bytes, Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return Sending.send(kind, handle, bytes, time);
    } finally {
      raw.leave();
    }
  }

  /**
   * The next message, when it comes.
   *
   * @return to be closed
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public Message receive() throws InterruptedException {
    return receive(null).orElseThrow();
  }

  /**
   * The next message, if it comes within a time.
   *
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return to be closed; empty where the time was up
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public Optional<Message> receive(Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return Optional.ofNullable(Waits.run(time, nanoseconds -> Message.kept(Native.receive(kind, handle, nanoseconds))));
    } finally {
      raw.leave();
    }
  }

  /**
   * The most that a message can have.
   *
   * @return bytes
   */
  public long largest() {
    return number(9);
  }

  /**
   * What it holds.
   *
   * @return bytes of messages
   */
  public long capacity() {
    return number(10);
  }

  /**
   * Messages that are there now.
   *
   * @return how many, about
   */
  public long depth() {
    return number(11);
  }
}
