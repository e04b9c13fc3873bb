import Ground

/// A reader of a stream of JSON values that comes in pieces: the elements of one array, a value per line (NDJSON), or values one
/// after another with or without white space between them.
///
///     var splitter = JSONValueSplitter()
///     while let chunk = try file.read() {
///         splitter.append(chunk)
///         while let value = try splitter.next() { … }      // splitter.line is where it began
///     }
///     splitter.finish()
///     while let value = try splitter.next() { … }
///
/// Only the value that is being read is kept in memory. A byte order mark before the first value is passed over.
///
/// After an error the next call goes on: behind the broken value if it has an end, otherwise at the line after the one on which
/// it began. So one bad line of NDJSON costs no other.
public struct JSONValueSplitter: ~Copyable {
    public enum Form: Sendable {
        /// An array if the first character is `[`, otherwise a sequence.
        case automatic
        /// The elements of one array, with nothing behind it.
        case array
        /// Values with white space, or nothing, between them.
        case sequence
    }

    private enum State {
        case beginning
        /// In a sequence, or in an array after a comma.
        case beforeValue
        /// In an array behind `[`: a value or `]`.
        case beforeFirstValue
        /// In an array behind a value: `,` or `]`.
        case afterValue
        /// Behind the array.
        case end
    }

    private var form: Form
    private let options: JSONOptions
    private let maximumByteCount: Int
    private var state = State.beginning
    private var isFinished = false
    private var buffer = ByteBuffer(capacity: 1 << 16)
    private var builder: DatumBuilder
    private var transcoder = DocumentTranscoder()
    /// Whether objects come in their stored form, which values read with other options than usual don't have.
    private let readsDocuments: Bool

    /// What comes next, in the buffer and in the stream.
    private var position = 0
    private var place = Place()
    /// How far the value that begins at `position` has been looked at.
    private var scanner = Scanner()

    /// After an error whose line had not come to its end.
    private var isSkippingLine = false

    /// The kind of place at which `position` is in the stream.
    private struct Place {
        var offset = 0
        var line = 1
        var column = 1
    }

    /// Where the value began that ``next()`` gave last, or is reading: a line of the stream, from 1.
    public private(set) var line = 1

    /// Bytes of the stream that are behind us.
    public var offset: Int { place.offset }

    /// - Parameter maximumByteCount: a longer value is an error.
    public init(form: Form = .automatic, options: JSONOptions = JSONOptions(), maximumByteCount: Int = 128 << 20) {
        self.form = form
        self.options = options
        self.maximumByteCount = maximumByteCount
        builder = DatumBuilder(pseudoTypes: options.pseudoTypes)
        readsDocuments = options.pseudoTypes && options.maximumDepth >= Datum.maximumDepth
    }

    /// More of the stream.
    public mutating func append(_ chunk: Span<UInt8>) {
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        buffer.append(chunk)
    }

    /// The stream ends here.
    public mutating func finish() {
        isFinished = true
        isSkippingLine = false
    }

    /// The next value; nil if more of the stream is needed, or at its end.
    public mutating func next() throws(JSONError) -> Datum? {
        while try skipToValue() {
            line = place.line
            if !scanner.isInside, let value = parseAtOnce() { return value }
            switch scanner.scan(buffer.raw.dropFirst(position), isWhole: isFinished, maximumByteCount: maximumByteCount) {
            case .incomplete: return nil
            case .end(let length): return try parse(length)
            case .failure(let failure):
                let error = error(failure, in: buffer.raw.dropFirst(position))
                skipLine()
                throw error
            }
        }
        return nil
    }

