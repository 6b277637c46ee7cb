// SPDX-License-Identifier: Apache-2.0
package coview;

import java.util.List;

/** Looking at objects from outside. */
public final class Objects {
  private Objects() {}

  /**
   * All objects of this user's local scope and of the global scope.
   *
   * @return by name
   */
  public static List<ObjectInfo> list() {
    return List.of(Native.objects(null));
  }

  /**
   * One object.
   *
   * @param name its name
   * @return what is known of it
   * @throws CoviewException {@link CoviewException#ENOENT} where nobody holds it
   */
  public static ObjectInfo stat(String name) {
    return Native.objects(Native.text(name))[0];
  }

  /**
   * The processes that hold an object.
   *
   * @param name its name
   * @return those that can be seen
   * @throws CoviewException {@link CoviewException#ENOENT}
   */
  public static Holders holders(String name) {
    return Native.holders(Native.text(name));
  }

  /**
   * Ends a permanent object.
   *
   * @param name its name
   * @return whether the name goes later, with the last handle
   * @throws CoviewException {@link CoviewException#ENOENT}; {@link CoviewException#EACCES}
   */
  public static boolean remove(String name) {
    return Native.remove(Native.text(name), false);
  }

  /**
   * Takes the name away from any object: who has a handle goes on, and who opens the name gets another object.
   *
   * @param name its name
   */
  public static void removeByForce(String name) {
    Native.remove(Native.text(name), true);
  }

  /**
   * What killed holders left, and was given back.
   *
   * @param objects how many
   * @param bytes how many
   */
  public record Reclaimed(long objects, long bytes) {}

  /**
   * Gives back what killed holders left. Nobody ever sees it, but it takes memory.
   *
   * @return how much
   */
  public static Reclaimed reclaim() {
    long[] given = Native.reclaim();
    return new Reclaimed(given[0], given[1]);
  }

  /**
   * The version of libcoview.
   *
   * @return such as 0.2.0
   */
  public static String version() {
    return Native.string(Native.version());
  }
}
