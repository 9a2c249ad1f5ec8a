// SPDX-License-Identifier: Apache-2.0
package io.dive.servlet;

import static java.util.Objects.requireNonNull;

import io.dive.key.RemoteSigner;
import io.dive.key.Signer;
import io.dive.protocol.Bytes;
import io.dive.protocol.KeyMaterialException;
import io.dive.protocol.KeyReference;
import io.dive.protocol.RawPublicKey;
import java.time.Clock;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A remote signer whose state is remembered, and logged when it changes: by its signatures and by
 * probes between them. Nothing is logged before {@link #announce}. Safe for use by many threads.
 */
final class WatchedSigner implements Signer {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedSigner.class);

  private final RemoteSigner signer;
  private final Clock clock;
  private volatile State state;
  private boolean announced;

  /**
   * What was seen last.
   *
   * @param reason why it does not sign; empty when it does
   * @param since when it began or ceased to sign
   */
  record State(String reason, Instant since) {
    boolean signs() {
      return reason.isEmpty();
    }
  }

  /** A signer of which nothing bad is known yet. */
  WatchedSigner(RemoteSigner signer, Clock clock) {
    this.signer = requireNonNull(signer, "signer");
    this.clock = requireNonNull(clock, "clock");
    this.state = new State("", clock.instant());
  }

  State state() {
    return state;
  }

  @Override
  public KeyReference key() {
    return signer.key();
  }

  @Override
  public RawPublicKey publicKey() {
    return signer.publicKey();
  }

  @Override
  public Bytes sign(byte[] message) throws KeyMaterialException {
    try {
      Bytes signature = signer.sign(message);
      signs();
      return signature;
    } catch (KeyMaterialException e) {
      fails(e);
      throw e;
    }
  }

  /** Finds out whether it would sign now. */
  State probe() {
    try {
      signer.probe();
      signs();
    } catch (KeyMaterialException e) {
      fails(e);
    }
    return state;
  }

  private void signs() {
    if (!state.signs()) {
      change("");
    }
  }

  private void fails(KeyMaterialException e) {
    // An interrupted thread gives up, which says nothing about the signer.
    if (!Thread.currentThread().isInterrupted()) {
      change(String.valueOf(e.getMessage()));
    }
  }

  private synchronized void change(String reason) {
    State before = state;
    if (before.reason().equals(reason)) {
      return;
    }
    boolean same = before.signs() == reason.isEmpty();
    state = new State(reason, same ? before.since() : clock.instant());
    if (announced) {
      log();
    }
  }

  /** Logs what is wrong now, and from now on every change. */
  synchronized void announce() {
    announced = true;
    if (!state.signs()) {
      log();
    }
  }

  private void log() {
    if (state.signs()) {
      LOG.info("key {} signs again", key());
    } else {
      LOG.warn("{}", state.reason());
    }
  }

  /** Ends the signer itself. */
  void close() {
    signer.close();
  }
}
