// SPDX-License-Identifier: Apache-2.0
package io.dive.key;

import static io.dive.key.KeyFixture.assertContains;
import static io.dive.key.KeyFixture.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dive.protocol.Bytes;
import io.dive.protocol.ErrorCode;
import io.dive.protocol.KeyId;
import io.dive.protocol.KeyReference;
import io.dive.protocol.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SignatureProviderTest {
  private static final String CORRETTO =
      "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
  private static final String BOUNCY_CASTLE = "ed25519 and ed448 by Bouncy Castle";

  /** A provider with one service, Ed25519 signatures. */
  private static final class OneSignature extends Provider {
    private static final long serialVersionUID = 1;

    OneSignature(Class<? extends SignatureSpi> type) {
      super("OneSignature", "1", "for a test");
      putService(new Service(this, "Signature", "Ed25519", type.getName(), List.of(), Map.of()));
    }
  }

  /** Signs by the JDK and then does what a subclass says to the signature. */
  public abstract static class Altered extends SignatureSpi {
    private final Signature jdk;
    private int messageLength;

    Altered() throws GeneralSecurityException {
      jdk = Signature.getInstance("Ed25519");
    }

    abstract byte[] alter(byte[] signature, int messageLength);

    @Override
    protected void engineInitSign(PrivateKey key) throws InvalidKeyException {
      jdk.initSign(key);
    }

    @Override
    protected void engineUpdate(byte b) throws SignatureException {
      engineUpdate(new byte[] {b}, 0, 1);
    }

    @Override
    protected void engineUpdate(byte[] bytes, int offset, int length) throws SignatureException {
      messageLength += length;
      jdk.update(bytes, offset, length);
    }

    @Override
    protected byte[] engineSign() throws SignatureException {
      byte[] altered = alter(jdk.sign(), messageLength);
      messageLength = 0;
      return altered;
    }

    @Override
    protected void engineInitVerify(PublicKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected boolean engineVerify(byte[] signature) {
      throw new UnsupportedOperationException();
    }

    @Override
    @Deprecated
    protected void engineSetParameter(String name, Object value) {
      throw new UnsupportedOperationException();
    }

    @Override
    @Deprecated
    protected Object engineGetParameter(String name) {
      throw new UnsupportedOperationException();
    }
  }

  /** Correct. */
  public static final class Same extends Altered {
    public Same() throws GeneralSecurityException {}

    @Override
    byte[] alter(byte[] signature, int messageLength) {
      return signature;
    }
  }

  /** Always wrong by one bit. */
  public static final class OneBitOff extends Altered {
    public OneBitOff() throws GeneralSecurityException {}

    @Override
    byte[] alter(byte[] signature, int messageLength) {
      signature[63] ^= 1;
      return signature;
    }
  }

  /** Throws an unchecked exception. */
  public static final class Throwing extends Altered {
    public Throwing() throws GeneralSecurityException {}

    @Override
    byte[] alter(byte[] signature, int messageLength) {
      throw new IllegalStateException("native library is broken");
    }
  }

  /** Right in the self-test, wrong for the proof message, short for long ones. */
  public static final class LaterWrong extends Altered {
    public LaterWrong() throws GeneralSecurityException {}

    @Override
    byte[] alter(byte[] signature, int messageLength) {
      if (messageLength == 32) {
        signature[0] ^= 1;
      }
      return messageLength > 100 ? Arrays.copyOf(signature, 63) : signature;
    }
  }

  private static SigningKey key(SignatureProvider provider) throws Exception {
    return SigningKey.ofSeed(SignatureAlgorithm.ED25519, KeyFixture.ED25519_SEED, provider);
  }

  private static Bytes sign(SigningKey key, byte[] message) throws Exception {
    return key.signer(KeyReference.of(new KeyId("key1"))).sign(message);
  }

  private static Provider corretto() {
    var provider = SignatureProvider.loaded(CORRETTO);
    boolean usable =
        provider.isPresent() && provider.get().getService("Signature", "Ed25519") != null;
    assumeTrue(usable, "AmazonCorrettoCryptoProvider does not load on this platform");
    return provider.orElseThrow();
  }

  @Test
  void current_onThisClassPath_corretto() {
    Provider provider = corretto();
    assertEquals(
        "ed25519 by AmazonCorrettoCryptoProvider "
            + provider.getVersionStr()
            + ", ed448 by Bouncy Castle",
        SignatureProvider.current().description());
    assertNull(Security.getProvider(provider.getName()), "installed for the whole process");
  }

  /** What a process of its own prints: twice the description, and its log. */
  private static String inAnotherProcess(boolean withCorretto) throws Exception {
    String separator = System.getProperty("path.separator");
    String classPath =
        Pattern.compile(Pattern.quote(separator))
            .splitAsStream(System.getProperty("java.class.path"))
            .filter(entry -> withCorretto || !entry.contains("AmazonCorretto"))
            .collect(Collectors.joining(separator));
    Path output = Files.createTempFile("dive-key", ".out");
    try {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  classPath,
                  Describe.class.getName())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "java hangs");
      return Files.readString(output);
    } finally {
      Files.delete(output);
    }
  }

  /** Asks for the provider twice. */
  static final class Describe {
    public static void main(String[] arguments) {
      for (int i = 0; i < 2; i++) {
        System.out.println(SignatureProvider.current().description());
      }
    }
  }

  @Test
  void current_withoutCorretto_bouncyCastleLoggedOnce() throws Exception {
    List<String> lines = inAnotherProcess(false).lines().toList();
    assertEquals(3, lines.size(), lines.toString());
    assertContains("INFO", lines.get(0));
    assertContains("Signatures: " + BOUNCY_CASTLE, lines.get(0));
    assertEquals(List.of(BOUNCY_CASTLE, BOUNCY_CASTLE), lines.subList(1, 3));
  }

  @Test
  void current_withCorretto_loggedOnce() throws Exception {
    String description = SignatureProvider.preferring(corretto()).description();
    // Newer Java runtimes warn of every native library.
    List<String> lines =
        inAnotherProcess(true)
            .lines()
            .filter(line -> !line.isEmpty() && !line.startsWith("WARNING: "))
            .toList();
    assertEquals(3, lines.size(), lines.toString());
    assertContains("Signatures: " + description, lines.get(0));
    assertEquals(List.of(description, description), lines.subList(1, 3));
  }

  @Test
  void corretto_anyMessage_sameBytesAsBouncyCastle() throws Exception {
    SigningKey fast = key(SignatureProvider.preferring(corretto()));
    SigningKey reference = key(SignatureProvider.bouncyCastle());
    Random random = new Random(8032);
    for (int length = 0; length < 300; length++) {
      byte[] message = new byte[length];
      random.nextBytes(message);
      assertEquals(sign(reference, message), sign(fast, message), "length " + length);
    }
  }

  @Test
  void sign_fromManyThreads_everySignatureRight() throws Exception {
    for (SignatureProvider provider :
        List.of(SignatureProvider.current(), SignatureProvider.bouncyCastle())) {
      SigningKey key = key(provider);
      ExecutorService threads = Executors.newFixedThreadPool(8);
      try {
        List<Future<Boolean>> results = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
          byte[] message = ("message " + i).getBytes(StandardCharsets.UTF_8);
          results.add(
              threads.submit(
                  () -> SignatureVerifier.verify(key.publicKey(), message, sign(key, message))));
        }
        for (Future<Boolean> result : results) {
          assertTrue(result.get());
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void preferring_providerThatSignsTheSame_isUsed() throws Exception {
    SignatureProvider chosen = SignatureProvider.preferring(new OneSignature(Same.class));
    assertEquals("ed25519 by OneSignature 1, ed448 by Bouncy Castle", chosen.toString());
    assertEquals(
        sign(key(SignatureProvider.bouncyCastle()), new byte[9]), sign(key(chosen), new byte[9]));
  }

  @Test
  void preferring_unusableProvider_bouncyCastleAndOneWarning() {
    for (Provider unusable :
        List.of(
            new OneSignature(OneBitOff.class),
            new OneSignature(Throwing.class),
            new Provider("Empty", "1", "has no Ed25519") {
              private static final long serialVersionUID = 1;
            })) {
      CapturedLog log = new CapturedLog();
      try (log) {
        assertEquals(BOUNCY_CASTLE, SignatureProvider.preferring(unusable).description());
      }
      assertEquals(1, log.lines("WARN").size(), log.text());
      assertContains(unusable.getName(), log.text());
    }
  }

  @Test
  void loaded_absentClass_emptyAndSilent() {
    CapturedLog log = new CapturedLog();
    try (log) {
      assertTrue(SignatureProvider.loaded("com.example.NoSuchProvider").isEmpty());
    }
    assertEquals("", log.text());
  }

  @Test
  void loaded_classThatIsNoProvider_emptyAndWarning() {
    CapturedLog log = new CapturedLog();
    try (log) {
      assertTrue(SignatureProvider.loaded("java.lang.Object").isEmpty());
      assertTrue(SignatureProvider.loaded(Broken.class.getName()).isEmpty());
    }
    assertEquals(2, log.lines("WARN").size(), log.text());
  }

  /** Fails as a class does whose native library is missing. */
  static final class Broken {
    static {
      failing();
    }

    private static void failing() {
      throw new UnsatisfiedLinkError("no native library");
    }
  }

  @Test
  void sign_providerFailsAfterItsSelfTest_signingFailed() throws Exception {
    SignatureProvider chosen = SignatureProvider.preferring(new OneSignature(LaterWrong.class));
    assertNotEquals(BOUNCY_CASTLE, chosen.description());
    SigningKey key = key(chosen);
    refused(ErrorCode.SIGNING_FAILED, () -> sign(key, new byte[101]));
    refused(ErrorCode.SIGNING_FAILED, key::prove);
  }
}
