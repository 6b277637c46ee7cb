// SPDX-License-Identifier: Apache-2.0
package coview;

/** How a mapping, mutex, event, semaphore or timer is created. Each call gives changed options. */
public final class Options {
  /** For this user only, and gone with the last handle. */
  public static final Options DEFAULT = new Options(0600, 0);

  final int mode;
  final int flags;

  private Options(int mode, int flags) {
    this.mode = mode;
    this.flags = flags;
  }

  /**
   * Who may use it.
   *
   * @param bits permission bits, 0 to 0777
   * @return the changed options
   */
  public Options mode(int bits) {
    return new Options(bits, flags);
  }

  /**
   * Keeps the name without a handle, until {@link Objects#remove}.
   *
   * @return the changed options
   */
  public Options permanent() {
    return new Options(mode, flags | 1);
  }

  /**
   * Of a mapping: takes memory at the first touch. A touch without memory left ends the process.
   *
   * @return the changed options
   */
  public Options reserve() {
    return new Options(mode, flags | 2);
  }

  /**
   * Of a mapping: asks for huge pages.
   *
   * @return the changed options
   */
  public Options hugePages() {
    return new Options(mode, flags | 4);
  }
}
