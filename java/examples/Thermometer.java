// SPDX-License-Identifier: Apache-2.0
import coview.Event;
import coview.Reset;
import coview.Subscription;
import coview.Topic;
import coview.Type;
import java.nio.ByteBuffer;

/** Reads what examples/thermometer.c measures, in whichever order the two are started. */
public final class Thermometer {
  private Thermometer() {}

  public static void main(String[] arguments) throws Exception {
    // As in the C program: a 64-bit number at offset 0, a double at 8.
    Type reading = new Type("reading", 16, 1);
    try (Topic readings = Topic.openOrCreate("thermometer", reading, 64);
        Event read = Event.openOrCreate("thermometer.read", Reset.MANUAL, false);
        Subscription all = readings.subscribe(Topic.From.OLDEST, Topic.Slow.LAGS)) {
      long number;
      do {
        ByteBuffer message = all.receive().buffer();
        number = message.getLong(0);
        System.out.printf(java.util.Locale.ROOT, "%d: %.1f degrees%n", number, message.getDouble(8));
      } while (number != 9);
      read.set();
    }
  }
}
