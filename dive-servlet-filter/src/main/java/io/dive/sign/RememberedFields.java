// SPDX-License-Identifier: Apache-2.0
package io.dive.sign;

import io.dive.protocol.HeaderField;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a body that comes again and again, with room for the form that somebody else needs
 * them in, so that it is made once and goes when they go. Cannot be changed. Safe for use by many
 * threads.
 */
public final class RememberedFields extends AbstractList<HeaderField> implements RandomAccess {
  private final List<HeaderField> fields;
  private volatile @Nullable Object form;

  RememberedFields(List<HeaderField> fields) {
    this.fields = List.copyOf(fields);
  }

  /**
   * The fields in another form.
   *
   * @param type that of the form; room is for one, so all have to ask for the same
   * @param maker makes it from the fields, if nobody has; several threads may at once
   */
  public <T> T in(Class<T> type, Function<List<HeaderField>, T> maker) {
    Object made = form;
    if (made == null) {
      made = maker.apply(fields);
      form = made;
    }
    return type.cast(made);
  }

  @Override
  public HeaderField get(int index) {
    return fields.get(index);
  }

  @Override
  public int size() {
    return fields.size();
  }
}
