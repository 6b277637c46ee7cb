// SPDX-License-Identifier: Apache-2.0
package coview;

/** With which rights memory is opened or mapped. The order is that of coview.h. */
public enum Access {
  /** To read. */
  READ_ONLY,
  /** To read and write. */
  READ_WRITE,
  /** Of a view: its writes stay here. */
  COPY_ON_WRITE
}
