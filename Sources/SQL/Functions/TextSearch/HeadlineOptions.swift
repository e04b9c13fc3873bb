extension Headline.Options {
    /// `MaxWords=20, StartSel="<i>"`: names with values, bare or in quotes.
    init(_ text: String) throws(SQLError) {
        let fault = SQLError(.syntaxError, "invalid parameter list format: \"\(text)\"")
        var reader = OptionReader(bytes: Array(text.utf8)[...], fault: fault)
        // The whole list is read before anything of it is looked at.
        var given: [(name: String, value: String)] = []
        while let option = try reader.next() { given.append(option) }
        for (name, value) in given {
            func number() throws(SQLError) -> Int { Int(try TextInput.integer(value, "integer", -2_147_483_648...2_147_483_647)) }
            switch name.lowercased() {
            case "maxwords": maximumWords = try number()
            case "minwords": minimumWords = try number()
            case "shortword": shortWord = try number()
            case "maxfragments": fragments = try number()
            case "startsel": start = value
            case "stopsel": stop = value
            case "fragmentdelimiter": delimiter = value
            case "highlightall": highlightsAll = ["1", "on", "true", "t", "y", "yes"].contains(value.lowercased())
            default: throw SQLError(.invalidParameterValue, "unrecognized headline parameter: \"\(name)\"")
            }
        }
    }

    func check() throws(SQLError) {
        guard !highlightsAll else { return }
        func require(_ holds: Bool, _ message: String) throws(SQLError) {
            if !holds { throw SQLError(.invalidParameterValue, message) }
        }
        try require(minimumWords < maximumWords, "MinWords should be less than MaxWords")
        try require(minimumWords > 0, "MinWords should be positive")
        try require(shortWord >= 0, "ShortWord should be >= 0")
        try require(fragments >= 0, "MaxFragments should be >= 0")
    }
}

private struct OptionReader {
    var bytes: ArraySlice<UInt8>
    let fault: SQLError

    private mutating func skipBlanks(and separator: UInt8? = nil) {
        while let byte = bytes.first, byte == 32 || (9...13).contains(byte) || byte == separator { bytes.removeFirst() }
    }

    mutating func next() throws(SQLError) -> (name: String, value: String)? {
        skipBlanks(and: UInt8(ascii: ","))
        guard let first = bytes.first else { return nil }
        let name: String
        if first == UInt8(ascii: "\"") {
            name = try quoted(first)
        } else {
            let end = bytes.firstIndex { $0 == UInt8(ascii: "=") || $0 == 32 || (9...13).contains($0) } ?? bytes.endIndex
            name = String(decoding: bytes[..<end], as: UTF8.self)
            bytes = bytes[end...]
        }
        skipBlanks()
        guard bytes.first == UInt8(ascii: "=") else { throw fault }
        bytes.removeFirst()
        skipBlanks()
        guard let start = bytes.first else { throw fault }
        if start == UInt8(ascii: "'") || start == UInt8(ascii: "\"") { return (name, try quoted(start)) }
        // `E` before a quote says nothing.
        if start == UInt8(ascii: "E"), bytes.dropFirst().first == UInt8(ascii: "'") {
            bytes.removeFirst()
            return (name, try quoted(UInt8(ascii: "'")))
        }
        let end = bytes.firstIndex { $0 == UInt8(ascii: ",") || $0 == 32 || (9...13).contains($0) } ?? bytes.endIndex
        defer { bytes = bytes[end...] }
        return (name, String(decoding: bytes[..<end], as: UTF8.self))
    }

    private mutating func quoted(_ quote: UInt8) throws(SQLError) -> String {
        var value: [UInt8] = []
        bytes.removeFirst()
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "'"), bytes.first == byte {
                value.append(byte)
                bytes.removeFirst()
            } else if byte != quote {
                value.append(byte)
            } else if bytes.first == quote {
                value.append(quote)
                bytes.removeFirst()
            } else {
                return String(decoding: value, as: UTF8.self)
            }
        }
        throw fault
    }
}
