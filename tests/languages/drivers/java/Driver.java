// SPDX-License-Identifier: Apache-2.0
import coview.Access;
import coview.ChannelOptions;
import coview.CoviewException;
import coview.Event;
import coview.Mapping;
import coview.Message;
import coview.Mutex;
import coview.NamedHandle;
import coview.Objects;
import coview.Publisher;
import coview.Queue;
import coview.Reset;
import coview.Semaphore;
import coview.Subscription;
import coview.Topic;
import coview.Type;
import coview.View;
import coview.Wait;
import coview.Waitable;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The driver of Java for tests/languages/conform; README.md there has the protocol. */
final class Driver {
  private static final Pattern MEMBER = Pattern.compile("\"([^\"]*)\" *: *(?:\"([^\"]*)\"|(-?[0-9]+))");

  private final Map<String, AutoCloseable> handles = new HashMap<>();
  private final Map<String, View> views = new HashMap<>();
  private final Map<String, Publisher> publishers = new HashMap<>();
  private final Map<Mutex, Deque<Mutex.Lock>> locks = new HashMap<>();

  /** A request. */
  private record Request(Map<String, String> members) {
    static Request of(String line) {
      Map<String, String> members = new HashMap<>();
      Matcher each = MEMBER.matcher(line);
      while (each.find()) {
        members.put(each.group(1), each.group(2) == null ? each.group(3) : each.group(2));
      }
      return new Request(members);
    }

    String text(String name) {
      String text = members.get(name);
      if (text == null) {
        throw new Refused(22, "there is no '" + name + "'");
      }
      return text;
    }

    long number(String name, long otherwise) {
      return Long.parseLong(members.getOrDefault(name, String.valueOf(otherwise)));
    }

    int number(String name) {
      return Integer.parseInt(text(name));
    }

    boolean has(String name) {
      return members.containsKey(name);
    }

    /** null waits for ever. */
    Duration timeout() {
      long milliseconds = number("timeout", -1);
      return milliseconds < 0 ? null : Duration.ofMillis(milliseconds);
    }

    byte[] content() {
      return has("schema") ? new Schema(text("schema")).pack(text("values")) : HexFormat.of().parseHex(text("bytes"));
    }
  }

  private static Map<String, Object> answer(String result) {
    Map<String, Object> made = new LinkedHashMap<>();
    made.put("result", result);
    return made;
  }

  private static Map<String, Object> inTime(boolean done) {
    return answer(done ? "ok" : "timed out");
  }

  private static void content(Map<String, Object> answer, Request request, ByteBuffer bytes) {
    ByteBuffer content = bytes.slice().order(ByteOrder.nativeOrder());
    if (request.has("schema")) {
      answer.put("values", new Schema(request.text("schema")).unpack(content));
    } else {
      byte[] copy = new byte[content.remaining()];
      content.get(copy);
      answer.put("bytes", HexFormat.of().formatHex(copy));
    }
  }

  private <T> T the(Class<T> type, String label) {
    AutoCloseable handle = handles.get(label);
    if (!type.isInstance(handle)) {
      throw new Refused(22, "'" + label + "' is no " + type.getSimpleName());
    }
    return type.cast(handle);
  }

  private void keep(String label, AutoCloseable handle) throws Exception {
    close(label);
    handles.put(label, handle);
  }

  private void close(String label) throws Exception {
    View view = views.remove(label);
    if (view != null) {
      view.close();
    }
    Publisher publisher = publishers.remove(label);
    if (publisher != null) {
      publisher.close();
    }
    AutoCloseable handle = handles.remove(label);
    if (handle instanceof Mutex mutex) {
      locks.remove(mutex);
    }
    if (handle != null) {
      handle.close();
    }
  }

  private static <T> T one(Request request, Function<String, T> create, Function<String, T> open, Function<String, T> either) {
    String name = request.text("name");
    return switch (request.text("do").replaceAll(".*[.]", "")) {
      case "create" -> create.apply(name);
      case "open" -> open.apply(name);
      default -> either.apply(name);
    };
  }

