// SPDX-License-Identifier: Apache-2.0
package coview;

import static coview.Tests.elsewhere;
import static coview.Tests.equal;
import static coview.Tests.fails;
import static coview.Tests.holds;
import static coview.Tests.unique;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

final class SyncTest {
  private static final Duration BRIEF = Duration.ofMillis(1);

  private SyncTest() {}

  @Test
  static void noNumberIsLostBetweenProcessesUnderAMutex() throws Exception {
    String name = unique("number");
    try (Mutex mutex = Mutex.create(name);
        Mapping memory = Mapping.create(name + " memory", 64);
        View view = memory.map();
        Part part = Part.start("counts", name)) {
      part.tells("ready");
      part.goOn();
      Part.count(mutex.name(), 2000);
      part.tells("counted");
      equal(view.getLong(0), 4000L);
    }
  }

  @Test
  @SuppressWarnings("try") // closed early on purpose
  static void aMutexIsOwnedAsOftenAsItIsLocked() throws Exception {
    String name = unique("mutex");
    try (Mutex mutex = Mutex.create(name)) {
      Mutex.Lock first = mutex.lock();
      Mutex.Lock second = mutex.tryLock().orElseThrow();
      holds(!first.abandoned());
      elsewhere(() -> fails(1, second::close));
      elsewhere(() -> holds(mutex.tryLock().isEmpty()));
      second.close();
      elsewhere(() -> holds(mutex.tryLock(BRIEF).isEmpty()));
      mutex.close(); // the lock keeps the handle
      first.close();
      first.close(); // again
      fails(IllegalStateException.class, mutex::tryLock);
    }
    fails(2, () -> Mutex.open(name));
  }

  @Test
  static void aKilledOwnerIsToldOfOnce() throws Exception {
    String name = unique("killed owner");
    try (Mutex mutex = Mutex.create(name);
        Event never = Event.create(name + " never", Reset.MANUAL, false)) {
      try (Part part = Part.start("locks", name)) {
        part.tells("locked");
        holds(mutex.tryLock().isEmpty());
      }
      try (Mutex.Lock lock = mutex.lock()) {
        holds(lock.abandoned());
      }
      try (Mutex.Lock lock = mutex.lock()) {
        holds(!lock.abandoned());
      }
      try (Part part = Part.start("locks", name)) {
        part.tells("locked");
      }
      try (Wait.Taken taken = Wait.any(List.of(never, mutex), null).orElseThrow()) {
        equal(taken.index(), 1);
        holds(taken.lock().abandoned());
      }
      // Of a thread as of a process.
      elsewhere(() -> holds(!mutex.lock().abandoned()));
      List<Mutex.Lock> locks = Wait.all(List.of(mutex), null).orElseThrow();
      holds(locks.get(0).abandoned());
      locks.get(0).close();
      elsewhere(() -> mutex.tryLock().orElseThrow().close());
    }
    boolean gone = false;
    while (!gone) { // until the collector has found the lock of the thread that ended with it
      System.gc();
      try {
        Mutex.open(name).close();
      } catch (CoviewException notThere) {
        gone = notThere.errno() == CoviewException.ENOENT;
      }
    }
  }

  @Test
  static void aWaitEndsWithAnInterrupt() throws Exception {
    try (Event event = Event.create(unique("interrupted"), Reset.MANUAL, false)) {
      Thread waiter = new Thread(() -> fails(InterruptedException.class, event::await));
      Throwable[] failure = new Throwable[1];
      waiter.setUncaughtExceptionHandler((thread, thrown) -> failure[0] = thrown);
      waiter.start();
      waiter.interrupt();
      waiter.join();
      equal(failure[0], null);
      Thread.currentThread().interrupt();
      fails(InterruptedException.class, () -> event.await(Duration.ZERO));
      holds(!Thread.interrupted());
      holds(!event.await(Duration.ofMillis(60))); // more than one slice
    }
  }

