import Testing

@testable import SQL

/// Functions of `pgcrypto` and `uuid-ossp`. The answers are those of PostgreSQL 15 with these extensions.
@Suite struct ExtensionTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    @Test func hashes() throws {
        try session.rows("CREATE EXTENSION IF NOT EXISTS pgcrypto")
        session.check([
            ("encode(digest('abc', 'md5'), 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
            ("encode(digest('abc', 'SHA1'), 'hex')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("encode(digest('abc'::bytea, 'sha224'), 'hex')", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            ("digest('abc', 'sha256') = sha256('abc') AND digest('abc', 'sha384') = sha384('abc')", "t"),
            ("public.digest('abc', 'sha512') = sha512('abc')", "t"),
            ("digest(NULL, 'md5')", "NULL"),
            ("digest('abc', 'nosuch')", "!22023"),
            ("digest('abc'::text, 'md5'::bytea)", "!42883"),
            ("octet_length(gen_random_bytes(7))", "7"),
            ("gen_random_bytes(0)", "!39000"),
        ])
    }

    @Test func codes() {
        session.check([
            ("encode(hmac('what do ya want for nothing?', 'Jefe', 'md5'), 'hex')", "750c783e6ab0b503eaa86e310a5db738"),
            (
                "encode(hmac('what do ya want for nothing?', 'Jefe', 'sha256'), 'hex')",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                "encode(hmac(repeat('k', 200)::bytea, repeat('x', 300)::bytea, 'sha1'), 'hex')",
                "adb09845aa212bb4ceae53a9bf9c51b693d3c11c"
            ),
            (
                "encode(hmac(repeat('k', 200), repeat('x', 300), 'sha384'), 'hex')",
                "32c9ac7550dca931df04d19162fe06d271ec598c7d2b7c33fa9a1d29eb2fe056b380c081f51fd4b425095cadd0a89a3c"
            ),
            ("hmac('a', 'b', 'nosuch')", "!22023"),
        ])
    }

    @Test func identifiers() throws {
        try session.rows("CREATE EXTENSION \"uuid-ossp\"; CREATE TABLE keyed (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), n int)")
        try session.rows("INSERT INTO keyed (n) VALUES (1), (2)")
        session.check([
            ("count(DISTINCT id) FROM keyed WHERE id::text ~ '^.{14}4.{4}[89ab]'", "2"),
            ("uuid_generate_v5(uuid_ns_dns(), 'python.org')", "886313e1-3b8a-5372-9b90-0c9aee199e5d"),
            ("uuid_generate_v3(uuid_ns_dns(), 'python.org')", "6fa459ea-ee8a-3ca4-894e-db77e160355e"),
            ("uuid_nil()", "00000000-0000-0000-0000-000000000000"),
            ("uuid_ns_url()", "6ba7b811-9dad-11d1-80b4-00c04fd430c8"),
            ("uuid_ns_oid()", "6ba7b812-9dad-11d1-80b4-00c04fd430c8"),
            ("uuid_ns_x500()", "6ba7b814-9dad-11d1-80b4-00c04fd430c8"),
            ("uuid_generate_v1()::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab]'", "t"),
            ("uuid_generate_v1() = uuid_generate_v1()", "f"),
        ])
    }
}
