// SPDX-License-Identifier: Apache-2.0
package coview;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;

/** Runs all tests, or those whose names are given, and says how many passed. */
final class Tests {
  private static final Class<?>[] ALL = {MemoryTest.class, SyncTest.class, ChannelTest.class, ObjectTest.class};

  private Tests() {}

  public static void main(String[] arguments) throws Exception {
    int passed = 0;
    int failed = 0;
    for (Class<?> all : ALL) {
      Method[] methods = all.getDeclaredMethods();
      Arrays.sort(methods, Comparator.comparing(Method::getName));
      for (Method each : methods) {
        String name = all.getSimpleName() + "." + each.getName();
        boolean wanted = arguments.length == 0 || Arrays.asList(arguments).contains(name);
        if (!each.isAnnotationPresent(Test.class) || !wanted) {
          continue;
        }
        try {
          each.invoke(null);
          passed++;
        } catch (InvocationTargetException failure) {
          failed++;
          System.out.println(name + ": FAILED");
          failure.getCause().printStackTrace(System.out);
        }
      }
    }
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 && passed > 0 ? 0 : 1);
  }

  static void equal(Object got, Object want) {
    if (!Objects.equals(got, want)) {
      throw new AssertionError("got " + got + ", want " + want);
    }
  }

  static void holds(boolean condition) {
    equal(condition, true);
  }

  /** Something that is to fail. */
  interface Failing {
    void run() throws Exception;
  }

  static <E extends Exception> E fails(Class<E> type, Failing deed) {
    try {
      deed.run();
    } catch (Exception failure) {
      if (type.isInstance(failure)) {
        return type.cast(failure);
      }
      throw new AssertionError("another failure than " + type, failure);
    }
    throw new AssertionError("it did not fail");
  }

  static CoviewException fails(int errno, Failing deed) {
    CoviewException failure = fails(CoviewException.class, deed);
    equal(failure.errno(), errno);
    return failure;
  }

  /** A name that no other test and no other run has. */
  static String unique(String name) {
    return "java " + name + " " + ProcessHandle.current().pid();
  }

  /** Calls in another thread. */
  static void elsewhere(Failing deed) throws Exception {
    Throwable[] failure = new Throwable[1];
    Thread thread =
        new Thread(
            () -> {
              try {
                deed.run();
              } catch (Throwable thrown) {
                failure[0] = thrown;
              }
            });
    thread.start();
    thread.join();
    if (failure[0] != null) {
      throw new AssertionError("in the other thread", failure[0]);
    }
  }
}
