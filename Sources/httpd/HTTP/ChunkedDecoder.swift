import Ground
import ReQLish

/// A decoder that takes the framing off a chunked body. It sees each byte once, in pieces of any size.
///
///     size [;extension] CR LF data CR LF … 0 CR LF [trailer fields] CR LF
///
/// Extensions and trailer fields are checked and dropped.
struct ChunkedDecoder: Sendable {
    private enum State: Sendable {
        case size(digits: Int)
        case blank
        case extensions
        case sizeLineFeed
        case data
        case dataReturn
        case dataLineFeed
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case lastLineFeed
        case done
    }

    private var state = State.size(digits: 0)
    /// The size read so far, then what is left of the chunk.
    private var remaining = 0
    private var extensionBytes = 0
    private var trailerBytes = 0

    /// Reads `input` from `position` on and moves `position` behind what it used; what the body holds goes to `body`.
    /// - Parameter taken: the bytes of the body that were taken out of `body` before.
    /// - Returns: whether the body is complete.
    mutating func decode(
        _ input: borrowing Span<UInt8>, _ position: inout Int, into body: inout ByteBuffer, taken: Int = 0, limits: HTTPLimits
    ) throws(HTTPViolation) -> Bool {
        while position < input.count {
            if case .data = state {
                let count = min(remaining, input.count - position)
                body.append(input.extracting(position..<position + count))
                position += count
                remaining -= count
                if remaining == 0 { state = .dataReturn }
                continue
            }
            let byte = input[position]
            position += 1
            try step(byte, bodyBytes: taken + body.count, limits: limits)
            if case .done = state { return true }
        }
        return false
    }

    private mutating func step(_ byte: UInt8, bodyBytes: Int, limits: HTTPLimits) throws(HTTPViolation) {
        switch state {
        case .size(let digits):
            if let digit = byte.hexadecimalValue {
                guard digits < 16 else { throw HTTPViolation(400, "A chunk of the body has a size of more than 16 digits.") }
                // Checked digit by digit, so the size cannot overflow.
                guard remaining <= Int.max >> 4, remaining << 4 | Int(digit) <= limits.bodyBytes - bodyBytes else {
                    throw limits.bodyTooLarge(limits.bodyBytes)
                }
                remaining = remaining << 4 | Int(digit)
                state = .size(digits: digits + 1)
            } else {
                guard digits > 0 else { throw HTTPViolation(400, "A chunk of the body does not begin with its size in hexadecimal.") }
                try afterSize(byte, limits)
            }
        case .blank:
            guard byte.isBlank || byte == UInt8(ascii: ";") else {
                throw HTTPViolation(400, "A chunk of the body has blanks after its size.")
            }
            try afterSize(byte, limits)
        case .extensions:
            if byte == .carriageReturn {
                state = .sizeLineFeed
            } else {
                guard byte.isFieldCharacter else {
                    throw HTTPViolation(400, "A chunk of the body has a control character in its extension.")
                }
                try countExtension(limits)
            }
        case .sizeLineFeed:
            try expectLineFeed(byte)
            state = remaining == 0 ? .trailerStart : .data
        case .dataReturn:
            guard byte == .carriageReturn else { throw HTTPViolation(400, "A chunk of the body is longer than its size says.") }
            state = .dataLineFeed
        case .dataLineFeed:
            try expectLineFeed(byte)
            state = .size(digits: 0)
        case .trailerStart:
            if byte == .carriageReturn {
                state = .lastLineFeed
            } else {
                guard byte.isTokenCharacter else { throw HTTPViolation(400, "A trailer field does not begin with a name.") }
                state = .trailerName
                try countTrailer(limits)
            }
        case .trailerName:
            guard byte.isTokenCharacter || byte == UInt8(ascii: ":") else {
                throw HTTPViolation(400, "A trailer field has no colon after its name.")
            }
            if byte == UInt8(ascii: ":") { state = .trailerValue }
            try countTrailer(limits)
        case .trailerValue:
            if byte == .carriageReturn {
                state = .trailerLineFeed
            } else {
                guard byte.isFieldCharacter else { throw HTTPViolation(400, "A trailer field has a control character in its value.") }
                try countTrailer(limits)
            }
        case .trailerLineFeed:
            try expectLineFeed(byte)
            state = .trailerStart
        case .lastLineFeed:
            try expectLineFeed(byte)
            state = .done
        case .data, .done:
            preconditionFailure("data is taken in pieces, and nothing is read after the end")
        }
    }

    private mutating func afterSize(_ byte: UInt8, _ limits: HTTPLimits) throws(HTTPViolation) {
        switch byte {
        case .carriageReturn: state = .sizeLineFeed
        case UInt8(ascii: ";"): state = .extensions
        case 0x20, 0x09:
            try countExtension(limits)
            state = .blank
        default: throw HTTPViolation(400, "A chunk of the body does not begin with its size in hexadecimal.")
        }
    }

    private func expectLineFeed(_ byte: UInt8) throws(HTTPViolation) {
        guard byte == .lineFeed else { throw HTTPViolation(400, "A carriage return stands alone in the framing of the body.") }
    }

    private mutating func countExtension(_ limits: HTTPLimits) throws(HTTPViolation) {
        extensionBytes += 1
        guard extensionBytes <= limits.chunkExtensionBytes else {
            throw HTTPViolation(400, "The chunks of the body have more than \(limits.chunkExtensionBytes) bytes of extensions.")
        }
    }

    private mutating func countTrailer(_ limits: HTTPLimits) throws(HTTPViolation) {
        trailerBytes += 1
        guard trailerBytes <= limits.headBytes else {
            throw HTTPViolation(431, "The trailer fields of the body have more than \(limits.headBytes) bytes.")
        }
    }
}
