// SPDX-License-Identifier: Apache-2.0

/** What the driver itself finds wrong. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1;
  final int errno;

  Refused(int errno, String message) {
    super(message);
    this.errno = errno;
  }
}
