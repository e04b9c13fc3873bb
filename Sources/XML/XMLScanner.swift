import Ground

/// A reader of the parts of a declaration, which is there as a whole.
struct XMLScanner {
    /// What is wrong, and where.
    struct Failure: Error {
        let message: String
        let index: Int
    }

    let bytes: Bytes
    private(set) var index: Int
    let limits: XMLLimits

    init(_ bytes: Bytes, from index: Int, _ limits: XMLLimits) {
        self.bytes = bytes
        self.index = index
        self.limits = limits
    }

    func failure(_ message: String) -> Failure { Failure(message: message, index: index) }

    /// The byte that comes next; 0 at the end.
    var byte: UInt8 { index < bytes.count ? bytes[index] : 0 }

    /// Whether there was a blank.
    mutating func skipSpace() -> Bool {
        let start = index
        while index < bytes.count, bytes[index].isXMLSpace { index += 1 }
        return index > start
    }

    mutating func requireSpace() throws(Failure) {
        guard skipSpace() else { throw failure("A blank must stand here.") }
    }

    mutating func take(_ word: StaticString) -> Bool {
        guard bytes.dropFirst(index).begins(word) else { return false }
        index += word.utf8CodeUnitCount
        return true
    }

    mutating func require(_ word: StaticString) throws(Failure) {
        guard take(word) else { throw failure("`\(word)` must stand here.") }
    }

    // MARK: Names

    /// A name without a colon.
    mutating func name() throws(Failure) -> Bytes {
        guard XMLNames.beginsName(bytes, at: index) else { throw failure("A name must stand here.") }
        return try word(to: XMLNames.end(bytes, from: index))
    }

    /// A name with at most one colon.
    mutating func qualifiedName() throws(Failure) -> Bytes {
        guard XMLNames.beginsName(bytes, at: index) else { throw failure("A name must stand here.") }
        var end = XMLNames.end(bytes, from: index)
        if end < bytes.count, bytes[end] == UInt8(ascii: ":") {
            guard XMLNames.beginsName(bytes, at: end + 1) else { throw failure("There is no name behind the colon.") }
            end = XMLNames.end(bytes, from: end + 1)
        }
        return try word(to: end)
    }

    /// Characters that a name has, in whatever order.
    mutating func nameToken() throws(Failure) -> Bytes {
        var end = index
        while true {
            end = XMLNames.end(bytes, from: end)
            guard end < bytes.count, bytes[end] == UInt8(ascii: ":") else { break }
            end += 1
        }
        guard end > index else { throw failure("A name must stand here.") }
        return try word(to: end)
    }

    private mutating func word(to end: Int) throws(Failure) -> Bytes {
        guard end - index <= limits.nameByteCount else { throw failure("A name takes more than \(limits.nameByteCount) bytes.") }
        defer { index = end }
        return bytes[index..<end]
    }

    // MARK: Literals

    /// What stands between two quotes of a kind.
    mutating func quoted() throws(Failure) -> Bytes {
        let quote = byte
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw failure("A text in quotes must stand here.") }
        var end = index + 1
        while end < bytes.count, bytes[end] != quote { end += 1 }
        guard end < bytes.count else { throw failure("A quote is not closed.") }
        defer { index = end + 1 }
        return bytes[index + 1..<end]
    }

    /// `= "…"` of the XML declaration.
    mutating func pseudoAttribute() throws(Failure) -> Bytes {
        _ = skipSpace()
        try require("=")
        _ = skipSpace()
        return try quoted()
    }

    /// `SYSTEM "…"` or `PUBLIC "…" "…"`: the location, empty if there is none. Nil if neither word stands here.
    /// - Parameter needsSystem: whether a location must follow the public identifier.
    mutating func externalIdentifier(needsSystem: Bool) throws(Failure) -> String? {
        if take("SYSTEM") {
            try requireSpace()
            return try quoted().string
        }
        guard take("PUBLIC") else { return nil }
        try requireSpace()
        let identifier = try quoted()
        for index in 0..<identifier.count where !Self.isPublicByte(identifier[index]) {
            throw failure("A public identifier has letters, digits, blanks and -'()+,./:=?;!*#@$_% only.")
        }
        let hasSpace = skipSpace()
        guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else {
            if needsSystem { throw failure("A location in quotes must stand behind a public identifier.") }
            return identifier.string
        }
        guard hasSpace else { throw failure("A blank must stand here.") }
        return try quoted().string
    }

    private static func isPublicByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20, 0x0A, 0x0D: true
        default: "-'()+,./:=?;!*#@$_%".utf8.contains(byte)
        }
    }
}
