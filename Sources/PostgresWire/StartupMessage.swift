package import Ground

/// The first message of a client: one without a type.
package enum StartupMessage: Hashable, Sendable {
    /// Asks for TLS.
    case encryptionRequest
    /// Asks for GSSAPI's encryption.
    case gssEncryptionRequest
    case cancelRequest(process: Int32, secret: Int32)
    case startup(Startup)
    /// The protocol of PostgreSQL before 7.4.
    case outdated

    /// The newest version that the server speaks, 3.0: its upper half is the major one.
    package static let newestVersion: Int32 = 3 << 16

    package struct Startup: Hashable, Sendable {
        package var major = 3
        package var minor = 0
        package var parameters: [Parameter]

        package init(major: Int = 3, minor: Int = 0, parameters: [Parameter]) {
            self.major = major
            self.minor = minor
            self.parameters = parameters
        }

        package struct Parameter: Hashable, Sendable {
            package var name: String
            package var value: String

            package init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }

        package subscript(name: String) -> String? { parameters.last { $0.name == name }?.value }
    }

    /// The most bytes that a first message may have.
    package static let maximumByteCount = 10_000

    private static let cancelCode: UInt32 = 80_877_102
    private static let encryptionCode: UInt32 = 80_877_103
    private static let gssEncryptionCode: UInt32 = 80_877_104

    /// - Parameter body: what follows the length.
    package init(_ body: ByteBuffer) throws(WireError) {
        var reader = MessageReader(body)
        let code = try reader.uint32()
        switch code {
        case Self.cancelCode:
            self = .cancelRequest(process: try reader.int32(), secret: try reader.int32())
            try reader.finish()
        case Self.encryptionCode:
            self = .encryptionRequest
            try reader.finish()
        case Self.gssEncryptionCode:
            self = .gssEncryptionRequest
            try reader.finish()
        case _ where code >> 16 == 2 || code >> 16 == 1: self = .outdated
        default:
            guard code >> 16 == 3 else {
                throw WireError(
                    "unsupported frontend protocol \(code >> 16).\(code & 0xFFFF): server supports 3.0 to 3.0", state: "0A000")
            }
            var startup = Startup(minor: Int(code & 0xFFFF), parameters: [])
            while true {
                let name = try reader.text()
                if name.isEmpty { break }
                startup.parameters.append(.init(name, try reader.text()))
            }
            guard reader.remaining == 0 else { throw WireError("invalid startup packet layout: expected terminator as last byte") }
            self = .startup(startup)
        }
    }

    package func write(into output: inout ByteBuffer) {
        let start = output.count
        output.append(int32: 0)
        switch self {
        case .encryptionRequest: output.append(uint32: Self.encryptionCode)
        case .gssEncryptionRequest: output.append(uint32: Self.gssEncryptionCode)
        case .cancelRequest(let process, let secret):
            output.append(uint32: Self.cancelCode)
            output.append(int32: process)
            output.append(int32: secret)
        case .outdated: output.append(uint32: 2 << 16)
        case .startup(let startup):
            output.append(uint32: UInt32(startup.major) << 16 | UInt32(startup.minor))
            for parameter in startup.parameters {
                output.append(terminated: parameter.name)
                output.append(terminated: parameter.value)
            }
            output.append(UInt8(0))
        }
        output.endMessage(start)
    }
}
