// SPDX-License-Identifier: Apache-2.0
package coview;

import java.util.Optional;

/**
 * A named topic: many publishers, many subscribers, and each of them sees every message, in one order. Publishers and
 * subscriptions may outlive it.
 */
public final class Topic extends NamedHandle {
  private Topic(int how, String name, ChannelOptions options) {
    super(Native.TOPIC, options.open(Native.TOPIC, how, name));
  }

  /** With which message a subscription begins. The order is that of coview.h. */
  public enum From {
    /** The next one that is published. */
    NOW,
    /** The oldest that is still there. */
    OLDEST
  }

  /** What becomes of a subscriber that is slower than the publishers. The order is that of coview.h. */
  public enum Slow {
    /** It loses the oldest messages, and is told how many. */
    LAGS,
    /** Publishers wait for it, where the topic allows that. */
    BLOCKS
  }

  /**
   * A new one.
   *
   * @param name its name
   * @param options how
   * @return to be closed
   * @throws CoviewException {@link CoviewException#EEXIST}; 22 (EINVAL) for sizes that cannot be
   */
  public static Topic create(String name, ChannelOptions options) {
    return new Topic(Native.CREATE, name, options);
  }

  /**
   * What somebody holds, whatever it carries.
   *
   * @param name its name
   * @return to be closed
   * @throws CoviewException {@link CoviewException#ENOENT}
   */
  public static Topic open(String name) {
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
  public static Topic open(String name, Type type) {
    return new Topic(Native.OPEN, name, ChannelOptions.capacity(0).carries(type));
  }

  /**
   * Opens it where somebody holds it, as it was created, and creates it otherwise.
   *
   * @param name its name
   * @param options how
   * @return to be closed
   */
  public static Topic openOrCreate(String name, ChannelOptions options) {
    return new Topic(Native.OPEN_OR_CREATE, name, options);
  }

  /**
   * A topic of messages of one size, that keeps so many; C++ has the same as topic_of.
   *
   * @param name its name
   * @param type what it carries; its size is more than 0
   * @param history how many it keeps, up to 16384
   * @return to be closed
   */
  public static Topic openOrCreate(String name, Type type, long history) {
    // What is kept, and what is being filled or read in place.
    final long inHand = 64;
    long unit = 64;
    while (unit < type.size()) {
      unit *= 2;
    }
    long places = 2;
    while (places < history && places < 1 << 20) {
      places *= 2;
    }
    return openOrCreate(name, ChannelOptions.capacity((places + inHand) * unit).messages(places).carries(type));
  }

  /**
   * A publisher.
   *
   * @return to be closed
   * @throws CoviewException 11 (EAGAIN) where all places for participants are taken
   */
  public Publisher publisher() {
    return new Publisher(use(Native::publisher));
  }

  /**
   * A subscription.
   *
   * @param from with which message it begins
   * @param slow what becomes of it where it is slower than the publishers
   * @return to be closed
   * @throws CoviewException as {@link #publisher}; 1 (EPERM) for {@link Slow#BLOCKS} where the topic does not allow it
   */
  public Subscription subscribe(From from, Slow slow) {
    return new Subscription(use(handle -> Native.subscription(handle, from.ordinal(), slow.ordinal())));
  }

  /**
   * The newest message. Waits for nobody, and is never torn.
   *
   * @return empty where nothing was published yet
   */
  public Optional<Message> latest() {
    return Optional.ofNullable(use(handle -> Message.copied(Native.receive(kind, handle, 0))));
  }

  /**
   * Frees the publishers from all subscribers that block: they lag from now on.
   *
   * @return how many there were
   */
  public long evict() {
    return use(Native::evict);
  }

  /**
   * Messages published so far.
   *
   * @return how many
   */
  public long published() {
    return number(12);
  }

  /**
   * The most that a message can have.
   *
   * @return bytes
   */
  public long largest() {
    return number(13);
  }

  /**
   * What it keeps.
   *
   * @return bytes of messages
   */
  public long capacity() {
    return number(14);
  }
}
