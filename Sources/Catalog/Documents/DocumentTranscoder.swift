import Ground

/// A maker of a document's stored form straight from its JSON text, in one pass and without values in between.
///
/// Text goes over as it stands, eight bytes at a time; fields that don't come in order are put in order when their object ends.
/// What is rare (see ``transcode(_:)``) and all that is wrong is left to ``JSONParser`` and ``DocumentEncoder``, whose result this
/// one equals byte for byte wherever it has one.
struct DocumentTranscoder: ~Copyable {
    /// The stored form, after ``transcode(_:)``.
    private(set) var output = GrowingBuffer<UInt8>(capacity: 1024)
    /// The fields of the objects that are open, and those of the document at its end.
    private var fields = GrowingBuffer<Field>(capacity: 64)
    private var frames = GrowingBuffer<Frame>(capacity: 16)
    /// What is taken up to be put down in another order, or written as text.
    private var shelf = ByteBuffer(capacity: 1024)

    private var character = GrowingBuffer<UInt8>(capacity: 16)

    private var bytes = Bytes.empty
    private var index = 0

    /// A field as it stands in `output`.
    struct Field: BitwiseCopyable {
        /// The first eight bytes of the key, which tell most keys apart.
        var prefix: UInt64
        var keyCount: UInt32
        /// From the key's opening quote to the end of the value.
        var start: UInt32
        var end: UInt32
    }

    /// A container that is open.
    struct Frame: BitwiseCopyable {
        var isObject: Bool
        /// Whether its keys came in ascending order so far.
        var isSorted = true
        var firstField: Int
        /// How many elements an array has had.
        var elementCount = 1
    }

    /// Some more than is written between two looks at how much room there is.
    private static let slack = 64

    /// Writes the stored form of the document that a text begins with to `output`.
    ///
    /// - Returns: Where it ends; nil if the text doesn't begin with a document that is valid JSON and no longer than one may be, or has
    ///   a key with an escape or twice, or a pseudo-type, an array or a depth that needs a closer look.
    mutating func transcode(_ text: Bytes) -> Int? {
        guard text.count <= Catalog.maximumDocumentByteCount else { return nil }
        bytes = text
        index = 0
        output.truncate(to: 0)
        fields.truncate(to: 0)
        frames.truncate(to: 0)
        // Nothing but numbers becomes longer than it was, and they see to their room.
        output.reserve(text.count + Self.slack)
        defer {
            // The text may be all that is left of a long stream, whose next document asks for as much room again.
            if text.count <= 1 << 20 { output.shrink(to: 1 << 20) }
            fields.shrink(to: 1 << 16)
        }
        skipSpace()
        guard next() == UInt8(ascii: "{"), transcodeObject() else { return nil }
        appendTable()
        return index
    }

    /// A loop, not a recursion: what is open stands in `frames`.
    private mutating func transcodeObject() -> Bool {
        while true {
            skipSpace()
            switch next() {
            case UInt8(ascii: "{"):
                guard begin(isObject: true) else { return false }
                skipSpace()
                if next() == UInt8(ascii: "}") { break }
                guard transcodeKey() else { return false }
                continue
            case UInt8(ascii: "["):
                guard begin(isObject: false) else { return false }
                skipSpace()
                if next() == UInt8(ascii: "]") { break }
                continue
            case UInt8(ascii: "\""): guard transcodeString() else { return false }
            case UInt8(ascii: "-"), 0x30...0x39: guard transcodeNumber() else { return false }
            case UInt8(ascii: "t"): guard transcode("true") else { return false }
            case UInt8(ascii: "f"): guard transcode("false") else { return false }
            case UInt8(ascii: "n"): guard transcode("null") else { return false }
            default: return false
            }
            // After a value, or at once in an empty container: what ends here, then the comma.
            while true {
                skipSpace()
                let top = frames[frames.count - 1]
                let byte = next()
                if byte == UInt8(ascii: ",") {
                    put(byte)
                    index += 1
                    if top.isObject {
                        fields[fields.count - 1].end = UInt32(truncatingIfNeeded: output.count - 1)
                        guard transcodeKey() else { return false }
                    } else {
                        frames[frames.count - 1].elementCount += 1
                    }
                    break
                }
                guard byte == (top.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return false }
                index += 1
                guard end(top) else { return false }
                put(byte)
                frames.truncate(to: frames.count - 1)
                if frames.count == 0 { return true }
            }
        }
    }

