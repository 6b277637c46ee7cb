// SPDX-License-Identifier: Apache-2.0
package coview;

import static coview.Tests.elsewhere;
import static coview.Tests.equal;
import static coview.Tests.fails;
import static coview.Tests.holds;
import static coview.Tests.unique;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;

final class MemoryTest {
  private MemoryTest() {}

  @Test
  static void twoViewsOfOneNameAreOneMemory() {
    String name = unique("memory");
    try (Mapping first = Mapping.create(name, 5000);
        Mapping second = Mapping.open(name);
        View a = first.map();
        View b = second.map(Access.READ_WRITE, 4096, 8)) {
      holds(first.created() && !second.created() && second.stillNamed());
      equal(second.size(), 5000L);
      equal(second.name(), name);
      equal(b.size(), 8);
      a.buffer().putInt(4097, 0x01020304); // aligned or not
      equal(b.buffer().getInt(1), 0x01020304);
      b.setLong(0, 7);
      equal(a.getLong(4096), 7L);
      equal(a.getAndAddLong(4096, 3), 7L);
      holds(b.compareAndSetLong(0, 10, 11) && !b.compareAndSetLong(0, 10, 12));
      a.setInt(4096, 5);
      equal(b.getInt(0), 5);
      fails(IndexOutOfBoundsException.class, () -> a.getLong(4996));
      fails(IllegalStateException.class, () -> a.getLong(4)); // misaligned
      equal(a.access(), Access.READ_WRITE);
    }
  }

  @Test
  static void theNameGoesWithTheLastView() {
    String name = unique("last view");
    View view;
    try (Mapping memory = Mapping.create(name, 64)) {
      view = memory.map();
    }
    Mapping.open(name).close(); // the view keeps it
    ByteBuffer buffer = view.buffer();
    view.setLong(0, 9);
    view.close();
    view.close();
    holds(fails(2, () -> Mapping.open(name)).getMessage().contains(name));
    fails(IllegalStateException.class, () -> view.getLong(0));
    fails(IllegalStateException.class, view::buffer);
    fails(IllegalStateException.class, view::flush);
    equal(buffer.getLong(0), 9L); // the memory stays as long as it can be reached
  }

  private static long mapped(String name) throws Exception {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains(name)).count();
    }
  }

  @Test
  static void memoryStaysWhileABufferLeadsThereAndGoesAfterwards() throws Exception {
    String name = "java_kept_" + ProcessHandle.current().pid();
    ByteBuffer slice;
    try (Mapping memory = Mapping.create(name, 1 << 20);
        View view = memory.map()) {
      slice = view.buffer().position(4096).slice().asReadOnlyBuffer();
      view.buffer().put(4096, (byte) 3);
    }
    for (int i = 0; i < 10; i++) {
      System.gc();
      Thread.onSpinWait();
    }
    equal(mapped(name), 1L);
    equal(slice.get(0), (byte) 3);
    slice = null;
    while (mapped(name) != 0) { // until the collector has found it
      System.gc();
      Thread.yield();
    }
  }

  @Test
  static void closingWhileOthersUseItIsAnExceptionForThem() throws Exception {
    try (Mapping memory = Mapping.anonymous(4096)) {
      View view = memory.map();
      Thread[] users = new Thread[4];
      for (int i = 0; i < users.length; i++) {
        users[i] =
            new Thread(
                () ->
                    fails(
                        IllegalStateException.class,
                        () -> {
                          while (true) {
                            view.getAndAddLong(8, 1);
                          }
                        }));
        users[i].start();
      }
      while (view.getLong(8) < 1000) {
        Thread.onSpinWait();
      }
      view.close();
      for (Thread user : users) {
        user.join();
      }
    }
  }

  @Test
  static void aReaderOnlyReads() {
    String name = unique("reader");
    try (Mapping writer = Mapping.create(name, 64);
        Mapping reader = Mapping.open(name, Access.READ_ONLY);
        View view = reader.map();
        View all = writer.map();
        View own = writer.map(Access.COPY_ON_WRITE, 0, 64)) {
      equal(reader.access(), Access.READ_ONLY);
      fails(13, () -> reader.map(Access.READ_WRITE, 0, 64));
      all.setInt(8, 42);
      equal(view.getInt(8), 42);
      equal(view.buffer().getInt(8), 42);
      fails(ReadOnlyBufferException.class, () -> view.buffer().put(0, (byte) 1));
      fails(UnsupportedOperationException.class, () -> view.setInt(8, 1));
      own.setInt(0, 9);
      equal(all.getInt(0), 0);
    }
  }

  @Test
  @SuppressWarnings("try") // closed early on purpose
  static void whatCannotBeIsAnError() {
    fails(22, () -> Mapping.create("", 64));
    fails(22, () -> Mapping.create("a\0b", 64));
    fails(22, () -> Mapping.create(unique("nothing"), 0));
    fails(22, () -> Mapping.anonymous(0));
    fails(22, () -> Mapping.create(unique("mode"), 64, Options.DEFAULT.mode(07777)));
    String name = unique("there");
    try (Mapping memory = Mapping.create(name, 64)) {
      fails(17, () -> Mapping.create(name, 64));
      fails(34, () -> memory.map(Access.READ_WRITE, 60, 5));
      fails(34, () -> memory.map(Access.READ_WRITE, 0, 1L << 31));
      try (Mapping same = Mapping.openOrCreate(name, 4096)) {
        equal(same.size(), 64L);
      }
      fails(CoviewException.class, () -> Mutex.open(name));
      memory.close();
      fails(IllegalStateException.class, memory::size);
    }
  }

  @Test
  static void aFileGrowsAndKeepsWhatIsWritten() throws Exception {
    Path path = Files.createTempFile("coview", "java");
    try (Mapping memory = Mapping.file(path, Access.READ_WRITE, 100, null);
        View view = memory.map()) {
      view.buffer().put(95, new byte[] {1, 2, 3, 4, 5});
      view.flush();
      byte[] content = Files.readAllBytes(path);
      equal(content.length, 100);
      equal(content[99], (byte) 5);
    } finally {
      Files.delete(path);
    }
    fails(2, () -> Mapping.file(path, Access.READ_ONLY, 0, null));
  }

  @Test
  static void anotherProcessSeesWhatIsWritten() throws Exception {
    String name = unique("seen \u00e9\ud83d\ude00"); // not modified UTF-8
    try (Mapping memory = Mapping.create(name, 64);
        View view = memory.map();
        Part part = Part.start("writes", name)) {
      part.tells("written");
      equal(view.getLong(16), 5L);
      equal(memory.name(), name);
      elsewhere(() -> equal(view.getLong(16), 5L));
    }
  }

  @Test
  static void aForgottenHandleIsClosedByTheCollector() {
    String name = unique("forgotten");
    Mapping.create(name, 64).map().setInt(0, 1);
    boolean gone = false;
    while (!gone) { // until the collector has found it
      System.gc();
      try {
        Mapping.open(name).close();
      } catch (CoviewException notThere) {
        gone = notThere.errno() == CoviewException.ENOENT;
      }
    }
  }
}