    /// Nearly always the whole value is in the buffer already, and reading it finds its end. Nil if that fails for whatever
    /// reason; the scanner then tells what is wrong.
    private mutating func parseAtOnce() -> Datum? {
        if readsDocuments, let end = transcoder.transcode(buffer.raw.dropFirst(position)), end <= maximumByteCount {
            passValue(end)
            return transcoder.document
        }
        var parser = JSONParser(buffer.raw.dropFirst(position), maximumDepth: min(options.maximumDepth, Datum.maximumDepth))
        do throws(JSONParser.Failure) {
            try parser.parseValue(into: &builder)
        } catch {
            builder.reset()
            return nil
        }
        // A number at the very end may go on in the next piece; `1}` and `truex` are the scanner's.
        let byte = parser.bytes[0]
        let isWhole = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "\"")
        guard isWhole, parser.index <= maximumByteCount else {
            builder.reset()
            return nil
        }
        passValue(parser.index)
        return builder.finish()
    }

    private mutating func parse(_ length: Int) throws(JSONError) -> Datum {
        let text = buffer.raw[position..<position + length]
        var parser = JSONParser(text, maximumDepth: min(options.maximumDepth, Datum.maximumDepth))
        var failure: JSONError?
        do throws(JSONParser.Failure) {
            try parser.parseText(into: &builder)
        } catch {
            builder.reset()
            failure = self.error(error, in: text)
        }
        passValue(length)
        if let failure { throw failure }
        return builder.finish()
    }

    private mutating func passValue(_ length: Int) {
        advance(length)
        scanner = Scanner()
        if form == .array { state = .afterValue }
    }

    /// Passes what stands between values. False if there is no value yet, or none any more.
    private mutating func skipToValue() throws(JSONError) -> Bool {
        if scanner.isInside { return true }
        if isSkippingLine { skipLine() }
        while !isSkippingLine {
            skipSpace()
            guard position < buffer.count else {
                if isFinished { try checkEnd() }
                return false
            }
            let byte = buffer.raw[position]
            switch state {
            case .beginning:
                guard try skipByteOrderMark() else { return false }
                if byte == 0xEF { continue }
                try begin(byte)
            case .beforeValue: return true
            case .beforeFirstValue:
                if byte != UInt8(ascii: "]") { return true }
                advance(1)
                state = .end
            case .afterValue:
                switch byte {
                case UInt8(ascii: ","): state = .beforeValue
                case UInt8(ascii: "]"): state = .end
                default: throw skippingLine("There is no `,` or `]` after an element of the array.")
                }
                advance(1)
            case .end: throw skippingLine("There is something after the end of the array.")
            }
        }
        return false
    }

    private mutating func begin(_ byte: UInt8) throws(JSONError) {
        if form == .automatic { form = byte == UInt8(ascii: "[") ? .array : .sequence }
        guard form == .array else {
            state = .beforeValue
            return
        }
        guard byte == UInt8(ascii: "[") else { throw skippingLine("There is no `[` where an array should begin.") }
        advance(1)
        state = .beforeFirstValue
    }

    /// False if it is not all there yet.
    private mutating func skipByteOrderMark() throws(JSONError) -> Bool {
        let bytes = buffer.raw.dropFirst(position)
        guard place.offset == 0, bytes[0] == 0xEF else {
            if bytes[0] == 0xEF { throw skippingLine("The byte 0xEF can't begin a JSON value.") }
            return true
        }
        guard bytes.count >= 3 || isFinished else { return false }
        guard bytes.count >= 3, bytes[1] == 0xBB, bytes[2] == 0xBF else { throw skippingLine("The byte 0xEF can't begin a JSON value.") }
        advance(3)
        place.column = 1
        return true
    }

    private mutating func checkEnd() throws(JSONError) {
        switch state {
        case .end: return
        case .beginning where form != .array: return
        case .beforeValue where form == .sequence: return
        default:
            state = .end
            throw error(JSONParser.Failure(message: "The JSON text ends inside its array.", offset: 0), in: .empty)
        }
    }

    private mutating func skippingLine(_ message: String) -> JSONError {
        let error = error(JSONParser.Failure(message: message, offset: 0), in: .empty)
        skipLine()
        return error
    }

    /// After a value that has no end: to the next line.
    private mutating func skipLine() {
        scanner = Scanner()
        let bytes = buffer.raw.dropFirst(position)
        var length = 0
        while length < bytes.count, bytes[length] != 0x0A { length += 1 }
        isSkippingLine = length == bytes.count && !isFinished
        advance(length)
        if state == .beforeFirstValue || state == .afterValue { state = .beforeValue }
    }

    private mutating func skipSpace() {
        let bytes = buffer.raw
        while position < bytes.count {
            switch bytes[position] {
            case 0x0A:
                place.line += 1
                place.column = 0
            case 0x20, 0x09, 0x0D: break
            default: return
            }
            place.column += 1
            place.offset += 1
            position += 1
        }
    }

    private mutating func advance(_ length: Int) {
        let bytes = buffer.raw[position..<position + length]
        var index = 0
        while index < length {
            if index + 8 <= length, WordScan.lineFeeds(bytes.word(at: index)) == 0 {
                index += 8
                place.column += 8
                continue
            }
            if bytes[index] == 0x0A {
                place.line += 1
                place.column = 0
            }
            place.column += 1
            index += 1
        }
        position += length
        place.offset += length
    }

    /// A failure in bytes that begin at `place`.
    private func error(_ failure: JSONParser.Failure, in bytes: Bytes) -> JSONError {
        let inside = JSONError(failure, in: bytes)
        var error = JSONError(
            message: failure.message, line: place.line + inside.line - 1,
            column: inside.line == 1 ? place.column + inside.column - 1 : inside.column,
            offset: place.offset + failure.offset)
        error.isTooLarge = failure.isTooLarge
        return error
    }
}