  @Test
  static void anAutomaticEventLetsOneThroughAndAManualOneAll() throws Exception {
    String name = unique("event");
    try (Event automatic = Event.create(name, Reset.AUTOMATIC, true);
        Event manual = Event.create(name + " manual", Reset.MANUAL, false);
        Event same = Event.openOrCreate(name + " manual", Reset.AUTOMATIC, true)) {
      holds(automatic.await(Duration.ZERO) && !automatic.await(Duration.ZERO) && !automatic.await(BRIEF));
      automatic.set();
      automatic.await();
      equal(same.reset(), Reset.MANUAL);
      same.set();
      manual.await();
      manual.await();
      manual.clear();
      manual.pulse();
      holds(!same.await(Duration.ZERO));
      fails(17, () -> Event.create(name, Reset.MANUAL, false));
      equal(Event.open(name).reset(), Reset.AUTOMATIC);
    }
  }

  @Test
  static void aSemaphoreHasAsManyPermitsAsItSays() throws Exception {
    String name = unique("semaphore");
    try (Semaphore permits = Semaphore.create(name, 1, 2);
        Semaphore same = Semaphore.open(name)) {
      equal(same.maximum(), 2);
      permits.acquire();
      holds(!same.acquire(BRIEF));
      equal(same.release(2), 0);
      equal(permits.count(), 2);
      fails(75, () -> permits.release(1));
      fails(22, () -> permits.release(0));
      fails(75, () -> permits.release(-1));
      fails(22, () -> Semaphore.create(name + " wrong", 3, 2));
      holds(!Semaphore.openOrCreate(name, 9, 9).created());
    }
  }

  @Test
  static void aTimerIsDueOnceOrAgainAndAgain() throws Exception {
    String name = unique("timer");
    try (Timer timer = Timer.create(name, Reset.AUTOMATIC);
        Timer same = Timer.open(name)) {
      equal(same.reset(), Reset.AUTOMATIC);
      holds(same.dueIn().isEmpty());
      timer.set(Duration.ZERO, BRIEF);
      same.await();
      same.await();
      same.set(Duration.ofHours(1), Duration.ZERO);
      holds(timer.dueIn().orElseThrow().compareTo(Duration.ofMinutes(50)) > 0);
      holds(!timer.await(Duration.ZERO));
      timer.setAt(Instant.EPOCH, Duration.ZERO);
      equal(Wait.any(List.of(same), null).orElseThrow().index(), 0);
      timer.cancel();
      fails(22, () -> timer.set(Duration.ZERO, Duration.ofNanos(-1)));
      holds(!Timer.openOrCreate(name, Reset.MANUAL).created());
    }
  }

  @Test
  @SuppressWarnings("try") // closed early on purpose
  static void allOrNoneAreTaken() throws Exception {
    String name = unique("all");
    try (Semaphore permits = Semaphore.create(name, 1, 1);
        Event event = Event.create(name + " event", Reset.AUTOMATIC, false)) {
      holds(Wait.all(List.of(permits, event), BRIEF).isEmpty());
      equal(permits.count(), 1);
      event.set();
      holds(Wait.all(List.of(permits, event), null).orElseThrow().isEmpty());
      equal(permits.count(), 0);
      fails(22, () -> Wait.any(List.of(), null));
      fails(22, () -> Wait.all(List.of(event, event), null));
      event.close();
      fails(IllegalStateException.class, () -> Wait.any(List.of(permits, event), null));
    }
  }

  @Test
  static void optionsReachTheObject() {
    String name = unique("options");
    Options options = Options.DEFAULT.mode(0640).permanent();
    Mutex.create(name, options).close();
    equal(Objects.stat(name).mode(), 0640);
    equal(Objects.stat(name).state(), ObjectInfo.State.PERMANENT);
    holds(!Objects.remove(name));
    Event.create(name, Reset.MANUAL, true, options).close();
    Objects.remove(name);
    Semaphore.create(name, 1, 1, options).close();
    Objects.remove(name);
    Timer.create(name, Reset.MANUAL, options).close();
    Objects.remove(name);
    Mapping.openOrCreate(name, 64, options.reserve().hugePages()).close();
    equal(Objects.stat(name).mode(), 0640);
    Objects.remove(name);
  }
}
