/// The reason why a key or a cipher could not be made ready.
package enum CipherError: Error, Sendable, Equatable {
    /// A key that is not of the length its use asks for.
    case wrongKeyLength(byteCount: Int, expected: Int)
    /// The processor computes something else than the cipher's definition says.
    case failedSelfTest(way: CipherWay)
    /// Parameters of scrypt outside its bounds, or too much memory asked for.
    case unsupportedParameters(String)
    /// The system gives no memory for a key; the text is the system's.
    case noMemory(String)
}

extension CipherError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongKeyLength(let byteCount, let expected): "The key has \(byteCount) bytes; it must have \(expected)."
        case .failedSelfTest(let way):
            "This processor's instructions for encryption (\(way)) gave a wrong answer in the test at the start; nothing was read or written."
        case .unsupportedParameters(let reason): "The parameters of the passphrase's key are not supported: \(reason)."
        case .noMemory(let reason): "There is no memory for a key: \(reason)."
        }
    }
}