    @inline(__always) private mutating func begin(isObject: Bool) -> Bool {
        guard frames.count < Datum.maximumDepth else { return false }
        put(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
        index += 1
        frames.append(Frame(isObject: isObject, firstField: fields.count))
        return true
    }

    /// What is left to do when a container ends.
    @inline(__always) private mutating func end(_ frame: Frame) -> Bool {
        guard frame.isObject else { return frame.elementCount <= Document.maximumArrayCount }
        guard fields.count > frame.firstField else { return true }
        fields[fields.count - 1].end = UInt32(truncatingIfNeeded: output.count)
        if !frame.isSorted, !sortFields(from: frame.firstField) { return false }
        // The document's own are needed for its table.
        if frames.count > 1 { fields.truncate(to: frame.firstField) }
        return true
    }

    // MARK: Parts

    private mutating func transcodeKey() -> Bool {
        skipSpace()
        guard next() == UInt8(ascii: "\"") else { return false }
        let start = index + 1
        let field = UInt32(truncatingIfNeeded: output.count)
        guard transcodeString() else { return false }
        let key = bytes[start..<index - 1]
        // As many bytes as there were: no escape, which would have to be looked through to put keys in order.
        guard output.count - Int(field) == key.count + 2, !containsEscape(key) else { return false }
        if key.count > 0, key[0] == UInt8(ascii: "$"), key.equals("$reql_type$") { return false }
        let prefix = key.orderedPrefix
        let top = frames.count - 1
        if frames[top].isSorted, fields.count > frames[top].firstField {
            let last = fields[fields.count - 1]
            let isAscending = last.prefix == prefix ? Bytes.compare(self.key(of: last), key) < 0 : last.prefix < prefix
            if !isAscending { frames[top].isSorted = false }
        }
        fields.append(Field(prefix: prefix, keyCount: UInt32(truncatingIfNeeded: key.count), start: field, end: 0))
        skipSpace()
        guard next() == UInt8(ascii: ":") else { return false }
        put(UInt8(ascii: ":"))
        index += 1
        return true
    }

    private func containsEscape(_ key: Bytes) -> Bool {
        for index in 0..<key.count where key[index] == UInt8(ascii: "\\") { return true }
        return false
    }

    private mutating func transcodeString() -> Bool {
        put(UInt8(ascii: "\""))
        index += 1
        while true {
            if index + 8 <= bytes.count {
                let word = bytes.word(at: index)
                let special = WordScan.specialBytes(word)
                if special == 0 {
                    output.appendWord(word, counting: 8)
                    index += 8
                    continue
                }
                let plain = special.trailingZeroBitCount / 8
                output.appendWord(word, counting: plain)
                index += plain
            }
            let byte = next()
            switch byte {
            case UInt8(ascii: "\""):
                put(byte)
                index += 1
                return true
            case UInt8(ascii: "\\"): guard transcodeEscape() else { return false }
            case 0x20..<0x80:
                put(byte)
                index += 1
            case 0x80...:
                guard transcodeBeyondASCII() else { return false }
            default: return false
            }
        }
    }

    /// Characters of several bytes, which mostly stand together.
    private mutating func transcodeBeyondASCII() -> Bool {
        repeat {
            let length = UTF8Check.sequenceLength(bytes, at: index)
            guard length > 0 else { return false }
            if index + 8 <= bytes.count {
                output.appendWord(bytes.word(at: index), counting: length)
            } else {
                for offset in 0..<length { put(bytes[index + offset]) }
            }
            index += length
        } while next() >= 0x80
        return true
    }

    /// One escape becomes the character that it stands for, or stays if that needs one.
    private mutating func transcodeEscape() -> Bool {
        guard index + 1 < bytes.count else { return false }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"),
            UInt8(ascii: "t"):
            put(bytes[index])
            put(bytes[index + 1])
            index += 2
        default:
            var parser = JSONParser(bytes)
            parser.index = index
            character.truncate(to: 0)
            guard (try? parser.parseEscape(into: &character)) != nil else { return false }
            index = parser.index
            shelf.removeAll()
            JSONWriter.writeString(character.bytes(from: 0, count: character.count), into: &shelf)
            let written = shelf.raw
            for offset in 1..<written.count - 1 { put(written[offset]) }
        }
        return true
    }

