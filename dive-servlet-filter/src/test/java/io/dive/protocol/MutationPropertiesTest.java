// SPDX-License-Identifier: Apache-2.0
package io.dive.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Any text gives a value or a {@link MalformedFieldException} with a message fit for a log, nothing
 * else; and a value that was read can be written and read again.
 */
class MutationPropertiesTest {
  private interface Reader<T> {
    T read(String text) throws MalformedFieldException;
  }

  /** A parser, the way back, and valid texts to start from. */
  private record Codec<T>(
      String name, Reader<T> reader, Function<T, String> writer, List<String> valid) {
    Codec(String name, Reader<T> reader, Function<T, String> writer, String... valid) {
      this(name, reader, writer, List.of(valid));
    }

    void check(String text) {
      T value;
      try {
        value = reader.read(text);
      } catch (MalformedFieldException e) {
        String message = String.valueOf(e.getMessage());
        assertFalse(message.chars().anyMatch(Character::isISOControl), message);
        assertFalse(e.offset().orElse(0) > text.length(), message);
        return;
      }
      String written = writer.apply(value);
      try {
        T again = reader.read(written);
        assertEquals(value, again);
        assertEquals(written, writer.apply(again));
      } catch (MalformedFieldException e) {
        throw new AssertionError(name + " does not read what it wrote: " + written, e);
      }
    }
  }

  private static final String KEY = "7+FEAwxBczk0/weoo/hgGKuoNnYrdCav7wn6ixDvoOA=";
  private static final String INPUT =
      "sig1=(\"content-digest\" \"@status\";req);created=1;keyid=\"a@example.com\";alg=\"ed25519\"";
  private static final String SIGNATURE = "sig1=:AAAA:";

  private static final List<Codec<?>> CODECS =
      List.of(
          new Codec<>("base64", Bytes::parseBase64, Bytes::toBase64, "", "AAA=", KEY),
          new Codec<>("Fqdn", Fqdn::parse, Fqdn::name, "a.b-c.example.com.", "xn--a._tcp.X1"),
          new Codec<>(
              "KeyReference", KeyReference::parse, KeyReference::serialize, "key_1@Example.com."),
          new Codec<>(
              "DiveSig",
              DiveSig::parse,
              DiveSig::serialize,
              "keyABC:sha256:AAAA, keyDEF@sub.example.com:sha3-384:AQID"),
          new Codec<>(
              "ContentDigest",
              ContentDigest::parse,
              ContentDigest::serialize,
              "md5=:AAAA:;a=1, sha-256=:" + KEY + ":"),
          new Codec<>(
              "Signature-Input",
              text -> MessageSignature.parse(text, SIGNATURE),
              MessageSignature::serializeInputs,
              INPUT),
          new Codec<>(
              "Signature",
              text -> MessageSignature.parse(INPUT, text),
              MessageSignature::serializeSignatures,
              SIGNATURE),
          new Codec<>(
              "PolicyRecord",
              PolicyRecord::parse,
              PolicyRecord::serialize,
              "v=\"dive-draft-01\", scopes=(\"strict\" \"x-a\\\"b\"), directives=(\"report-only\"),"
                  + " cache=300, invalidate-keys-cache=-17, report-to=\"https://example.com/\""),
          new Codec<>(
              "KeyRecord",
              KeyRecord::parse,
              KeyRecord::serialize,
              "sig=\"ed25519\", key=:"
                  + KEY
                  + ":, allowed-hash=(\"sha256\" \"sha3-512\"), cache=9"),
          new Codec<>(
              "FailureReport",
              FailureReport::parse,
              FailureReport::toJson,
              "{\"report-version\":\"0.1\",\"timestamp\":17,\"client\":{\"user-agent\":\"\\u00e9\"},"
                  + "\"headers-received\":{\"dive-sig\":null},\"key-resolution\":[{\"key-id\":\"a\","
                  + "\"found\":true}],\"resource\":{\"status-code\":200}}"));

  @Provide
  Arbitrary<Codec<?>> codecs() {
    return Arbitraries.of(CODECS);
  }

  /** Characters that mean something to one of the grammars, and a few that trouble parsers. */
  private static Arbitrary<Character> characters() {
    return Arbitraries.frequencyOf(
        Tuple.of(
            8,
            Arbitraries.chars()
                .with("\"\\=,;:()[]{}@?*%.-+_/ \t\n\r\0aAzZ019e\u007f\u0080é\u212a")),
        Tuple.of(1, Arbitraries.chars().all()));
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        characters().list().ofMaxSize(60).map(MutationPropertiesTest::text),
        Arbitraries.strings().all().ofMaxLength(100));
  }

  private static String text(List<Character> characters) {
    StringBuilder text = new StringBuilder();
    characters.forEach(text::append);
    return text.toString();
  }

  /** One change of a text; positions are taken modulo its length. */
  private record Mutation(int kind, int position, int length, String insertion) {
    String apply(String text) {
      int from = position % (text.length() + 1);
      int to = Math.min(text.length(), from + length);
      return switch (kind) {
        case 0 -> text.substring(0, from) + insertion + text.substring(from);
        case 1 -> text.substring(0, from) + insertion + text.substring(to);
        case 2 -> text.substring(0, from) + text.substring(to);
        case 3 -> text.substring(0, to) + text.substring(from);
        default -> text.substring(0, from);
      };
    }
  }

  @Provide
  Arbitrary<List<Mutation>> mutations() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 4),
            Arbitraries.integers().between(0, 400),
            Arbitraries.integers().between(1, 6),
            characters().list().ofMinSize(1).ofMaxSize(3).map(MutationPropertiesTest::text))
        .as(Mutation::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }

  @Property(tries = 5000)
  void anyText(@ForAll("codecs") Codec<?> codec, @ForAll("texts") String text) {
    codec.check(text);
  }

  @Property(tries = 10_000)
  void mutatedValidText(
      @ForAll("codecs") Codec<?> codec, @ForAll("mutations") List<Mutation> mutations) {
    for (String valid : codec.valid) {
      String text = valid;
      for (Mutation mutation : mutations) {
        text = mutation.apply(text);
        codec.check(text);
      }
    }
  }

  @Property(tries = 200)
  void validText(@ForAll("codecs") Codec<?> codec) throws MalformedFieldException {
    for (String valid : codec.valid) {
      codec.reader.read(valid);
      codec.check(valid);
    }
  }
}
