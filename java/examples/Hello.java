// SPDX-License-Identifier: Apache-2.0
import coview.Mapping;
import coview.Mutex;
import coview.View;

/** Run it in two terminals: each tells how many came before it. The memory goes with the last one. */
public final class Hello {
  private Hello() {}

  public static void main(String[] arguments) throws Exception {
    try (Mapping memory = Mapping.openOrCreate("MySharedMem", 4096);
        View view = memory.map();
        Mutex mutex = Mutex.openOrCreate("MySharedMem.lock")) {
      try (Mutex.Lock lock = mutex.lock()) {
        if (lock.abandoned()) { // its owner was killed: what it wrote may be half done
          view.setLong(0, 0);
        }
        System.out.println(view.getAndAddLong(0, 1) + " came before me; Enter ends this");
      }
      System.in.read();
    }
  }
}
