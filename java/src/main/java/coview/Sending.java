// SPDX-License-Identifier: Apache-2.0
package coview;

import java.nio.ByteBuffer;
import java.time.Duration;

/** Sends bytes: what queues and publishers have in common. */
final class Sending {
  private Sending() {}

  /** False where the time was up. The buffer's position is moved to its limit where it was sent. */
  static boolean send(int kind, long handle, ByteBuffer bytes, Duration time) throws InterruptedException {
    boolean sent;
    if (bytes.isDirect()) {
      sent =
          Waits.run(
                  time,
                  nanoseconds ->
                      Waits.unlessTimedOut(
                          Native.sendDirect(kind, handle, bytes, bytes.position(), bytes.remaining(), nanoseconds)))
              != null;
    } else {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      sent = send(kind, handle, copy, time);
    }
    if (sent) {
      bytes.position(bytes.limit());
    }
    return sent;
  }

  static boolean send(int kind, long handle, byte[] bytes, Duration time) throws InterruptedException {
    return Waits.run(
            time, nanoseconds -> Waits.unlessTimedOut(Native.send(kind, handle, bytes, 0, bytes.length, nanoseconds)))
        != null;
  }
}
