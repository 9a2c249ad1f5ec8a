// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.io.Serial;

/** A configuration that cannot be used. The message names file, line, setting, value and remedy. */
public final class ConfigException extends DiveException {
  @Serial private static final long serialVersionUID = 1;

  private final String setting;

  /**
   * A rejected setting.
   *
   * @param setting its name, empty when the file as a whole is meant
   */
  public ConfigException(ErrorCode code, String setting, String message) {
    super(code, message);
    this.setting = requireNonNull(setting, "setting");
  }

  /** Name of the setting, empty when the file as a whole is meant. */
  public String setting() {
    return setting;
  }
}
