#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Certificates and keys for tests of TLS, as files of a folder that goes with the last reference. Made once with `openssl`, they are good
/// for a hundred years, and their keys protect nothing.
public final class TestCertificates: Sendable {
    public enum Name: String, CaseIterable, Sendable {
        /// For `example.test`, `localhost` and `127.0.0.1`.
        case server
        /// For `other.test` and what is below it.
        case other
        /// Of a client whose common name is `alice`.
        case alice
        /// Of a client with two common names, `alice` and `bob`.
        case two
        /// Its own authority, for `example.test`, from 2020 to 2021.
        case expired
    }

    private let folder: TemporaryDirectory

    public init() throws {
        folder = try TemporaryDirectory()
        try write(Self.authority, to: authority)
        for name in Name.allCases {
            try write(Self.texts[name]!.certificate, to: certificate(name))
            try write(Self.texts[name]!.key, to: key(name))
        }
        try write(Self.lockedKey, to: lockedKey)
    }

    /// Who has signed them all.
    public var authority: String { folder.file("ca.pem") }
    public func certificate(_ name: Name) -> String { folder.file("\(name).pem") }
    public func key(_ name: Name) -> String { folder.file("\(name).key") }
    /// The server's key under a passphrase.
    public var lockedKey: String { folder.file("locked.key") }

    public func write(_ text: String, to path: String, mode: Int = 0o600) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    // MARK: Texts

