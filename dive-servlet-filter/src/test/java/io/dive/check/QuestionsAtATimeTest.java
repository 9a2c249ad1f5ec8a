// SPDX-License-Identifier: Apache-2.0
package io.dive.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.dive.dns.Authorities;
import io.dive.dns.Deadline;
import io.dive.dns.TrustAnchors;
import io.dive.dns.UdpNameServer;
import io.dive.dns.Upstream;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A server that owes answers is not asked more and more. */
@Timeout(120)
class QuestionsAtATimeTest {
  private final Set<Name> asked = ConcurrentHashMap.newKeySet();

  /** Once a question was repeated, all that are asked at a time have been asked. */
  private volatile boolean repeated;

  /** Tells the zones' state, and owes the records until it is asked again. */
  private Optional<Message> answer(Message response) {
    Name name = response.getQuestion().getName();
    if (response.getQuestion().getType() != Type.SOA) {
      if (!repeated && asked.add(name)) {
        return Optional.empty();
      }
      repeated = true;
      response.getHeader().setRcode(Rcode.REFUSED);
      return Optional.of(response);
    }
    Name apex = new Name(name, name.labels() - 3);
    response.getHeader().setFlag(Flags.AA);
    response.addRecord(
        new SOARecord(apex, DClass.IN, 300, apex, apex, 1, 3600, 600, 86_400, 60),
        name.equals(apex) ? Section.ANSWER : Section.AUTHORITY);
    return Optional.of(response);
  }

  @Test
  void oneAddress_owesEightAnswersAtMost_whateverItsZones() throws Exception {
    List<AuthorityCheck.Question> questions = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      for (String zone : List.of("one.test", "two.test")) {
        questions.add(new AuthorityCheck.Question("k%d._divekey.%s".formatted(i, zone), 900));
      }
    }
    Duration limit = Duration.ofSeconds(15);
    ExecutorService executor = Executors.newCachedThreadPool();
    try (UdpNameServer server = UdpNameServer.start(this::answer)) {
      Authorities authorities =
          Authorities.listed(
              List.of(server.address()),
              Upstream.of(server.address()),
              TrustAnchors.iana(),
              limit,
              Clock.systemUTC());
      new AuthorityCheck(authorities, executor, Deadline.in(limit), Deadline.in(limit))
          .of(questions, Map.of(), new RecordAdvice(Clock.systemUTC().instant()));
      assertEquals(8, asked.size(), asked::toString);
    } finally {
      executor.shutdownNow();
    }
  }
}
