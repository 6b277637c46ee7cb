// SPDX-License-Identifier: Apache-2.0
package coview;

import static coview.Tests.equal;
import static coview.Tests.fails;
import static coview.Tests.holds;
import static coview.Tests.unique;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

final class ChannelTest {
  private ChannelTest() {}

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Message message) {
    return new String(message.bytes(), StandardCharsets.UTF_8);
  }

  @Test
  static void aQueueGivesEachMessageToOneReceiverInOrder() throws Exception {
    String name = unique("queue");
    Message kept;
    try (Queue queue = Queue.create(name, ChannelOptions.capacity(1 << 16));
        Queue same = Queue.open(name)) {
      holds(queue.created() && queue.stillNamed());
      equal(queue.name(), name);
      equal(queue.capacity(), 1L << 16);
      equal(queue.largest(), 1L << 14);
      queue.send(bytes("one"));
      holds(queue.send(new byte[0], Duration.ZERO));
      ByteBuffer direct = ByteBuffer.allocateDirect(8).put(bytes(".two.")).flip().position(1).limit(4);
      holds(queue.send(direct, null));
      equal(direct.remaining(), 0);
      holds(queue.send(ByteBuffer.wrap(bytes(".three")).position(1), null));
      equal(same.depth(), 4L);
      kept = same.receive();
      equal(text(kept), "one");
      equal(kept.sequence(), 0L);
      equal(kept.deaths(), 0);
      for (String want : List.of("", "two", "three")) {
        try (Message message = same.receive(Duration.ZERO).orElseThrow()) {
          equal(text(message), want);
        }
      }
      holds(queue.receive(Duration.ofMillis(1)).isEmpty());
      fails(90, () -> queue.send(new byte[1 << 15]));
    }
    equal(kept.buffer().get(2), (byte) 'e'); // it is a copy
    kept.close();
    fails(2, () -> Queue.open(name));
  }

  @Test
  static void aFullQueueSaysSo() throws Exception {
    try (Queue queue = Queue.create(unique("full"), ChannelOptions.capacity(1 << 12).messages(2).dropOnDeath())) {
      while (queue.send(bytes("more"), Duration.ZERO)) {
        holds(queue.depth() <= 2);
      }
      ByteBuffer more = ByteBuffer.wrap(bytes("more"));
      holds(!queue.send(more, Duration.ofMillis(1)));
      equal(more.remaining(), 4);
    }
  }

  @Test
  static void whatAKilledReceiverHadComesAgain() throws Exception {
    String name = unique("redelivered");
    try (Queue queue = Queue.create(name, ChannelOptions.capacity(1 << 16))) {
      queue.send(bytes("poison"));
      try (Part part = Part.start("receives", name)) {
        part.tells("poison");
        holds(queue.receive(Duration.ZERO).isEmpty());
      }
      try (Message again = queue.receive()) {
        equal(text(again), "poison");
        equal(again.deaths(), 1);
      }
    }
  }

  @Test
  static void everySubscriberSeesEveryMessage() throws Exception {
    String name = unique("topic");
    Topic topic = Topic.create(name, ChannelOptions.capacity(1 << 16));
    holds(topic.latest().isEmpty());
    try (Publisher publisher = topic.publisher();
        Topic same = Topic.open(name)) {
      publisher.publish(bytes("first"));
      try (Subscription oldest = same.subscribe(Topic.From.OLDEST, Topic.Slow.LAGS);
          Subscription now = same.subscribe(Topic.From.NOW, Topic.Slow.LAGS)) {
        topic.close(); // the others may outlive it
        for (int i = 0; i < 20; i++) { // more than can be in hand at once
          holds(publisher.publish(ByteBuffer.allocateDirect(1000).put(0, (byte) i), null));
        }
        equal(text(oldest.receive()), "first");
        for (int i = 0; i < 20; i++) {
          Message message = now.receive(Duration.ZERO).orElseThrow();
          equal(message.bytes().length, 1000);
          equal(message.buffer().get(0), (byte) i);
          equal(message.sequence(), i + 1L);
          equal(message.lost(), 0L);
        }
        equal(same.latest().orElseThrow().sequence(), 20L);
        equal(same.published(), 21L);
        equal(same.capacity(), 1L << 16);
        equal(same.largest(), 1L << 14);
      }
    }
  }

  @Test
  static void aSlowSubscriberIsToldWhatItLost() throws Exception {
    try (Topic topic = Topic.create(unique("slow"), ChannelOptions.capacity(1 << 12).messages(8));
        Subscription subscription = topic.subscribe(Topic.From.NOW, Topic.Slow.LAGS);
        Publisher publisher = topic.publisher()) {
      for (int i = 0; i < 100; i++) {
        publisher.publish(ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(0, i).array());
      }
      Message first = subscription.receive();
      holds(first.lost() > 0);
      equal((long) first.buffer().getInt(), first.lost());
      equal(subscription.lost(), first.lost());
      fails(1, () -> topic.subscribe(Topic.From.NOW, Topic.Slow.BLOCKS));
    }
  }

  @Test
  static void publishersWaitForWhoBlocksUntilItIsEvicted() throws Exception {
    ChannelOptions options = ChannelOptions.capacity(1 << 12).messages(4).subscribersMayBlock();
    try (Topic topic = Topic.create(unique("blocks"), options);
        Subscription subscription = topic.subscribe(Topic.From.NOW, Topic.Slow.BLOCKS);
        Publisher publisher = topic.publisher()) {
      holds(subscription.blocks());
      while (publisher.publish(bytes("more"), Duration.ZERO)) {
        holds(topic.published() <= 4);
      }
      equal(topic.evict(), 1L);
      holds(!subscription.blocks());
      publisher.publish(bytes("more"));
    }
  }

  @Test
  static void typedChannelsRefuseOtherTypes() throws Exception {
    String name = unique("typed");
    Type reading = new Type("reading", 16, 1);
    try (Topic topic = Topic.openOrCreate(name, reading, 4);
        Publisher publisher = topic.publisher()) {
      publisher.publish(ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()).putDouble(8, -0.5), null);
      equal(topic.latest().orElseThrow().buffer().getDouble(8), -0.5);
      fails(22, () -> Topic.open(name, new Type("reading", 16, 2)));
      fails(22, () -> Topic.open(name, new Type("reading\0", 16, 1)));
      Topic.open(name, reading).close();
      fails(CoviewException.class, () -> Queue.open(name));
    }
    try (Queue queue = Queue.openOrCreate(name, ChannelOptions.capacity(4096).carries(reading))) {
      fails(22, () -> Queue.open(name, new Type("other", 16, 1)));
      Queue.open(name, reading).close();
      equal(queue.depth(), 0L);
    }
  }

  @Test
  static void channelsAreWaitedFor() throws Exception {
    String name = unique("waited");
    try (Queue queue = Queue.create(name, ChannelOptions.capacity(4096));
        Topic topic = Topic.create(name + " topic", ChannelOptions.capacity(4096));
        Subscription subscription = topic.subscribe(Topic.From.NOW, Topic.Slow.LAGS);
        Publisher publisher = topic.publisher()) {
      holds(Wait.any(List.of(queue, subscription), Duration.ZERO).isEmpty());
      publisher.publish(bytes("news"));
      equal(Wait.any(List.of(queue, subscription), null).orElseThrow().index(), 1);
      queue.send(bytes("job"));
      equal(Wait.any(List.of(queue, subscription), null).orElseThrow().index(), 0);
    }
  }

  @Test
  static void optionsReachTheObject() throws Exception {
    String name = unique("channel options");
    fails(22, () -> Queue.create(name, ChannelOptions.capacity(0)));
    fails(22, () -> Topic.create(name, ChannelOptions.capacity(4096).participants(1)));
    try (Queue queue = Queue.create(name, ChannelOptions.capacity(4096).permanent().mode(0660).participants(2))) {
      queue.send(bytes("kept"));
    }
    equal(Objects.stat(name).mode(), 0660);
    equal(Objects.stat(name).kind(), ObjectInfo.Kind.QUEUE);
    try (Queue queue = Queue.open(name);
        Message message = queue.receive()) {
      equal(text(message), "kept");
    }
    Objects.remove(name);
  }
}
