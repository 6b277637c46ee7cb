// SPDX-License-Identifier: Apache-2.0
package coview;

import java.util.ArrayList;
import java.util.List;

/**
 * The holders of an object that can be seen, and what is known of others.
 *
 * @param processes by process ID
 * @param held whether somebody has a handle, seen or not
 * @param complete whether processes accounts for every handle
 */
public record Holders(List<Holder> processes, boolean held, boolean complete) {
  /**
   * A process that holds an object.
   *
   * @param pid its process ID, as seen from here
   * @param user the user that it runs as; -1 where that is hidden
   * @param command its command line; empty where that is hidden
   */
  public record Holder(int pid, int user, String command) {}

  /** Called by the native part. */
  static Holders of(int[] pids, int[] users, byte[][] commands, boolean held, boolean complete) {
    List<Holder> processes = new ArrayList<>();
    for (int i = 0; i < pids.length; i++) {
      processes.add(new Holder(pids[i], users[i], Native.string(commands[i])));
    }
    return new Holders(List.copyOf(processes), held, complete);
  }
}
