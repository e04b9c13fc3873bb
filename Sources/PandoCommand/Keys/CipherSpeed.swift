import Ground

/// How fast pages are encrypted and decrypted where the processor's instructions for it are not used.
enum CipherSpeed {
    /// What a server says of it at its start: nil if the instructions are used.
    static func warning() -> String? {
        guard CipherWay.chosen == .software, let rate = measured() else { return nil }
        let reason = CipherWay.best == .software ? "This processor has no AES instructions" : "PANDO_CIPHER says so"
        return "\(reason): pages are encrypted and decrypted without them, at about \(rate) MiB a second."
    }

    /// MiB a second, tried on half a MiB: nil if there is no memory for a key.
    private static func measured() -> Int? {
        guard let key = try? SecretBytes.random(count: MessageCipher.keyByteCount), let cipher = try? MessageCipher(key: key) else {
            return nil
        }
        let count = 128
        var page = [UInt8](repeating: 0, count: 4096)[...]
        let start = MonotonicTime.now
        for number in 0..<count { _ = cipher.seal(&page, nonce: .init(low: UInt64(number), high: 0), associated: []) }
        let seconds = max((.now - start) / .seconds(1), 1e-9)
        return max(Int(Double(count * 4096) / Double(1 << 20) / seconds), 1)
    }
}
