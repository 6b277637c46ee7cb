// SPDX-License-Identifier: Apache-2.0
package coview;

import static coview.Tests.equal;
import static coview.Tests.fails;
import static coview.Tests.holds;
import static coview.Tests.unique;

import java.time.Duration;
import java.time.Instant;

final class ObjectTest {
  private ObjectTest() {}

  @Test
  static void anObjectIsListedWithItsHolders() throws Exception {
    String name = unique("listed");
    try (Mapping memory = Mapping.create(name, 5000)) {
      try (Part part = Part.start("holds", name)) {
        part.tells("held");
        ObjectInfo seen = Objects.stat(name);
        equal(seen.name(), name);
        equal(seen.kind(), ObjectInfo.Kind.MAPPING);
        equal(seen.state(), ObjectInfo.State.HELD);
        equal(seen.mode(), 0600);
        equal(seen.size(), memory.size());
        // In a container, from which not all processes are seen, there could be more.
        holds(seen.handles() == 2 || !seen.handlesKnown());
        holds(!seen.global() && !seen.permanent());
        equal((long) seen.creator(), ProcessHandle.current().pid());
        holds(Duration.between(seen.created(), Instant.now()).compareTo(Duration.ofMinutes(10)) < 0);
        equal(seen.problem() + seen.target(), "");
        equal(Objects.list().stream().filter(each -> each.name().equals(name)).count(), 1L);
        Holders holders = Objects.holders(name);
        holds(holders.held() && holders.complete() == seen.handlesKnown());
        equal(holders.processes().size(), 2);
        holds(holders.processes().stream().anyMatch(each -> each.pid() == part.pid()));
        holds(holders.processes().get(0).command().contains("java"));
      }
    }
    fails(2, () -> Objects.stat(name));
    fails(2, () -> Objects.holders(name));
    holds(Objects.reclaim().objects() >= 0);
    holds(Objects.version().matches("[0-9]+[.][0-9]+[.][0-9]+"));
  }

  @Test
  static void aPermanentOneStaysUntilItIsRemoved() {
    String name = unique("permanent");
    Mapping.create(name, 64, Options.DEFAULT.permanent()).close();
    try (Mapping memory = Mapping.open(name)) {
      holds(Objects.remove(name));
      holds(memory.stillNamed());
      Objects.removeByForce(name);
      holds(!memory.stillNamed());
    }
    fails(2, () -> Objects.remove(name));
  }
}