  private Map<String, Object> open(String kind, Request request) throws Exception {
    long size = request.number("size", 0);
    long capacity = request.number("capacity", 0);
    Type type =
        request.has("type")
            ? new Type(request.text("type"), request.number("type_size", 0), (int) request.number("type_version", 0))
            : null;
    ChannelOptions options = ChannelOptions.capacity(capacity).messages(request.number("messages", 0)).carries(type);
    Access access = "r".equals(request.members.get("access")) ? Access.READ_ONLY : Access.READ_WRITE;
    Reset reset = "manual".equals(request.members.get("kind")) ? Reset.MANUAL : Reset.AUTOMATIC;
    boolean set = request.number("set", 0) != 0;
    int initial = (int) request.number("initial", 0);
    int maximum = (int) request.number("maximum", 0);
    NamedHandle made =
        switch (kind) {
          case "mapping" -> one(
              request, n -> Mapping.create(n, size), n -> Mapping.open(n, access), n -> Mapping.openOrCreate(n, size));
          case "mutex" -> one(request, Mutex::create, Mutex::open, Mutex::openOrCreate);
          case "event" -> one(
              request, n -> Event.create(n, reset, set), Event::open, n -> Event.openOrCreate(n, reset, set));
          case "semaphore" -> one(
              request,
              n -> Semaphore.create(n, initial, maximum),
              Semaphore::open,
              n -> Semaphore.openOrCreate(n, initial, maximum));
          case "queue" -> one(
              request, n -> Queue.create(n, options), n -> Queue.open(n, type), n -> Queue.openOrCreate(n, options));
          case "topic" -> one(
              request, n -> Topic.create(n, options), n -> Topic.open(n, type), n -> Topic.openOrCreate(n, options));
          default -> throw new Refused(38, "there is no '" + kind + "'");
        };
    keep(request.text("as"), made);
    Map<String, Object> answer = answer("ok");
    answer.put("created", made.created() ? 1 : 0);
    if (made instanceof Mapping mapping) {
      views.put(request.text("as"), mapping.map());
      answer.put("size", mapping.size());
    } else if (made instanceof Event event) {
      answer.put("kind", event.reset() == Reset.MANUAL ? "manual" : "auto");
    } else if (made instanceof Semaphore semaphore) {
      answer.put("maximum", semaphore.maximum());
    } else if (made instanceof Mutex mutex) {
      locks.put(mutex, new ArrayDeque<>());
    }
    return answer;
  }

  private Map<String, Object> memory(Request request) throws InterruptedException {
    the(Mapping.class, request.text("as"));
    View view = views.get(request.text("as"));
    int offset = request.number("offset");
    Map<String, Object> answer = answer("ok");
    switch (request.text("do")) {
      case "write", "put" -> {
        if (view.access() == Access.READ_ONLY) { // the buffer has an exception without a number for that
          throw new Refused(13, "the mapping was opened to read");
        }
        view.buffer().put(offset, request.content());
      }
      case "read", "get" -> {
        int length = request.has("schema") ? new Schema(request.text("schema")).size : request.number("length");
        content(answer, request, view.buffer().slice(offset, length));
      }
      default -> {
        Mutex mutex = the(Mutex.class, request.text("mutex"));
        ByteBuffer memory = view.buffer();
        for (int i = request.number("times"); i > 0; i--) {
          try (Mutex.Lock lock = mutex.lock()) {
            memory.putLong(offset, memory.getLong(offset) + (lock.abandoned() ? 0 : 1));
          }
        }
      }
    }
    return answer;
  }

  private Map<String, Object> locked(Mutex mutex, Mutex.Lock lock) {
    locks.get(mutex).push(lock);
    return answer(lock.abandoned() ? "abandoned" : "ok");
  }

  private Map<String, Object> several(Request request) throws InterruptedException {
    List<Waitable> objects = new ArrayList<>();
    for (String label : request.text("objects").split(" ")) {
      objects.add(the(Waitable.class, label));
    }
    if (request.text("do").equals("wait_any")) {
      Optional<Wait.Taken> taken = Wait.any(objects, request.timeout());
      if (taken.isEmpty()) {
        return inTime(false);
      }
      int index = taken.get().index();
      Map<String, Object> answer =
          objects.get(index) instanceof Mutex mutex ? locked(mutex, taken.get().lock()) : answer("ok");
      answer.put("index", index);
      return answer;
    }
    Optional<List<Mutex.Lock>> all = Wait.all(objects, request.timeout());
    if (all.isEmpty()) {
      return inTime(false);
    }
    Map<String, Object> answer = answer("ok");
    int next = 0;
    for (Waitable each : objects) {
      if (each instanceof Mutex mutex) {
        answer = locked(mutex, all.get().get(next++));
      }
    }
    return answer;
  }

  private Map<String, Object> received(Request request, Optional<Message> received, String otherwise) throws Exception {
    if (received.isEmpty()) {
      return answer(otherwise);
    }
    Message message = received.get();
    if (request.has("keep")) {
      keep(request.text("keep"), message);
    } else {
      message.close();
    }
    Map<String, Object> answer = answer("ok");
    answer.put("sequence", message.sequence());
    answer.put("deaths", message.deaths());
    answer.put("lost", message.lost());
    content(answer, request, message.buffer());
    return answer;
  }

