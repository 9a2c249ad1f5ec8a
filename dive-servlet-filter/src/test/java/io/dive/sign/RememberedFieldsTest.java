// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.dive.protocol.HeaderField;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RememberedFieldsTest {
  private static final HeaderField FIELD = new HeaderField("Content-Digest", "a");

  private final List<HeaderField> given = new ArrayList<>(List.of(FIELD));
  private final RememberedFields fields = new RememberedFields(given);

  @Test
  void theFields_areThoseGiven_andStayThem() {
    given.clear();
    assertEquals(List.of(FIELD), fields);
    assertThrows(UnsupportedOperationException.class, () -> fields.add(FIELD));
    assertThrows(UnsupportedOperationException.class, () -> fields.set(0, FIELD));
  }

  @Test
  void aForm_isMadeOnceFromThem() {
    String made = fields.in(String.class, list -> list.get(0).name());
    assertEquals("Content-Digest", made);
    assertSame(made, fields.in(String.class, list -> "another"));
  }

  @Test
  void anotherForm_isRefused() {
    fields.in(String.class, list -> "one");
    assertThrows(ClassCastException.class, () -> fields.in(Integer.class, list -> 1));
  }
}
