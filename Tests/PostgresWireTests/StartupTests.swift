import Ground
import PostgresWire
import Testing

@Suite struct StartupTests {
    static let messages: [StartupMessage] = [
        .encryptionRequest, .gssEncryptionRequest, .cancelRequest(process: 12, secret: -77), .outdated,
        .startup(.init(parameters: [.init("user", "admin"), .init("database", "app"), .init("options", "-c a=b")])),
        .startup(.init(minor: 2, parameters: [.init("_pq_.x", "")])), .startup(.init(parameters: [])),
    ]

    private static func body(_ message: StartupMessage) -> ByteBuffer {
        var output = ByteBuffer()
        message.write(into: &output)
        output.removeFirst(4)
        return output
    }

    @Test(arguments: messages)
    func isReadAsItWasWritten(message: StartupMessage) throws {
        #expect(try StartupMessage(Self.body(message)) == message)
    }

    @Test(arguments: messages)
    func aShorterOneIsRefused(message: StartupMessage) throws {
        let whole = Self.body(message)
        for count in 0..<whole.count where message != .outdated {
            var part = whole
            part.truncate(to: count)
            #expect(throws: WireError.self) { try StartupMessage(part) }
        }
    }

    @Test func numbersOfTheStart() throws {
        var output = ByteBuffer()
        StartupMessage.encryptionRequest.write(into: &output)
        #expect(output.bytes == [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F])
        var gss = ByteBuffer()
        gss.append(uint32: 80_877_104)
        #expect(try StartupMessage(gss) == .gssEncryptionRequest)
    }

    @Test func otherProtocolsAreRefused() {
        var bytes = ByteBuffer()
        bytes.append("GET / HTTP/1.1\r\n")
        #expect(throws: WireError.self) { try StartupMessage(bytes) }
    }
}