    /// A number that is written as it is stored goes over as it stands: nothing of it need be known.
    private mutating func transcodeNumber() -> Bool {
        let start = index
        var cursor = index
        if bytes[cursor] == UInt8(ascii: "-") { cursor += 1 }
        let first = cursor
        while cursor < bytes.count, bytes[cursor] &- 0x30 < 10 { cursor += 1 }
        var digits = cursor - first
        var isPlain = digits == 1 || digits > 1 && bytes[first] != 0x30
        if cursor < bytes.count, bytes[cursor] == UInt8(ascii: ".") {
            let fraction = cursor + 1
            cursor = fraction
            while cursor < bytes.count, bytes[cursor] == 0x30 { cursor += 1 }
            // Below 0.000001 they have an exponent.
            isPlain = isPlain && (bytes[first] != 0x30 || cursor - fraction < 6)
            while cursor < bytes.count, bytes[cursor] &- 0x30 < 10 { cursor += 1 }
            digits += cursor - fraction
            isPlain = isPlain && cursor > fraction && bytes[cursor - 1] != 0x30
        } else {
            isPlain = isPlain && (bytes[first] != 0x30 || first == start)
        }
        // No two decimals of up to 15 digits are the same double, so none of them has a shorter form. An exponent is written anew.
        if isPlain, digits <= 15, cursor < bytes.count, bytes[cursor] | 0x20 != UInt8(ascii: "e") {
            while index < cursor {
                if index + 8 <= bytes.count {
                    output.appendWord(bytes.word(at: index), counting: min(8, cursor - index))
                    index += 8
                } else {
                    put(bytes[index])
                    index += 1
                }
            }
            index = cursor
            return true
        }
        var parser = JSONParser(bytes)
        parser.index = start
        var read = Decimal64()
        guard let number = try? parser.parseNumber(&read) else { return false }
        index = parser.index
        shelf.removeAll()
        JSONWriter.writeNumber(number, into: &shelf)
        // What is written as its double shows it is that, without a closer look.
        if !(shelf.raw == bytes[start..<index]) {
            do {
                if let decimal = try parser.digits(from: start, of: number, read) {
                    shelf.removeAll()
                    decimal.write(into: &shelf)
                }
            } catch {
                return false
            }
        }
        output.reserve(shelf.count + bytes.count - index + Self.slack)
        output.append(shelf.raw)
        return true
    }

    private mutating func transcode(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard index + length <= bytes.count, bytes[index..<index + length].equals(word) else { return false }
        for offset in 0..<length { put(bytes[index + offset]) }
        index += length
        return true
    }

    // MARK: Order of fields

    /// Up to this many fields are sorted where they are.
    private static let smallCount = 16

    /// Puts the fields from `first` on, which end where `output` does, in the order of their keys. False if there is one twice.
    private mutating func sortFields(from first: Int) -> Bool {
        let start = Int(fields[first].start)
        guard fields.count - first > Self.smallCount ? sortMany(from: first) : sortFew(from: first) else { return false }
        shelf.removeAll()
        shelf.append(output.bytes(from: start, count: output.count - start))
        let old = shelf.raw
        output.truncate(to: start)
        for index in first..<fields.count {
            if index > first { put(UInt8(ascii: ",")) }
            var field = fields[index]
            let moved = output.count
            output.append(old[Int(field.start) - start..<Int(field.end) - start])
            field.start = UInt32(truncatingIfNeeded: moved)
            field.end = UInt32(truncatingIfNeeded: output.count)
            fields[index] = field
        }
        return true
    }

    /// An insertion sort.
    private mutating func sortFew(from first: Int) -> Bool {
        for index in first + 1..<fields.count {
            let field = fields[index]
            var hole = index
            while hole > first {
                let order = compare(field, fields[hole - 1])
                if order > 0 { break }
                if order == 0 { return false }
                fields[hole] = fields[hole - 1]
                hole -= 1
            }
            fields[hole] = field
        }
        return true
    }

    private mutating func sortMany(from first: Int) -> Bool {
        var sorted: [Field] = []
        sorted.reserveCapacity(fields.count - first)
        for index in first..<fields.count { sorted.append(fields[index]) }
        sorted.sort { compare($0, $1) < 0 }
        for (position, field) in sorted.enumerated() {
            if position > 0, compare(sorted[position - 1], field) == 0 { return false }
            fields[first + position] = field
        }
        return true
    }

    @inline(__always) private func compare(_ a: Field, _ b: Field) -> Int {
        if a.prefix != b.prefix { return a.prefix < b.prefix ? -1 : 1 }
        return Bytes.compare(key(of: a), key(of: b))
    }

    private func key(of field: Field) -> Bytes {
        output.bytes(from: Int(field.start) + 1, count: Int(field.keyCount))
    }

    // MARK: Bytes

    /// What was written last, good until the next one.
    var written: Bytes { output.bytes(from: 0, count: output.count) }

    /// The same as a value.
    var document: Datum? { Datum(copyOfStoredDocument: written) }

    /// What stands behind the JSON: where its fields begin.
    private mutating func appendTable() {
        let width = Document.offsetWidth(jsonCount: output.count)
        output.reserve((fields.count + 1) * width + 16)
        for index in 0..<fields.count { output.appendWord(UInt64(fields[index].start), counting: width) }
        output.appendWord(UInt64(fields.count), counting: width)
        output.append(UInt8(width / 2))
    }

    /// The byte at `index`; at the end one that begins and ends nothing.
    @inline(__always) private func next() -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    /// Appends a byte where there is room already.
    @inline(__always) private mutating func put(_ byte: UInt8) { output.appendWord(UInt64(byte), counting: 1) }

    @inline(__always) private mutating func skipSpace() {
        while index < bytes.count {
            let byte = bytes[index]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            index += 1
        }
    }
}
