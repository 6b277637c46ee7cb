// SPDX-License-Identifier: Apache-2.0
package coview;

import java.time.Duration;
import java.util.Optional;

/** A subscriber's place in a topic. Of several threads, one receives at a time. */
public final class Subscription extends Handle implements Waitable {
  Subscription(long handle) {
    super(Native.SUBSCRIPTION, handle);
  }

  /**
   * The next message, when it comes.
   *
   * @return it
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public Message receive() throws InterruptedException {
    return receive(null).orElseThrow();
  }

  /**
   * The next message, if it comes within a time.
   *
   * @param time how long; nothing asks without waiting; null waits for ever
   * @return empty where the time was up
   * @throws InterruptedException the thread was interrupted meanwhile
   */
  public synchronized Optional<Message> receive(Duration time) throws InterruptedException {
    long handle = raw.enter();
    try {
      return Optional.ofNullable(
          Waits.run(time, nanoseconds -> Message.copied(Native.receive(Native.SUBSCRIPTION, handle, nanoseconds))));
    } finally {
      raw.leave();
    }
  }

  /**
   * Messages lost so far, those included that the next one will tell of.
   *
   * @return how many
   */
  public long lost() {
    return number(15);
  }

  /**
   * Whether publishers still wait for it.
   *
   * @return whether they do
   */
  public boolean blocks() {
    return number(16) != 0;
  }
}
