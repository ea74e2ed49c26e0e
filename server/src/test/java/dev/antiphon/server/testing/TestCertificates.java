package dev.antiphon.server.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;

/**
 * An authority made for one test, and servers it vouches for: X.509 (RFC 5280 §4.1) written by hand, because the JDK can
 * make certificates only from its command line, which takes seconds for each.
 *
 * <pre>
 * Certificate ::= { tbs { [0]{version 2} serial algorithm issuer {notBefore notAfter} subject key [3]{extensions} }
 *                   algorithm  BIT STRING signature }
 * </pre>
 *
 * <p>Threading: confined to its caller.
 */
public final class TestCertificates {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final byte[] ECDSA_WITH_SHA256 = sequence(oid("2A8648CE3D040302"));
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final KeyPair authority;
    private final X509Certificate certificate;
    private int serial = 1;

    public TestCertificates() throws GeneralSecurityException {
        authority = keys();
        byte[] isAuthority = sequence(oid("551D13"), octets(sequence(tagged(0x01, new byte[] {(byte) 0xff}))));
        certificate = certificate("authority", authority, Instant.now().plusSeconds(86_400), isAuthority);
    }

    /** The authority's certificate, as a file of trusted certificates has it. */
    public String pem() throws GeneralSecurityException {
        String body = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(certificate.getEncoded());
        return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
    }

    /** The keys of a server at 127.0.0.1 that is also called {@code localhost}. */
    public KeyManagerFactory ours() throws GeneralSecurityException {
        byte[] local = tagged(0x87, new byte[] {127, 0, 0, 1});
        return identity(Instant.now().plusSeconds(86_400), join(dnsName("localhost"), local));
    }

    /** The keys of a server of another name. */
    public KeyManagerFactory another() throws GeneralSecurityException {
        return identity(Instant.now().plusSeconds(86_400), dnsName("another.example"));
    }

    /** As {@link #ours}, until a minute ago. */
    public KeyManagerFactory expired() throws GeneralSecurityException {
        byte[] local = tagged(0x87, new byte[] {127, 0, 0, 1});
        return identity(Instant.now().minusSeconds(60), join(dnsName("localhost"), local));
    }

    private KeyManagerFactory identity(Instant notAfter, byte[] names) throws GeneralSecurityException {
        KeyPair keys = keys();
        byte[] alternativeNames = sequence(oid("551D11"), octets(sequence(names)));
        X509Certificate own = certificate("server", keys, notAfter, alternativeNames);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, PASSWORD);
            store.setKeyEntry("own", keys.getPrivate(), PASSWORD, new X509Certificate[] {own, certificate});
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, PASSWORD);
            return managers;
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private X509Certificate certificate(String subject, KeyPair keys, Instant notAfter, byte[] extension)
            throws GeneralSecurityException {
        byte[] content = sequence(
                tagged(0xa0, tagged(0x02, new byte[] {2})),
                tagged(0x02, BigInteger.valueOf(serial++).toByteArray()),
                ECDSA_WITH_SHA256,
                name("authority"),
                sequence(time(Instant.now().minusSeconds(86_400)), time(notAfter)),
                name(subject),
                keys.getPublic().getEncoded(),
                tagged(0xa3, sequence(extension)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(authority.getPrivate());
        signature.update(content);
        byte[] signed = sequence(content, ECDSA_WITH_SHA256, tagged(0x03, join(new byte[] {0}, signature.sign())));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(signed));
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static byte[] name(String commonName) {
        byte[] text = tagged(0x0c, commonName.getBytes(StandardCharsets.UTF_8));
        return sequence(tagged(SET, sequence(oid("550403"), text)));
    }

    private static byte[] dnsName(String name) {
        return tagged(0x82, name.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] time(Instant at) {
        return tagged(0x18, TIME.format(at).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] octets(byte[] content) {
        return tagged(0x04, content);
    }

    private static byte[] oid(String hex) {
        return tagged(0x06, new BigInteger("00" + hex, 16).toByteArray(), hex.length() / 2);
    }

    private static byte[] sequence(byte[]... parts) {
        return tagged(SEQUENCE, join(parts));
    }

    private static byte[] tagged(int tag, byte[] content, int lastBytes) {
        byte[] last = new byte[lastBytes];
        System.arraycopy(content, content.length - lastBytes, last, 0, lastBytes);
        return tagged(tag, last);
    }

    /** DER (X.690 §8.1.3): a length of 128 or more is itself preceded by its number of octets. */
    private static byte[] tagged(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length >= 0x100) {
            out.write(0x82);
            out.write(content.length >> 8);
        } else if (content.length >= 0x80) {
            out.write(0x81);
        }
        out.write(content.length);
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }
}
