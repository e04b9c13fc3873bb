import Ground
import ReQLish

/// Responses of the driver protocol, written straight into the bytes that go out:
///
///     token (8, as it came) | length of the JSON (4, lowest byte first) | {"t":TYPE,"r":[…],…}
enum DriverResponse {
    static let headerByteCount = 12

    enum Kind: Int, Sendable {
        case atom = 1
        case sequence = 2
        case partial = 3
        case waitComplete = 4
        case serverInfo = 5
        case clientError = 16
        case compileError = 17
        case runtimeError = 18
    }

    /// Writes the header, whose length is filled in by ``end(_:in:)``, and the beginning of the JSON up to the first result.
    /// - Returns: where the response begins.
    static func begin(_ kind: Kind, token: UInt64, in buffer: inout ByteBuffer) -> Int {
        let start = buffer.count
        buffer.reserve(64)
        for shift in stride(from: 0 as UInt64, to: 64, by: 8) { buffer.append(UInt8(truncatingIfNeeded: token >> shift)) }
        for _ in 0..<4 { buffer.append(UInt8(0)) }
        buffer.append("{\"t\":")
        buffer.append(decimal: kind.rawValue)
        buffer.append(",\"r\":[")
        return start
    }

    /// Makes the response that begins at `start` one of another kind; both have one digit.
    static func change(to kind: Kind, at start: Int, in buffer: inout ByteBuffer) {
        buffer[start + headerByteCount + 5] = UInt8(ascii: "0") + UInt8(kind.rawValue)
    }

    /// Fills in the length of the response that begins at `start` and ends here.
    static func end(_ start: Int, in buffer: inout ByteBuffer) {
        buffer.append(UInt8(ascii: "}"))
        let length = UInt32(truncatingIfNeeded: buffer.count - start - headerByteCount)
        for index in 0..<4 { buffer[start + 8 + index] = UInt8(truncatingIfNeeded: length >> UInt32(8 * index)) }
    }

    /// A response without results.
    static func writeEmpty(_ kind: Kind, token: UInt64, into buffer: inout ByteBuffer) {
        let start = begin(kind, token: token, in: &buffer)
        buffer.append(kind == .sequence ? "],\"n\":[]" : "]")
        end(start, in: &buffer)
    }

    static func writeServerInfo(_ info: Datum, token: UInt64, into buffer: inout ByteBuffer) {
        let start = begin(.serverInfo, token: token, in: &buffer)
        info.writeJSON(into: &buffer)
        buffer.append("]")
        end(start, in: &buffer)
    }

    static func write(_ error: ReQLError, token: UInt64, into buffer: inout ByteBuffer) {
        let start = begin(error.kind.response, token: token, in: &buffer)
        Datum(error.message).writeJSON(into: &buffer)
        buffer.append("]")
        if let number = error.kind.number {
            buffer.append(",\"e\":")
            buffer.append(decimal: number)
        }
        buffer.append(",\"b\":[")
        for (index, frame) in error.frames.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            switch frame {
            case .argument(let position): buffer.append(decimal: position)
            case .optional(let name): Datum(name).writeJSON(into: &buffer)
            }
        }
        buffer.append("]")
        end(start, in: &buffer)
    }
}

extension ReQLError.Kind {
    var response: DriverResponse.Kind {
        switch self {
        case .client: .clientError
        case .compile: .compileError
        default: .runtimeError
        }
    }

    /// The protocol's ErrorType; nil where the response's type says all.
    var number: Int? {
        switch self {
        case .client, .compile: nil
        case .internal: 1_000_000
        case .resourceLimit: 2_000_000
        case .queryLogic: 3_000_000
        case .nonExistence: 3_100_000
        case .operationFailed: 4_100_000
        case .operationIndeterminate: 4_200_000
        case .user: 5_000_000
        case .permission: 6_000_000
        }
    }
}
