// SPDX-License-Identifier: Apache-2.0
package coview;

/** A handle to a named object. Several threads may use one at once. */
public abstract class NamedHandle extends Handle {
  final int kind;

  NamedHandle(int kind, long handle) {
    super(kind, handle);
    this.kind = kind;
  }

  /**
   * The name it was opened by.
   *
   * @return without {@code Local\}
   */
  public final String name() {
    return use(handle -> Native.string(Native.name(kind, handle)));
  }

  /**
   * Whether the call that gave this handle made the object.
   *
   * @return false: it was there
   */
  public final boolean created() {
    return use(handle -> Native.created(kind, handle));
  }

  /**
   * Whether the name still leads to this object.
   *
   * @return false: somebody removed it by force
   */
  public final boolean stillNamed() {
    return use(handle -> Native.stillNamed(kind, handle));
  }
}
