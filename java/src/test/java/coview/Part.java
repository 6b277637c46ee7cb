// SPDX-License-Identifier: Apache-2.0
package coview;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Another process, which plays one of the parts in {@link #main}; it ends by kill -9 where it does not end before. */
final class Part implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final OutputStream input;

  private Part(Process process) {
    this.process = process;
    output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    input = process.getOutputStream();
  }

  static Part start(String what, String name) throws IOException {
    String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    List<String> command =
        List.of(java, "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), "coview.Part", what, name);
    return new Part(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  void tells(String want) throws IOException {
    Tests.equal(output.readLine(), want);
  }

  void goOn() throws IOException {
    input.write('\n');
    input.flush();
  }

  long pid() {
    return process.pid();
  }

  /** kill -9, and waits until it is gone. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void tellAndWait(String what) throws IOException {
    System.out.println(what);
    System.out.flush();
    System.in.read();
  }

  /** Adds so often to a number that processes share under a mutex. */
  static void count(String name, int times) throws InterruptedException {
    try (Mutex mutex = Mutex.open(name);
        Mapping memory = Mapping.open(name + " memory");
        View view = memory.map()) {
      for (int i = 0; i < times; i++) {
        try (Mutex.Lock lock = mutex.lock()) {
          Tests.holds(!lock.abandoned());
          view.buffer().putLong(0, view.buffer().getLong(0) + 1);
        }
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    String name = arguments[1];
    switch (arguments[0]) {
      case "locks" -> {
        Mutex.Lock lock = Mutex.open(name).lock();
        tellAndWait(lock.abandoned() ? "abandoned" : "locked");
      }
      case "counts" -> {
        tellAndWait("ready");
        count(name, 2000);
        tellAndWait("counted");
      }
      case "holds" -> {
        Mapping held = Mapping.open(name);
        tellAndWait("held");
        held.close();
      }
      case "writes" -> {
        Mapping.open(name).map().setLong(16, 5);
        tellAndWait("written");
      }
      case "receives" -> {
        Message message = Queue.open(name).receive();
        tellAndWait(new String(message.bytes(), StandardCharsets.UTF_8));
        message.close();
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }
}
