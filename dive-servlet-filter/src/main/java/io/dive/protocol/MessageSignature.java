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

  private static final String INPUT_DOCUMENT = "Signature-Input (RFC 9421 §4.1)";
  private static final String SIGNATURE_DOCUMENT = "Signature (RFC 9421 §4.2)";

  /**
   * Copies the list and checks that the components are those in the signature parameters.
   *
   * @throws IllegalArgumentException if the label is no RFC 9651 key, or the parameters are not
   *     canonical or say something else than the components
   */
  public MessageSignature {
    requireNonNull(label, "label");
    coveredComponents = List.copyOf(coveredComponents);
    requireNonNull(keyid, "keyid");
    requireNonNull(alg, "alg");
    requireNonNull(expires, "expires");
    requireNonNull(signatureParams, "signatureParams");
    requireNonNull(signature, "signature");
    if (!new Input(coveredComponents, keyid, alg, expires, signatureParams)
        .equals(Input.ofMember(label, signatureParams))) {
      throw new IllegalArgumentException(
          "signature " + Excerpt.of(label) + ": not the components of " + signatureParams);
    }
  }

  /** The signature of a DIVE response at a position from 0 (decisions 1 and 2). */
  public static MessageSignature of(
      int index, KeyReference key, SignatureAlgorithm algorithm, Bytes signature) {
    return new MessageSignature(
        labelAt(index),
        List.of(CONTENT_DIGEST_COMPONENT),
        Optional.of(key.serialize()),
        Optional.of(algorithm.draftName()),
        Optional.empty(),
        signatureParams(key, algorithm),
        signature);
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
   * @throws IllegalArgumentException if one of the two holds something else than printable ASCII,
   *     which no value has that was parsed before
   */
  public static byte[] signatureBase(String contentDigest, String signatureParams) {
    // A tab may stand between dictionary members (RFC 9651 §3.2).
    StructuredDictionary.requireString("contentDigest", contentDigest.replace('\t', ' '));
    StructuredDictionary.requireString("signatureParams", signatureParams);
    return (CONTENT_DIGEST_COMPONENT
            + ": "
            + contentDigest
            + "\n\"@signature-params\": "
            + signatureParams)
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The same signature, which does not cover its label, under another one.
   *
   * @throws IllegalArgumentException if the label is no RFC 9651 key
   */
  public MessageSignature withLabel(String other) {
    return new MessageSignature(
        other, coveredComponents, keyid, alg, expires, signatureParams, signature);
  }

  /** The label of the signature at a position from 0 (decision 1). */
  public static String labelAt(int index) {
    return "sig" + (index + 1);
  }

  /**
   * The {@code Signature-Input} value of several signatures, in order.
   *
   * @throws IllegalArgumentException if there are none or two share a label
   */
  public static String serializeInputs(List<MessageSignature> signatures) {
    requireLabelled(signatures);
    return signatures.stream()
        .map(s -> s.label + "=" + s.signatureParams)
        .collect(Collectors.joining(", "));
  }

  /**
   * The {@code Signature} value of several signatures, in order.
   *
   * @throws IllegalArgumentException if there are none or two share a label
   */
  public static String serializeSignatures(List<MessageSignature> signatures) {
    requireLabelled(signatures);
    Map<String, ListElement<? extends Object>> members = new LinkedHashMap<>();
    signatures.forEach(
        s -> members.put(s.label, ByteSequenceItem.valueOf(s.signature.toByteArray())));
    return Dictionary.valueOf(members).serialize();
  }

  private static void requireLabelled(List<MessageSignature> signatures) {
    if (signatures.isEmpty()
        || signatures.stream().map(MessageSignature::label).distinct().count()
            != signatures.size()) {
      throw new IllegalArgumentException("no signature, or two with the same label");
    }
  }

  /**
   * Parses both fields, several lines of each joined with {@code ", "} beforehand. The parameters
   * of RFC 9421 §2.3 in a wrong type count as a malformed field; absent ones are for the verifier
   * to judge.
   *
   * @return the signatures in the order of {@code Signature-Input}, at least one
   * @throws MalformedFieldException if either field is malformed or empty, or a label stands in
   *     only one of them (decision 29)
   */
  public static List<MessageSignature> parse(String signatureInput, String signature)
      throws MalformedFieldException {
    StructuredDictionary inputs = StructuredDictionary.parse(signatureInput, INPUT_DOCUMENT);
    StructuredDictionary values = StructuredDictionary.parse(signature, SIGNATURE_DOCUMENT);
    if (!inputs.members().keySet().equals(values.members().keySet())) {
      throw inputs.error(
          ErrorCode.MISSING_MEMBER,
          "the labels differ from those of Signature: "
              + Excerpt.of(inputs.members().keySet() + " and " + values.members().keySet()));
    }
    if (inputs.members().isEmpty()) {
      throw inputs.error(ErrorCode.MISSING_MEMBER, "no signature");
    }
    List<MessageSignature> signatures = new ArrayList<>();
    for (String label : inputs.members().keySet()) {
      Input input = Input.of(label, inputs);
      signatures.add(
          new MessageSignature(
              label,
              input.coveredComponents,
              input.keyid,
              input.alg,
              input.expires,
              input.signatureParams,
              values.byteSequence(label).orElseThrow()));
    }
    return List.copyOf(signatures);
  }

  /** What one member of {@code Signature-Input} says. */
  private record Input(
      List<String> coveredComponents,
      Optional<String> keyid,
      Optional<String> alg,
      Optional<Long> expires,
      String signatureParams) {

    static Input ofMember(String label, String signatureParams) {
      try {
        StructuredDictionary field =
            StructuredDictionary.parse(label + "=" + signatureParams, INPUT_DOCUMENT);
        if (field.members().size() == 1 && field.members().containsKey(label)) {
          return of(label, field);
        }
      } catch (MalformedFieldException e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      }
      throw new IllegalArgumentException("not a label: " + Excerpt.of(label));
    }

    static Input of(String label, StructuredDictionary field) throws MalformedFieldException {
      InnerList list = field.innerList(label).orElseThrow();
      List<String> components = new ArrayList<>();
      for (Item<? extends Object> item : list.get()) {
        if (!(item instanceof StringItem)) {
          throw field.error(
              ErrorCode.WRONG_TYPE, label + " covers something that is not a component identifier");
        }
        components.add(item.serialize());
      }
      parameter(list, "created", IntegerItem.class, field);
      parameter(list, "nonce", StringItem.class, field);
      parameter(list, "tag", StringItem.class, field);
      return new Input(
          List.copyOf(components),
          parameter(list, "keyid", StringItem.class, field).map(StringItem::get),
          parameter(list, "alg", StringItem.class, field).map(StringItem::get),
          parameter(list, "expires", IntegerItem.class, field).map(IntegerItem::getAsLong),
          list.serialize());
    }

    private static <T> Optional<T> parameter(
        InnerList list, String name, Class<T> type, StructuredDictionary field)
        throws MalformedFieldException {
      Object value = list.getParams().get(name);
      if (value != null && !type.isInstance(value)) {
        throw field.error(
            ErrorCode.WRONG_TYPE, "parameter " + name + " has the wrong type (RFC 9421 §2.3)");
      }
      return Optional.ofNullable(value).map(type::cast);
    }
  }
}
