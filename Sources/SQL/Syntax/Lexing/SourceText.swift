import Synchronization

/// Which literals of a text its client was told something about. A statement is bound more often than once, and each is told of once.
final class ToldLiterals: Sendable {
    private let offsets = Mutex<Set<Int>>([])

    /// Whether it is the first time for the literal that stands there.
    func insert(_ offset: Int) -> Bool { offsets.withLock { $0.insert(offset).inserted } }
}

/// The text of a script, and the making of errors that point into it.
struct SourceText: Sendable {
    /// UTF-8, and after it a 0 that stands for the end.
    let bytes: [UInt8]
    /// What a long text takes, and what is read from it, counted as long as somebody keeps the text; nil for others.
    let held: CountedBytes?

    /// Of a client's text which of its literals the client was told something about; nil for what is declared, of which nothing is told.
    let told: ToldLiterals?

    /// The length of the text in bytes, without the 0.
    var count: Int { bytes.count - 1 }

    /// The longest text that is read.
    static let maximumByteCount = 16 << 20
    /// From which length on it is counted.
    static let longByteCount = 16 << 10

    init(_ text: String, isOfClient: Bool = false) throws(SQLError) {
        try self.init(bytes: Array(text.utf8), isOfClient: isOfClient)
    }

    /// Throws `54000` if the text is too long, and `22021` if it is not UTF-8 or has a NUL in it.
    init(bytes text: [UInt8], isOfClient: Bool = false) throws(SQLError) {
        guard text.count <= Self.maximumByteCount else {
            throw SQLError(
                .programLimitExceeded, "The text is \(text.count) bytes long.", hint: "At most \(Self.maximumByteCount) bytes are read.")
        }
        // It is there as a message and as a string, too.
        held = text.count < Self.longByteCount ? nil : try CountedBytes(3 * text.count)
        if let invalid = Self.invalidSequence(in: text) { throw SQLError.invalidUTF8(invalid) }
        bytes = text + [0]
        told = isOfClient ? ToldLiterals() : nil
    }

    /// What is told of a place: nothing in an empty text, beside which what a declaration says is bound, as it has no place in a statement.
    private func shown(_ position: Position) -> Int? { count == 0 ? nil : character(at: position) }

    /// An error at a place of the text.
    func error(
        _ state: SQLState, _ message: String, detail: String? = nil, hint: String? = nil, at position: Position
    ) -> SQLError {
        SQLError(state, message, detail: detail, hint: hint, position: shown(position))
    }

    /// An error that something in the text has brought about, with its place.
    func error(_ error: SQLError, at position: Position) -> SQLError {
        SQLError(
            error.state, error.message, detail: error.detail, hint: error.hint, position: shown(position), subject: error.subject,
            context: error.context)
    }

    /// An error that shows what stands at a place of the text, as PostgreSQL does for tokens.
    func error(_ message: String, near range: Range<Int>) -> SQLError {
        let position = Position(range.lowerBound)
        guard range.lowerBound < count else { return error(.syntaxError, message + " at end of input", at: position) }
        let shown = String(decoding: bytes[range.lowerBound..<min(range.upperBound, count)], as: UTF8.self)
        return error(.syntaxError, "\(message) at or near \"\(shown)\"", at: position)
    }

    /// The number of the character that begins at a place, counted from 1.
    func character(at position: Position) -> Int {
        bytes[..<min(position.offset, count)].reduce(1) { $1 & 0xc0 == 0x80 ? $0 : $0 + 1 }
    }

    /// The first bytes that are not the UTF-8 of a character, or a NUL.
    static func invalidSequence(in text: [UInt8]) -> ArraySlice<UInt8>? {
        var index = 0
        while index < text.count {
            let first = text[index]
            if first &- 1 < 0x7f {
                index += 1
                continue
            }
            let length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 1
            let end = min(index + length, text.count)
            guard length > 1, end == index + length, isValid(text[index..<end]) else { return text[index..<end] }
            index = end
        }
        return nil
    }

    /// Whether the bytes, whose first one announces their number, are the shortest form of a character.
    private static func isValid(_ sequence: ArraySlice<UInt8>) -> Bool {
        guard sequence.dropFirst().allSatisfy({ $0 & 0xc0 == 0x80 }) else { return false }
        let second = sequence[sequence.startIndex + 1]
        return switch sequence[sequence.startIndex] {
        case 0xc0, 0xc1, 0xf5...: false
        case 0xe0: second >= 0xa0
        case 0xed: second < 0xa0
        case 0xf0: second >= 0x90
        case 0xf4: second < 0x90
        default: true
        }
    }
}

extension SQLError {
    /// The error of a text that is not UTF-8, or has a NUL in it. It shows the first bytes that are wrong, as PostgreSQL does.
    package static func invalidUTF8(in text: [UInt8]) -> SQLError { invalidUTF8(SourceText.invalidSequence(in: text) ?? []) }

    static func invalidUTF8(_ sequence: ArraySlice<UInt8>) -> SQLError {
        let shown = sequence.map { "0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        return SQLError(.characterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"\(shown.isEmpty ? "" : ": ")\(shown)")
    }
}

/// A place in the text of a statement, in bytes.
///
/// All positions are equal, so that two trees are equal if they say the same wherever it was written.
struct Position: Hashable, Sendable {
    private let storage: UInt32

    init(_ offset: Int) {
        storage = UInt32(truncatingIfNeeded: offset)
    }

    /// The number of bytes before the place.
    var offset: Int { Int(storage) }

    static func == (left: Position, right: Position) -> Bool { true }

    func hash(into hasher: inout Hasher) {}
}