    private static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBijCCAS+gAwIBAgIUMnOEla8LPkQuNqXed7IuCGmRDXowCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjYxMTIxMjMwNjIxWhgPMjEy
        NjEwMjgyMzA2MjFaMBkxFzAVBgNVBAMMDlRlc3QgQXV0aG9yaXR5MFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEEXYmzP6TDE5VNm4JC9J9ygS7uW4yarTSffHJr6iM
        izeUXx7w6MvuwIE3+LGX6kZIejqvaDBFmyWB5OkfG+89FaNTMFEwHQYDVR0OBBYE
        FOhHoj7onyI8nMDAH3xkLxLhfHVMMB8GA1UdIwQYMBaAFOhHoj7onyI8nMDAH3xk
        LxLhfHVMMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAO/GTil3
        mIUxve5LEazcBipC75US9XtK1DjPPcyTeFRFAiEAzJ2yMzYzpxsdNcjbyCnu0wW/
        lVVjGwZonbadXwzKWjA=
        -----END CERTIFICATE-----
        """

    private static let texts: [Name: (certificate: String, key: String)] = [
        .expired: (
            """
            -----BEGIN CERTIFICATE-----
            MIIBFTCBvAIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxleGFtcGxlLnRlc3Qw
            HhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAXMRUwEwYDVQQDDAxleGFt
            cGxlLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR3C8b/WS0mPb0HFXb8
            YaZYbs6RDyp2j0iUgd+N7TEEG4KtlLqM4N6/jdn+LWKyYN36TRIoZCaeb4Wpn0de
            CBIiMAoGCCqGSM49BAMCA0gAMEUCIA8RdY2brZeamgLMMlFy9TcbZBkFePcdIZt5
            0wbWSygJAiEA+RHWv6ed6vsZQKKTmk+MnRY9Jtt3E7uvdI6120ILrHc=
            -----END CERTIFICATE-----
            """,
            """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyZmQXv3I8nzU1JGQ
            j39pyH11PFuG6JK1cTKEzSDJIC+hRANCAAR3C8b/WS0mPb0HFXb8YaZYbs6RDyp2
            j0iUgd+N7TEEG4KtlLqM4N6/jdn+LWKyYN36TRIoZCaeb4Wpn0deCBIi
            -----END PRIVATE KEY-----
            """
        ),
        .server: (
            """
            -----BEGIN CERTIFICATE-----
            MIIBtzCCAVygAwIBAgIUbwUA+PG0Y7JgJkg4VznXfyVFD2QwCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjYxMTIxMjMwNjIxWhgPMjEy
            NjEwMjgyMzA2MjFaMBcxFTATBgNVBAMMDGV4YW1wbGUudGVzdDBZMBMGByqGSM49
            AgEGCCqGSM49AwEHA0IABDiU6DgRo745Oq7LsiBhUr3LLaFFRvmsXKelOIDGzy7A
            OZcBhOAHtofuVXERY6+NqccbJ/rt3iyPX+T/4VmD0PyjgYEwfzAoBgNVHREEITAf
            ggxleGFtcGxlLnRlc3SCCWxvY2FsaG9zdIcEfwAAATATBgNVHSUEDDAKBggrBgEF
            BQcDATAdBgNVHQ4EFgQUXvAeOLD5SfgTDrSBiYYk2HC959owHwYDVR0jBBgwFoAU
            6EeiPuifIjycwMAffGQvEuF8dUwwCgYIKoZIzj0EAwIDSQAwRgIhAKhMaQ6yBBRm
            NySGdTtE3iTn+9nvAxxBrhmZwWqWWN4OAiEAg0grYPNQOfMW7ZOyEDRoLPM0O2XS
            AHZMv8d0DpBLVAg=
            -----END CERTIFICATE-----
            """,
            """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguEOiLqDdR143bVs5
            S8LerLcwMbXF21nfyjm0NGm6ttihRANCAAQ4lOg4EaO+OTquy7IgYVK9yy2hRUb5
            rFynpTiAxs8uwDmXAYTgB7aH7lVxEWOvjanHGyf67d4sj1/k/+FZg9D8
            -----END PRIVATE KEY-----
            """
        ),
        .other: (
            """
            -----BEGIN CERTIFICATE-----
            MIIBrzCCAVSgAwIBAgIUbwUA+PG0Y7JgJkg4VznXfyVFD2UwCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjYxMTIxMjMwNjIxWhgPMjEy
            NjEwMjgyMzA2MjFaMBUxEzARBgNVBAMMCm90aGVyLnRlc3QwWTATBgcqhkjOPQIB
            BggqhkjOPQMBBwNCAAS4dCuzDU369YCf5IMdHnyiCIOqNCcJvDrJ7FQPBqC+Lpgu
            yZQNC71LjiISkjsrSIsv6jgn6VhSu2UEhh470bYdo3wwejAjBgNVHREEHDAaggpv
            dGhlci50ZXN0ggwqLm90aGVyLnRlc3QwEwYDVR0lBAwwCgYIKwYBBQUHAwEwHQYD
            VR0OBBYEFGy5DYI0Y7mgh6KgK8Yh3zgZKkPVMB8GA1UdIwQYMBaAFOhHoj7onyI8
            nMDAH3xkLxLhfHVMMAoGCCqGSM49BAMCA0kAMEYCIQDUO/WclJ48Zvr9tB+U2RJG
            7wMMIyyZguTcVByx4Yt/WQIhAOdQkjvQgQyrf3a+q1jHHDprzWdb+FJMSvMzRCrR
            tq+S
            -----END CERTIFICATE-----
            """,
            """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWkwPtS8akmfqYi6C
            gWbTDq2Bf21LslVr6f2/937XLbihRANCAAS4dCuzDU369YCf5IMdHnyiCIOqNCcJ
            vDrJ7FQPBqC+LpguyZQNC71LjiISkjsrSIsv6jgn6VhSu2UEhh470bYd
            -----END PRIVATE KEY-----
            """
        ),
        .alice: (
            """
            -----BEGIN CERTIFICATE-----
            MIIBhTCCASqgAwIBAgIUbwUA+PG0Y7JgJkg4VznXfyVFD2YwCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjYxMTIxMjMwNjIxWhgPMjEy
            NjEwMjgyMzA2MjFaMBAxDjAMBgNVBAMMBWFsaWNlMFkwEwYHKoZIzj0CAQYIKoZI
            zj0DAQcDQgAEIhPXbWjz/TPnYAOMNhlKPiOm5E1uthRatRnz6Vd05fZqNcMV79Al
            aVsBU0UZ5IJDCforjot2XlIRFqpy5Ef8s6NXMFUwEwYDVR0lBAwwCgYIKwYBBQUH
            AwIwHQYDVR0OBBYEFHx0DpWEFW0B9xIZC6SeTHU5/+RbMB8GA1UdIwQYMBaAFOhH
            oj7onyI8nMDAH3xkLxLhfHVMMAoGCCqGSM49BAMCA0kAMEYCIQCOzC0OMzsW+F3d
            IwPuBhBgqNJMJ0GyumOBATfWNNCVLgIhAN0xZq2R3xjWHTluyjip5jBaz2DQaTvf
            Z18EPf1sP6rW
            -----END CERTIFICATE-----
            """,
            """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXA50vtosh7aDiojz
            1IWlnwbRXbRucb9x3QOJyuPdfoyhRANCAAQiE9dtaPP9M+dgA4w2GUo+I6bkTW62
            FFq1GfPpV3Tl9mo1wxXv0CVpWwFTRRnkgkMJ+iuOi3ZeUhEWqnLkR/yz
            -----END PRIVATE KEY-----
            """
        ),
        .two: (
            """
            -----BEGIN CERTIFICATE-----
            MIIBkjCCATigAwIBAgIUbwUA+PG0Y7JgJkg4VznXfyVFD2cwCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOVGVzdCBBdXRob3JpdHkwIBcNMjYxMTIxMjMwNjIxWhgPMjEy
            NjEwMjgyMzA2MjFaMB4xDjAMBgNVBAMMBWFsaWNlMQwwCgYDVQQDDANib2IwWTAT
            BgcqhkjOPQIBBggqhkjOPQMBBwNCAATS2ZEhhHdrVrKooR7/UkUfPnNanA8KDzLF
            A76/eBvlCRk0xWX2buCWXy7N2mM/Ep437Uw1NljCxbeRucOw+Pkxo1cwVTATBgNV
            HSUEDDAKBggrBgEFBQcDAjAdBgNVHQ4EFgQUDk5u9tSbCSDYWm8GNKJv6Doi8igw
            HwYDVR0jBBgwFoAU6EeiPuifIjycwMAffGQvEuF8dUwwCgYIKoZIzj0EAwIDSAAw
            RQIgSazoW2w+73XCYYKgPjkWOWoLPmxRn1falPIdJBQVFrkCIQCD6Brmy2XIPE8a
            L5h4i/ghPpvoP7bi7rCB0kY0qtytFg==
            -----END CERTIFICATE-----
            """,
            """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpVJyRKYxIb21iH7q
            c0Q34h9bbYPwuHrDF0HLAGhLDLOhRANCAATS2ZEhhHdrVrKooR7/UkUfPnNanA8K
            DzLFA76/eBvlCRk0xWX2buCWXy7N2mM/Ep437Uw1NljCxbeRucOw+Pkx
            -----END PRIVATE KEY-----
            """
        ),
    ]

    private static let lockedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhC89UrCL2WgQICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJE+C0Xz9FjoXP6RGqweeNoEgZD9
        CVAtAGaLgTlJ94Et30SDzfsq4YBYdChnXIUNH8ZOPwwCbOSWnN6Z65/HPf6cSlzm
        InT3SCV3J2zFqfCnr5qGmn+KH54Ouc7TOywFM9pC60YKG7i6d69Nyb5F1sCpUhgc
        61NgC/1BIFYf11UuQSWHNtfo3pUAPiArSVsj8VfNauNcFOLI7M/MtkrgoaqaTe4=
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
