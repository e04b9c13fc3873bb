import Ground

/// Bytes as they come, made into the characters that a document consists of: UTF-8, every end of a line a line feed.
///
/// A character that no document may have, and bytes that are none of the encoding, stop it; what stands before them can still be read.
struct XMLInput: ~Copyable {
    enum Encoding: Hashable { case utf8, utf16BigEndian, utf16LittleEndian, latin1, ascii }

    /// What can be read. Characters in it are whole.
    private(set) var text = ByteBuffer(capacity: 1 << 16)
    private(set) var isFinished = false
    /// What is wrong behind the end of ``text``.
    private(set) var failure: String?
    /// Bytes that have come.
    private(set) var byteCount = 0

    /// Nil until enough has come to know it. Then ``held`` has what came.
    private(set) var encoding: Encoding?
    /// Bytes before the encoding is known, then those of a character that is not whole.
    private var held: [UInt8] = []
    private var highSurrogate: UInt32?
    /// A line feed that comes now belongs to the end of the line before.
    private var followsCarriageReturn = false

    /// Where the text begins in the input.
    private var start = Place()
    /// A place of the text that was counted already.
    private var known = (position: 0, place: Place())
    /// The places in the text before which a line feed of the input was left out.
    private var omitted: [Int] = []

    struct Place {
        var offset = 0
        var line = 1
        /// Characters in front of it on its line.
        var column = 0
    }

    /// The most bytes that are looked at for the end of the declaration that names the encoding.
    private static let declarationByteCount = 1024

    mutating func append(_ bytes: Bytes) {
        byteCount += bytes.count
        guard failure == nil else { return }
        guard encoding != nil else {
            bytes.append(to: &held)
            return decide(isWhole: false)
        }
        decode(bytes)
    }

    mutating func finish() {
        isFinished = true
        if encoding == nil { decide(isWhole: true) }
        if failure == nil, !held.isEmpty || highSurrogate != nil {
            failure = encoding == .utf8 ? Self.notUTF8 : "The document ends inside a character."
        }
    }

    /// Forgets the text in front of `position`.
    mutating func removeFirst(_ position: Int) {
        start = place(at: position)
        known = (0, start)
        text.removeFirst(position)
        omitted = omitted.filter { $0 > position }.map { $0 - position }
    }

    // MARK: The encoding

    private mutating func decide(isWhole: Bool) {
        guard held.count >= 4 || isWhole else { return }
        func begins(_ bytes: UInt8...) -> Bool { held.starts(with: bytes) }
        if begins(0, 0, 0xFE, 0xFF) || begins(0xFF, 0xFE, 0, 0) || begins(0, 0, 0, 0x3C) || begins(0x3C, 0, 0, 0) {
            failure = "UTF-32 is not read: write the document in UTF-8 or UTF-16."
            return
        }
        if begins(0xFE, 0xFF) { return begin(.utf16BigEndian, mark: 2) }
        if begins(0xFF, 0xFE) { return begin(.utf16LittleEndian, mark: 2) }
        if begins(0x00, 0x3C) { return begin(.utf16BigEndian, mark: 0) }
        if begins(0x3C, 0x00) { return begin(.utf16LittleEndian, mark: 0) }
        let mark = begins(0xEF, 0xBB, 0xBF) ? 3 : 0
        let head = Array("<?xml".utf8)
        let rest = held.dropFirst(mark)
        guard rest.starts(with: head) || (!isWhole && head.starts(with: rest)) else { return begin(.utf8, mark: mark) }
        // A longer name is that of an instruction, such as `xml-stylesheet`.
        if let byte = rest.dropFirst(head.count).first, ![0x20, 0x09, 0x0A, 0x0D].contains(byte) { return begin(.utf8, mark: mark) }
        // However much has come at once, no more of it is looked at.
        let searched = rest.prefix(Self.declarationByteCount)
        let end = searched.indices.first {
            searched[$0] == UInt8(ascii: "?") && $0 + 1 < searched.endIndex && searched[$0 + 1] == UInt8(ascii: ">")
        }
        guard let end else {
            if isWhole || searched.count == Self.declarationByteCount { begin(.utf8, mark: mark) }
            return
        }
        guard let name = Self.encodingName(rest[..<end]) else { return begin(.utf8, mark: mark) }
        switch name.uppercased() {
        case "UTF-8", "UTF8": begin(.utf8, mark: mark)
        case let name where mark > 0 || name.hasPrefix("UTF-16"):
            failure = "The document says that it is in \(name), and is in UTF-8."
        case "ISO-8859-1", "ISO_8859-1", "LATIN1", "LATIN-1": begin(.latin1, mark: 0)
        case "US-ASCII", "ASCII": begin(.ascii, mark: 0)
        default:
            failure = "The encoding \(name) is not read: write the document in UTF-8, UTF-16, ISO-8859-1 or US-ASCII."
        }
    }

