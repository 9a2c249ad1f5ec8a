// SPDX-License-Identifier: Apache-2.0
package io.dive.sidecar;

import static java.util.Objects.requireNonNull;

import com.grack.nanojson.JsonWriter;
import io.dive.protocol.DiveSig;
import io.dive.protocol.FieldNames;
import io.dive.protocol.KeyReference;
import io.dive.protocol.MessageSignature;
import io.dive.protocol.RawPublicKey;
import io.dive.sign.BodySignature;
import io.dive.sign.SignedBody;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The content of {@code <name>.dive}: the signatures of the file {@code <name>} beside it (decision
 * 25). The same values stand there raw and as header text, so that a person or another web server
 * can use them; a reader insists that they agree and that every signature verifies.
 *
 * @param fileSize size in bytes of the signed file
 * @param publicKeys the public key of each signature, in signing order
 * @param signedState a hint for the next signing run alone; servers neither need nor use it
 */
public record Sidecar(
    long fileSize,
    SignedBody body,
    Map<KeyReference, RawPublicKey> publicKeys,
    Optional<SignedState> signedState)
    implements ParsedSidecar {
  /** What the name of a sidecar adds to the name of its file. */
  public static final String SUFFIX = ".dive";

  /** Most bytes a sidecar has (decision 25). */
  public static final int MAX_BYTES = 64 * 1024;

  /** Stands in a name for bytes that are no character. */
  private static final char UNREAD = '\uFFFD';

  /** The version of the format that this library reads and writes. */
  static final int FORMAT_VERSION = 1;

  /**
   * The state in which the file was hashed, as precisely as the system tells it. A system changes
   * {@code changed} (ctime) with every write and lets no one set it.
   */
  public record SignedState(Instant modified, Instant changed, long inode) {
    /** No component may be null. */
    public SignedState {
      requireNonNull(modified, "modified");
      requireNonNull(changed, "changed");
    }
  }

  /**
   * Copies the keys.
   *
   * @throws IllegalArgumentException if the size is negative, a signature of either draft is
   *     missing, or the keys are not exactly those of the signatures
   */
  public Sidecar {
    requireNonNull(signedState, "signedState");
    publicKeys = Collections.unmodifiableMap(new LinkedHashMap<>(publicKeys));
    if (fileSize < 0) {
      throw new IllegalArgumentException("a size of " + fileSize);
    }
    if (!List.copyOf(publicKeys.keySet())
        .equals(body.signatures().stream().map(BodySignature::key).toList())) {
      throw new IllegalArgumentException("public keys and signatures do not belong together");
    }
    if (body.signatures().stream().anyMatch(s -> s.draft00().isEmpty() || s.draft01().isEmpty())) {
      throw new IllegalArgumentException("a sidecar has the signatures of both drafts");
    }
  }

  /**
   * The place of a file's sidecar.
   *
   * @throws InvalidPathException if the file's name is in bytes that the locale of this process
   *     cannot read, so that no other name can be made of it
   */
  public static Path pathFor(Path file) {
    return file.resolveSibling(nameOf(file) + SUFFIX);
  }

  /**
   * The file whose sidecar it is by its name: the way back.
   *
   * @throws InvalidPathException as {@link #pathFor}
   */
  static Path fileOf(Path sidecar) {
    String name = nameOf(sidecar);
    return sidecar.resolveSibling(name.substring(0, name.length() - SUFFIX.length()));
  }

  private static String nameOf(Path path) {
    String name = Objects.toString(path.getFileName(), "");
    if (name.indexOf(UNREAD) >= 0 && !path.resolveSibling(name).equals(path)) {
      throw new InvalidPathException(name, "its bytes are not of the locale of this process");
    }
    return name;
  }

  /**
   * Reads a sidecar and verifies its signatures with its own public keys; that says that it is
   * whole, not that the keys are the operator's. Never throws.
   */
  public static ParsedSidecar parse(byte[] json) {
    return SidecarParser.parse(json);
  }

  /** The content of the file: indented JSON in UTF-8. */
  public byte[] serialize() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put(SidecarParser.VERSION, FORMAT_VERSION);
    document.put(SidecarParser.SIZE, fileSize);
    document.put(SidecarParser.HASH, body.digest().algorithm().draftName());
    document.put(SidecarParser.DIGEST, body.digest().value().toBase64());
    document.put(FieldNames.CONTENT_DIGEST, body.digest().contentDigest());
    List<Object> entries = new ArrayList<>();
    for (BodySignature signature : body.signatures()) {
      entries.add(entry(signature, entries.size()));
    }
    document.put(SidecarParser.SIGNATURES, entries);
    signedState.ifPresent(state -> document.put(SidecarParser.SIGNED_STATE, json(state)));
    return (JsonWriter.indent("  ").string().value(document).done() + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private Map<String, Object> entry(BodySignature signature, int index) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put(SidecarParser.KEY_ID, signature.key().keyId().value());
    signature.key().fqdn().ifPresent(fqdn -> entry.put(SidecarParser.FQDN, fqdn.name()));
    entry.put(SidecarParser.ALGORITHM, signature.algorithm().draftName());
    RawPublicKey publicKey = requireNonNull(publicKeys.get(signature.key()));
    entry.put(SidecarParser.PUBLIC_KEY, publicKey.bytes().toBase64());
    Map<String, Object> draft00 = new LinkedHashMap<>();
    draft00.put(SidecarParser.SIGNATURE, signature.draft00().orElseThrow().toBase64());
    draft00.put(FieldNames.DIVE_SIG, diveSigText(body, signature));
    entry.put(SidecarParser.DRAFT_00, draft00);
    Map<String, Object> draft01 = new LinkedHashMap<>();
    draft01.put(SidecarParser.SIGNATURE, signature.draft01().orElseThrow().toBase64());
    draft01.put(FieldNames.SIGNATURE_INPUT, signatureInputText(signature, index));
    draft01.put(FieldNames.SIGNATURE, signatureText(signature, index));
    entry.put(SidecarParser.DRAFT_01, draft01);
    return entry;
  }

  private static Map<String, Object> json(SignedState state) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(SidecarParser.MODIFIED, state.modified().toString());
    json.put(SidecarParser.CHANGED, state.changed().toString());
    json.put(SidecarParser.INODE, state.inode());
    return json;
  }

  /** The entry's element of {@code DIVE-Sig}. */
  static String diveSigText(SignedBody body, BodySignature signature) {
    return new DiveSig.Entry(
            signature.key(), body.digest().algorithm(), signature.draft00().orElseThrow())
        .serialize();
  }

  /** The entry's member of {@code Signature-Input}; members are joined with a comma and a space. */
  static String signatureInputText(BodySignature signature, int index) {
    return MessageSignature.labelAt(index)
        + "="
        + MessageSignature.signatureParams(signature.key(), signature.algorithm());
  }

  /** The entry's member of {@code Signature}; members are joined with a comma and a space. */
  static String signatureText(BodySignature signature, int index) {
    return MessageSignature.labelAt(index)
        + "=:"
        + signature.draft01().orElseThrow().toBase64()
        + ":";
  }
}
