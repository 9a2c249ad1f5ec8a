// SPDX-License-Identifier: Apache-2.0
package io.dive.settings;

import java.nio.file.Path;
import java.util.Optional;

/**
 * One row of the reference table.
 *
 * @param name with {@code N} where keys and rules are numbered
 * @param defaultText empty when there is no default
 * @param example a value
 * @param description one sentence
 */
record Setting<T>(
    String name,
    SettingType<T> type,
    Optional<String> defaultText,
    String example,
    String description) {

  /** A setting without default. */
  static <T> Setting<T> of(String name, SettingType<T> type, String example, String description) {
    return new Setting<>(name, type, Optional.empty(), example, description);
  }

  /** A setting with a default. */
  static <T> Setting<T> of(
      String name, SettingType<T> type, String defaultText, String example, String description) {
    return new Setting<>(name, type, Optional.of(defaultText), example, description);
  }

  /** The name for one key or rule; the name itself where it is not numbered. */
  String name(int number) {
    return name.replace(".N.", "." + number + ".");
  }

  /** The value of the default. */
  T defaultValue() {
    return type.parser().apply(defaultText.orElseThrow(), Path.of("")).orElseThrow();
  }
}