    /// The name between quotes behind `encoding=`. Whether all of it is as it must be is looked at later.
    private static func encodingName(_ declaration: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: declaration, as: UTF8.self)
        guard let word = text.firstRange(of: "encoding") else { return nil }
        let rest = text[word.upperBound...].drop { $0 != "\"" && $0 != "'" }
        guard let quote = rest.first else { return nil }
        return String(rest.dropFirst().prefix { $0 != quote })
    }

    private mutating func begin(_ encoding: Encoding, mark: Int) {
        self.encoding = encoding
        start.offset = mark
        known = (0, start)
        let bytes = Array(held.dropFirst(mark))
        held = []
        withBytes(bytes) { decode($0) }
    }

    /// Whether the encoding that a declaration names can be the one in which it is written.
    func agrees(withDeclared name: String) -> Bool {
        guard encoding == .utf16BigEndian || encoding == .utf16LittleEndian else { return true }
        let name = name.uppercased()
        return name == "UTF-16" || name == (encoding == .utf16BigEndian ? "UTF-16BE" : "UTF-16LE")
    }

    // MARK: Decoding

    private mutating func decode(_ bytes: Bytes) {
        switch encoding {
        case nil: break
        case .utf8: decodeUTF8(bytes)
        case .utf16BigEndian, .utf16LittleEndian: decodeUTF16(bytes)
        case .latin1:
            for index in 0..<bytes.count where failure == nil { put(UInt32(bytes[index])) }
        case .ascii:
            for index in 0..<bytes.count where failure == nil {
                if bytes[index] < 0x80 { put(UInt32(bytes[index])) } else { failure = "The byte \(bytes[index]) is not US-ASCII." }
            }
        }
    }

    private mutating func decodeUTF8(_ bytes: Bytes) {
        var index = 0
        while !held.isEmpty, index < bytes.count {
            held.append(bytes[index])
            index += 1
            if held.count < Self.sequenceLength(held[0]) { continue }
            let character = held
            held = []
            withBytes(character) { decodeWholeUTF8($0) }
            guard failure == nil else { return }
        }
        guard index < bytes.count else { return }
        var rest = bytes.dropFirst(index)
        // The last character may go on in what comes next.
        for back in 1...3 where back <= rest.count {
            let byte = rest[rest.count - back]
            if byte & 0xC0 == 0x80 { continue }
            if Self.sequenceLength(byte) > back {
                held = rest.dropFirst(rest.count - back).copy()
                rest = rest[0..<rest.count - back]
            }
            break
        }
        decodeWholeUTF8(rest)
    }

    /// What the first byte of a character says; 1 of what is none.
    private static func sequenceLength(_ byte: UInt8) -> Int { byte < 0xC2 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte <= 0xF4 ? 4 : 1 }

    private mutating func decodeWholeUTF8(_ bytes: Bytes) {
        guard bytes.count > 0 else { return }
        text.reserve(bytes.count)
        var index = 0
        if followsCarriageReturn {
            followsCarriageReturn = false
            if bytes[0] == 0x0A {
                omitted.append(text.count)
                index = 1
            }
        }
        var copied = index
        while index < bytes.count {
            if index + 8 <= bytes.count {
                let places = Self.unusualBytes(bytes.word(at: index))
                if places == 0 {
                    index += 8
                    continue
                }
                index += places.trailingZeroBitCount / 8
            }
            let byte = bytes[index]
            if byte >= 0x80 {
                let length = UTF8Check.sequenceLength(bytes, at: index)
                if length == 0 || length == 3 && !XMLNames.isCharacter(XMLNames.scalar(bytes, at: index).value) {
                    failure = length == 0 ? Self.notUTF8 : Self.forbidden(XMLNames.scalar(bytes, at: index).value)
                    break
                }
                index += length
            } else if byte >= 0x20 || byte == 0x0A || byte == 0x09 {
                index += 1
            } else if byte == 0x0D {
                text.append(bytes[copied..<index])
                text.append(0x0A)
                index += 1
                if index == bytes.count {
                    followsCarriageReturn = true
                } else if bytes[index] == 0x0A {
                    omitted.append(text.count)
                    index += 1
                }
                copied = index
            } else {
                failure = Self.forbidden(UInt32(byte))
                break
            }
        }
        if copied < index { text.append(bytes[copied..<index]) }
    }

    /// The lowest byte below 0x20 or above 0x7F among eight, by its highest bit.
    @inline(__always) private static func unusualBytes(_ word: UInt64) -> UInt64 {
        let high: UInt64 = 0x8080_8080_8080_8080
        return ((word &- 0x2020_2020_2020_2020) & ~word | word) & high
    }

    private mutating func decodeUTF16(_ bytes: Bytes) {
        for index in 0..<bytes.count where failure == nil {
            guard let first = held.popLast() else {
                held.append(bytes[index])
                continue
            }
            let (high, low) = encoding == .utf16BigEndian ? (first, bytes[index]) : (bytes[index], first)
            let unit = UInt32(high) << 8 | UInt32(low)
            if let surrogate = highSurrogate {
                highSurrogate = nil
                guard unit & 0xFC00 == 0xDC00 else { return failure = "Half of a character of UTF-16 stands alone." }
                put(0x10000 + (surrogate & 0x3FF) << 10 + unit & 0x3FF)
            } else if unit & 0xFC00 == 0xD800 {
                highSurrogate = unit
            } else if unit & 0xFC00 == 0xDC00 {
                failure = "Half of a character of UTF-16 stands alone."
            } else {
                put(unit)
            }
        }
    }

    private mutating func put(_ value: UInt32) {
        if followsCarriageReturn {
            followsCarriageReturn = false
            if value == 0x0A { return omitted.append(text.count) }
        }
        guard XMLNames.isCharacter(value) else { return failure = Self.forbidden(value) }
        followsCarriageReturn = value == 0x0D
        text.append(scalar: followsCarriageReturn ? 0x0A : value)
    }

    private static let notUTF8 = "The bytes are not UTF-8."

    static func forbidden(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return "No document may have the character U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)."
    }

    // MARK: Places

    /// Where a place of the text is in the input.
    func place(at position: Int) -> Place {
        var place = counted(to: position)
        let unit = encoding == .utf16BigEndian || encoding == .utf16LittleEndian ? 2 : 1
        place.offset += unit * omittedCount(to: position)
        return place
    }

    /// The same, of places one behind the other: each is counted from the one before.
    mutating func nextPlace(at position: Int) -> Place {
        known = (position, counted(to: position))
        return place(at: position)
    }

    /// A place of the text in the input, as if nothing had been left out.
    private func counted(to position: Int) -> Place {
        var (first, place) = known
        if first > position { (first, place) = (0, start) }
        let passed = text.raw[first..<position]
        let lines = passed.lineFeedCount
        var lineStart = lines == 0 ? 0 : passed.count
        while lineStart > 0, passed[lineStart - 1] != 0x0A { lineStart -= 1 }
        place.line += lines
        place.column = (lines == 0 ? place.column : 0) + passed.dropFirst(lineStart).characterCount
        switch encoding {
        case nil, .utf8, .ascii: place.offset += passed.count
        case .latin1: place.offset += passed.characterCount
        case .utf16BigEndian, .utf16LittleEndian: place.offset += 2 * passed.utf16Count
        }
        return place
    }

    /// How many line feeds were left out up to a place of the text.
    private func omittedCount(to position: Int) -> Int {
        var (low, high) = (0, omitted.count)
        while low < high {
            let middle = (low + high) / 2
            if omitted[middle] <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Bytes {
    fileprivate var lineFeedCount: Int {
        var count = 0
        var index = 0
        while index + 8 <= self.count {
            // Exact for each byte: no borrow or carry goes from one to the next.
            let difference = word(at: index) ^ 0x0A0A_0A0A_0A0A_0A0A
            let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
            count += (~(((difference & low) &+ low) | difference | low)).nonzeroBitCount
            index += 8
        }
        while index < self.count {
            if self[index] == 0x0A { count += 1 }
            index += 1
        }
        return count
    }

    fileprivate var characterCount: Int {
        var count = 0
        for index in 0..<self.count where self[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    fileprivate var utf16Count: Int {
        var count = 0
        for index in 0..<self.count where self[index] & 0xC0 != 0x80 { count += self[index] >= 0xF0 ? 2 : 1 }
        return count
    }
}

extension ByteBuffer {
    /// A character as UTF-8.
    mutating func append(scalar value: UInt32) {
        guard let scalar = Unicode.Scalar(value) else { return }
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(byte) }
    }
}