extension JSONValueSplitter {
    /// A search for the end of a value that does not read it: it counts brackets and passes over strings.
    private struct Scanner {
        enum Result {
            case end(Int)
            case incomplete
            case failure(JSONParser.Failure)
        }

        private var index = 0
        private var depth = 0
        private var isInString = false

        /// Whether a value has begun and not ended.
        var isInside: Bool { index > 0 }

        /// - Parameter bytes: the same as at the call before, perhaps with more at the end.
        mutating func scan(_ bytes: Bytes, isWhole: Bool, maximumByteCount: Int) -> Result {
            while index < bytes.count {
                if isInString {
                    guard passString(bytes) else { break }
                    if isInString { return failure("A line ends inside a string, which has no closing quote.", at: index) }
                    if depth == 0 { return .end(index) }
                    continue
                }
                let byte = bytes[index]
                switch byte {
                case UInt8(ascii: "\""):
                    if depth == 0, index > 0 { return .end(index) }
                    isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    if depth == 0, index > 0 { return .end(index) }
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return index > 0 ? .end(index) : failure("`\(Character(UnicodeScalar(byte)))` closes nothing.", at: 0) }
                    depth -= 1
                    if depth == 0 { return .end(index + 1) }
                case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
                    if depth == 0 { return .end(max(index, 1)) }
                default: break
                }
                index += 1
            }
            if bytes.count > maximumByteCount {
                return failure("A JSON value has more than \(maximumByteCount) bytes.", at: 0)
            }
            guard isWhole else { return .incomplete }
            if depth == 0 && !isInString && index > 0 { return .end(index) }
            return failure("The JSON text ends inside a value that begins here.", at: 0)
        }

        /// Inside a string: to behind its closing quote, or to a line's end, where it stays. False if the bytes end before.
        private mutating func passString(_ bytes: Bytes) -> Bool {
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    isInString = false
                    index += 1
                    return true
                case UInt8(ascii: "\\"):
                    guard index + 1 < bytes.count else { return false }
                    index += 2
                case 0x0A: return true
                default: index += 1
                }
            }
            return false
        }

        private func failure(_ message: String, at offset: Int) -> Result {
            .failure(JSONParser.Failure(message: message, offset: offset))
        }
    }
}