  private Map<String, Object> serve(Request request) throws Exception {
    String what = request.text("do");
    String kind = what.replaceAll("[.].*", "");
    if (what.endsWith(".create") || what.endsWith(".open") || what.endsWith(".open_or_create")) {
      return open(kind, request);
    }
    String label = request.members.get("as");
    Map<String, Object> answer = answer("ok");
    switch (what) {
      case "hello" -> {
        answer.put("language", "java");
        answer.put("version", Objects.version());
        answer.put("pid", ProcessHandle.current().pid());
      }
      case "reset" -> {
        for (boolean first : new boolean[] {true, false}) {
          for (String each : List.copyOf(handles.keySet())) {
            boolean before = handles.get(each) instanceof Message || handles.get(each) instanceof Subscription;
            if (before || !first) {
              close(each);
            }
          }
        }
      }
      case "close" -> {
        the(AutoCloseable.class, label);
        close(label);
      }
      case "exists" -> {
        try {
          answer.put("kind", Objects.stat(request.text("name")).kind().name().toLowerCase(Locale.ROOT));
        } catch (CoviewException error) {
          if (error.errno() != CoviewException.ENOENT) {
            throw error;
          }
          return answer("absent");
        }
      }
      case "remove" -> Objects.removeByForce(request.text("name"));
      case "reclaim" -> Objects.reclaim();
      case "write", "put", "read", "get", "count" -> {
        return memory(request);
      }
      case "mutex.lock" -> {
        Mutex mutex = the(Mutex.class, label);
        Duration time = request.timeout();
        Optional<Mutex.Lock> lock = time == null ? Optional.of(mutex.lock()) : mutex.tryLock(time);
        return lock.isEmpty() ? inTime(false) : locked(mutex, lock.get());
      }
      case "mutex.unlock" -> {
        Mutex.Lock lock = locks.get(the(Mutex.class, label)).poll();
        if (lock == null) { // the face has no call that releases what is not owned
          throw new Refused(1, "this thread does not own it");
        }
        lock.close();
      }
      case "event.set" -> the(Event.class, label).set();
      case "event.clear" -> the(Event.class, label).clear();
      case "event.wait" -> {
        return inTime(the(Event.class, label).await(request.timeout()));
      }
      case "semaphore.acquire" -> {
        return inTime(the(Semaphore.class, label).acquire(request.timeout()));
      }
      case "semaphore.release" -> answer.put("before", the(Semaphore.class, label).release(request.number("count")));
      case "wait_any", "wait_all" -> {
        return several(request);
      }
      case "queue.send" -> {
        return inTime(the(Queue.class, label).send(request.content(), request.timeout()));
      }
      case "queue.receive" -> {
        return received(request, the(Queue.class, label).receive(request.timeout()), "timed out");
      }
      case "topic.publish" -> {
        Topic topic = the(Topic.class, label);
        Supplier<Publisher> make = topic::publisher;
        Publisher publisher = publishers.computeIfAbsent(label, absent -> make.get());
        return inTime(publisher.publish(request.content(), request.timeout()));
      }
      case "topic.subscribe" -> {
        Topic topic = the(Topic.class, request.text("topic"));
        boolean oldest = "oldest".equals(request.members.get("from"));
        keep(label, topic.subscribe(oldest ? Topic.From.OLDEST : Topic.From.NOW, Topic.Slow.LAGS));
      }
      case "subscription.receive" -> {
        return received(request, the(Subscription.class, label).receive(request.timeout()), "timed out");
      }
      case "topic.latest" -> {
        return received(request, the(Topic.class, label).latest(), "absent");
      }
      default -> throw new Refused(38, "there is no '" + what + "'");
    }
    return answer;
  }

  private static String line(Map<String, Object> answer) {
    StringBuilder line = new StringBuilder("{");
    answer.forEach(
        (name, value) -> {
          line.append(line.length() == 1 ? "" : ", ").append('"').append(name).append("\": ");
          if (value instanceof Number) {
            line.append(value);
            return;
          }
          line.append('"');
          for (char each : String.valueOf(value).toCharArray()) {
            if (each < ' ' || each == '"' || each == '\\') {
              line.append(String.format(Locale.ROOT, "\\u%04x", (int) each));
            } else {
              line.append(each);
            }
          }
          line.append('"');
        });
    return line.append('}').toString();
  }

  private static Map<String, Object> error(int errno, Exception cause) {
    Map<String, Object> answer = answer("error");
    answer.put("errno", errno);
    answer.put("message", String.valueOf(cause.getMessage()));
    return answer;
  }

  public static void main(String[] arguments) throws Exception {
    Driver driver = new Driver();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      Map<String, Object> answer;
      try {
        answer = driver.serve(Request.of(line));
      } catch (CoviewException failure) {
        answer = error(failure.errno(), failure);
      } catch (Refused failure) {
        answer = error(failure.errno, failure);
      } catch (RuntimeException misuse) {
        answer = error(22, misuse);
      }
      output.println(line(answer));
    }
  }
}
