// SPDX-License-Identifier: Apache-2.0
import coview.ChannelOptions;
import coview.Event;
import coview.Mapping;
import coview.Mutex;
import coview.Queue;
import coview.Reset;
import coview.View;
import java.util.Locale;

/** What calls cost in Java; see run. */
final class Costs {
  private Costs() {}

  private interface Deed {
    void run() throws Exception;
  }

  /** The best of twenty rounds, in nanoseconds a time: in the first ones, the compiler is at work. */
  private static void measure(String what, int times, Deed deed) throws Exception {
    double best = Double.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long begin = System.nanoTime();
      for (int i = 0; i < times; i++) {
        deed.run();
      }
      best = Math.min(best, (double) (System.nanoTime() - begin) / times);
    }
    System.out.printf(Locale.ROOT, "%s %.0f%n", what, best);
  }

  public static void main(String[] arguments) throws Exception {
    try (Mapping memory = Mapping.create("costs", 4096);
        View view = memory.map();
        Mutex mutex = Mutex.create("costs.lock");
        Event event = Event.create("costs.event", Reset.AUTOMATIC, false);
        Queue queue = Queue.create("costs.queue", ChannelOptions.capacity(1 << 16))) {
      byte[] message = new byte[64];
      measure("create", 500, () -> Mapping.create("costs.new", 4096).close());
      measure("open", 500, () -> Mapping.open("costs").close());
      measure("map", 2000, () -> memory.map().close());
      measure("lock", 100000, () -> mutex.lock().close());
      measure(
          "signal",
          100000,
          () -> {
            event.set();
            event.await();
          });
      measure(
          "send",
          100000,
          () -> {
            queue.send(message);
            queue.receive().close();
          });
      measure("add", 1000000, () -> view.getAndAddLong(0, 1));
    }
  }
}
