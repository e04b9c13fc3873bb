#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#elseif canImport(Musl)
    private import Musl
#endif
private import CCipher

/// The instructions that encrypt: all ways give the same bytes, at speeds from about 0.1 to 7 GiB a second.
package enum CipherWay: Int32, CaseIterable, Sendable {
    /// No special instructions. Takes the same time whatever the key and the data are.
    case software = 0
    /// x86 with AES-NI and PCLMULQDQ.
    case aesni = 1
    /// x86 with AVX-512, VAES and VPCLMULQDQ.
    case vaes = 2
    /// 64-bit ARM with the AES and PMULL instructions.
    case arm = 3
    /// x86 with AVX2, VAES and VPCLMULQDQ, as processors have them that lack AVX-512.
    case vaes256 = 4

    /// The fastest way that this processor has.
    package static let best = CipherWay(rawValue: pando_cipher_best_way()) ?? .software

    /// The ways that this processor has, the fastest last.
    package static var available: [CipherWay] {
        switch best {
        case .software: [.software]
        case .aesni: [.software, .aesni]
        case .vaes256: [.software, .aesni, .vaes256]
        case .vaes: [.software, .aesni, .vaes256, .vaes]
        case .arm: [.software, .arm]
        }
    }

    /// The way that the process uses: the best, or the one that the environment's `PANDO_CIPHER` names (for tests), if the processor has it.
    package static let chosen: CipherWay = {
        guard let wish = unsafe getenv("PANDO_CIPHER") else { return best }
        let name = unsafe String(cString: wish)
        return available.first { "\($0)" == name } ?? best
    }()
}
