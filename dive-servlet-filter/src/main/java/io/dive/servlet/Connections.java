// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import io.dive.key.Signer;
import io.dive.protocol.ConfigException;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyMaterialException;
import java.nio.file.Path;

/** How settings become signers and stores. */
interface Connections {
  /** CONNECT: key files and sidecar stores, once their packages are here. */
  Connections STANDARD =
      new Connections() {
        @Override
        public Signer signer(DiveSettings.Key key, boolean allowExposed) throws ConfigException {
          throw new ConfigException(
              ErrorCode.SETTING_INVALID,
              "dive.key." + key.number() + ".file",
              "key files cannot be read yet; give a signer in code");
        }

        @Override
        public FileSignatures sidecars(DiveSettings settings, DiveSettings.Rule rule, Path root)
            throws ConfigException {
          throw new ConfigException(
              ErrorCode.SETTING_INVALID,
              "dive.rule." + rule.number() + ".mode",
              "sidecars cannot be read yet; use static");
        }
      };

  /** The signer of a key file. */
  Signer signer(DiveSettings.Key key, boolean allowExposed)
      throws KeyMaterialException, ConfigException;

  /** The sidecars of a rule's files, compared with the files as the settings say. */
  FileSignatures sidecars(DiveSettings settings, DiveSettings.Rule rule, Path root)
      throws ConfigException;
}
