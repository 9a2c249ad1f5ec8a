// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.greenbytes.http.sfv.ByteSequenceItem;
import org.greenbytes.http.sfv.Dictionary;
import org.greenbytes.http.sfv.InnerList;
import org.greenbytes.http.sfv.IntegerItem;
import org.greenbytes.http.sfv.Item;
import org.greenbytes.http.sfv.ListElement;
import org.greenbytes.http.sfv.StringItem;

/**
 * One member of {@code Signature-Input} with its twin in {@code Signature} (RFC 9421 §4).
 *
 * @param label the dictionary key both fields share
 * @param coveredComponents the component identifiers, serialized, such as {@code "content-digest"}
 *     with its quotes
 * @param keyid the {@code keyid} parameter as received
 * @param alg the {@code alg} parameter as received
 * @param expires the {@code expires} parameter, seconds since the epoch
 * @param signatureParams the value of {@code @signature-params}, canonical (RFC 9421 §2.3)
 * @param signature raw bytes
 */
public record MessageSignature(
    String label,
    List<String> coveredComponents,
    Optional<String> keyid,
    Optional<String> alg,
    Optional<Long> expires,
    String signatureParams,
    Bytes signature) {
  /** The one component a DIVE signature covers, serialized. */
  public static final String CONTENT_DIGEST_COMPONENT = "\"content-digest\"";

  private static final String DOCUMENT = "Signature-Input and Signature (RFC 9421 §4)";

  /** Copies the list. */
  public MessageSignature {
    requireNonNull(label, "label");
    coveredComponents = List.copyOf(coveredComponents);
    requireNonNull(keyid, "keyid");
    requireNonNull(alg, "alg");
    requireNonNull(expires, "expires");
    requireNonNull(signatureParams, "signatureParams");
    requireNonNull(signature, "signature");
  }

  /** The signature parameters of a DIVE signature, exactly these and in this order (decision 2). */
  public static String signatureParams(KeyReference key, SignatureAlgorithm algorithm) {
    return "("
        + CONTENT_DIGEST_COMPONENT
        + ");keyid=\""
        + key.serialize()
        + "\";alg=\""
        + algorithm.draftName()
        + "\"";
  }

  /**
   * The signature base over the one covered field (RFC 9421 §2.5).
   *
   * @param contentDigest the {@code Content-Digest} field value as sent, several lines joined with
   *     {@code ", "}, without surrounding blanks
   */
  public static byte[] signatureBase(String contentDigest, String signatureParams) {
    return (CONTENT_DIGEST_COMPONENT
            + ": "
            + contentDigest
            + "\n\"@signature-params\": "
            + signatureParams)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** The label of the signature at a position from 0 (decision 1). */
  public static String labelAt(int index) {
    return "sig" + (index + 1);
  }

  /** The {@code Signature-Input} value of several signatures, in order. */
  public static String serializeInputs(List<MessageSignature> signatures) {
    return signatures.stream()
        .map(s -> s.label + "=" + s.signatureParams)
        .collect(Collectors.joining(", "));
  }

  /** The {@code Signature} value of several signatures, in order. */
  public static String serializeSignatures(List<MessageSignature> signatures) {
    Map<String, ListElement<? extends Object>> members = new LinkedHashMap<>();
    signatures.forEach(
        s -> members.put(s.label, ByteSequenceItem.valueOf(s.signature.toByteArray())));
    return Dictionary.valueOf(members).serialize();
  }

  /**
   * Parses both fields, several lines of each joined with {@code ", "} beforehand. Parameters of a
   * wrong type count as a malformed field; absent ones are for the verifier to judge.
   *
   * @return the signatures in the order of {@code Signature-Input}, at least one
   * @throws MalformedFieldException if either field is malformed or empty, or a label stands in
   *     only one of them (decision 29)
   */
  public static List<MessageSignature> parse(String signatureInput, String signature)
      throws MalformedFieldException {
    StructuredDictionary inputs = StructuredDictionary.parse(signatureInput, DOCUMENT);
    StructuredDictionary values = StructuredDictionary.parse(signature, DOCUMENT);
    if (!inputs.members().keySet().equals(values.members().keySet())) {
      throw inputs.error(
          ErrorCode.MISSING_MEMBER,
          "labels differ: "
              + Excerpt.of(inputs.members().keySet() + " and " + values.members().keySet()));
    }
    if (inputs.members().isEmpty()) {
      throw inputs.error(ErrorCode.MISSING_MEMBER, "no signature");
    }
    List<MessageSignature> signatures = new ArrayList<>();
    for (String label : inputs.members().keySet()) {
      InnerList input = inputs.innerList(label).orElseThrow();
      signatures.add(of(label, input, inputs, values.byteSequence(label).orElseThrow()));
    }
    return List.copyOf(signatures);
  }

  private static MessageSignature of(
      String label, InnerList input, StructuredDictionary inputs, Bytes signature)
      throws MalformedFieldException {
    List<String> components = new ArrayList<>();
    for (Item<? extends Object> item : input.get()) {
      if (!(item instanceof StringItem)) {
        throw inputs.error(
            ErrorCode.WRONG_TYPE, label + " covers something that is not a component identifier");
      }
      components.add(item.serialize());
    }
    return new MessageSignature(
        label,
        components,
        stringParameter(input, "keyid", inputs),
        stringParameter(input, "alg", inputs),
        integerParameter(input, "expires", inputs),
        input.serialize(),
        signature);
  }

  private static Optional<String> stringParameter(
      InnerList input, String name, StructuredDictionary field) throws MalformedFieldException {
    Object value = input.getParams().get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof StringItem item) {
      return Optional.of(item.get());
    }
    throw field.error(
        ErrorCode.WRONG_TYPE, "parameter " + name + " is not a String (RFC 9421 §2.3)");
  }

  private static Optional<Long> integerParameter(
      InnerList input, String name, StructuredDictionary field) throws MalformedFieldException {
    Object value = input.getParams().get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof IntegerItem item) {
      return Optional.of(item.getAsLong());
    }
    throw field.error(
        ErrorCode.WRONG_TYPE, "parameter " + name + " is not an Integer (RFC 9421 §2.3)");
  }
}
