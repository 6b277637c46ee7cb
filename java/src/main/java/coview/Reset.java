// SPDX-License-Identifier: Apache-2.0
package coview;

/** What happens to a set event, or a timer that is due, when a waiter was let through. The order is that of coview.h. */
public enum Reset {
  /** It is reset: one waiter for each time. */
  AUTOMATIC,
  /** It stays set: all waiters. */
  MANUAL
}
