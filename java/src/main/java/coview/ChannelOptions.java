// SPDX-License-Identifier: Apache-2.0
package coview;

/** How a queue or a topic is created. Each call gives changed options. */
public final class ChannelOptions {
  final long capacity;
  final long messages;
  final int participants;
  final int mode;
  final int flags;
  final Type type;

  private ChannelOptions(long capacity, long messages, int participants, int mode, int flags, Type type) {
    this.capacity = capacity;
    this.messages = messages;
    this.participants = participants;
    this.mode = mode;
    this.flags = flags;
    this.type = type;
  }

  /**
   * For so many bytes of messages; a message has a quarter of that at most.
   *
   * @param bytes more than 0
   * @return options
   */
  public static ChannelOptions capacity(long bytes) {
    return new ChannelOptions(bytes, 0, 0, 0600, 0, null);
  }

  /**
   * What it carries. Without: bytes.
   *
   * @param type null: bytes
   * @return the changed options
   */
  public ChannelOptions carries(Type type) {
    return new ChannelOptions(capacity, messages, participants, mode, flags, type);
  }

  /**
   * How many messages at most. Without: what fits.
   *
   * @param count the number
   * @return the changed options
   */
  public ChannelOptions messages(long count) {
    return new ChannelOptions(capacity, count, participants, mode, flags, type);
  }

  /**
   * How many may take part at a time. Without: 16.
   *
   * @param count 2 to 100
   * @return the changed options
   */
  public ChannelOptions participants(int count) {
    return new ChannelOptions(capacity, messages, count, mode, flags, type);
  }

  /**
   * Who may use it. Without: this user only.
   *
   * @param bits permission bits, 0 to 0777
   * @return the changed options
   */
  public ChannelOptions mode(int bits) {
    return new ChannelOptions(capacity, messages, participants, bits, flags, type);
  }

  private ChannelOptions with(int flag) {
    return new ChannelOptions(capacity, messages, participants, mode, flags | flag, type);
  }

  /**
   * Keeps name and messages without a handle, until {@link Objects#remove}.
   *
   * @return the changed options
   */
  public ChannelOptions permanent() {
    return with(1);
  }

  /**
   * Of a queue: drops what a dead receiver had, instead of delivering it again.
   *
   * @return the changed options
   */
  public ChannelOptions dropOnDeath() {
    return with(2);
  }

  /**
   * Of a topic: lets subscribers ask publishers to wait for them.
   *
   * @return the changed options
   */
  public ChannelOptions subscribersMayBlock() {
    return with(4);
  }

  /** Opens a queue or a topic. */
  long open(int kind, int how, String name) {
    byte[] typeName = type == null ? null : Native.text(type.name());
    long typeSize = type == null ? 0 : type.size();
    int typeVersion = type == null ? 0 : type.version();
    long[] sizes = {capacity, messages};
    return Native.openChannel(kind, how, Native.text(name), sizes, participants, mode, flags, typeName, typeSize, typeVersion);
  }
}
