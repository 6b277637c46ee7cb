// SPDX-License-Identifier: Apache-2.0
package coview;

import java.nio.charset.StandardCharsets;

/** What went wrong: the number of errno(3), and a sentence that names operation, object, cause and remedy. */
public final class CoviewException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** There is no such object, or nobody holds it. */
  public static final int ENOENT = 2;

  /** There is one of that name. */
  public static final int EEXIST = 17;

  /** This user, or this handle, may not do that. */
  public static final int EACCES = 13;

  /** The number of errno(3). */
  private final int errno;

  CoviewException(int errno, String sentence) {
    super(sentence);
    this.errno = errno;
  }

  /** Called by the native part. */
  CoviewException(int errno, byte[] sentence) {
    this(errno, new String(sentence, StandardCharsets.UTF_8));
  }

  /**
   * The number of errno(3).
   *
   * @return such as {@link #ENOENT}
   */
  public int errno() {
    return errno;
  }
}
