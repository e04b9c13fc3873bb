/// The encodings of characters that PostgreSQL knows by name, and those of them that texts here are converted from and to.
struct CharacterEncoding: Hashable {
    /// PostgreSQL's number.
    let number: Int

    static let sqlASCII = CharacterEncoding(number: 0)
    static let utf8 = CharacterEncoding(number: 6)
    static let latin1 = CharacterEncoding(number: 8)

    /// By number: the name, and how many bytes a character takes at most.
    private static let all: [(name: String, byteCount: Int)] = [
        ("SQL_ASCII", 1), ("EUC_JP", 3), ("EUC_CN", 3), ("EUC_KR", 3), ("EUC_TW", 4), ("EUC_JIS_2004", 3), ("UTF8", 4),
        ("MULE_INTERNAL", 4), ("LATIN1", 1), ("LATIN2", 1), ("LATIN3", 1), ("LATIN4", 1), ("LATIN5", 1), ("LATIN6", 1), ("LATIN7", 1),
        ("LATIN8", 1), ("LATIN9", 1), ("LATIN10", 1), ("WIN1256", 1), ("WIN1258", 1), ("WIN866", 1), ("WIN874", 1), ("KOI8R", 1),
        ("WIN1251", 1), ("WIN1252", 1), ("ISO_8859_5", 1), ("ISO_8859_6", 1), ("ISO_8859_7", 1), ("ISO_8859_8", 1), ("WIN1250", 1),
        ("WIN1253", 1), ("WIN1254", 1), ("WIN1255", 1), ("WIN1257", 1), ("KOI8U", 1), ("SJIS", 2), ("BIG5", 2), ("GBK", 2), ("UHC", 2),
        ("GB18030", 4), ("JOHAB", 3), ("SHIFT_JIS_2004", 2),
    ]

    /// Names beside the encodings' own, letters and digits alone.
    private static let aliases: [String: String] = {
        var aliases = [
            "unicode": "UTF8", "iso88591": "LATIN1", "iso88592": "LATIN2", "iso88593": "LATIN3", "iso88594": "LATIN4",
            "iso88599": "LATIN5", "iso885910": "LATIN6", "iso885913": "LATIN7", "iso885914": "LATIN8", "iso885915": "LATIN9",
            "iso885916": "LATIN10", "koi8": "KOI8R", "win": "WIN1251", "alt": "WIN866", "tcvn": "WIN1258", "tcvn5712": "WIN1258",
            "vscii": "WIN1258", "abc": "WIN1258", "mskanji": "SJIS", "shiftjis": "SJIS", "win932": "SJIS", "win936": "GBK",
            "win949": "UHC", "win950": "BIG5",
        ]
        let pages = ["866", "874", "932", "936", "949", "950"] + (1250...1258).map(String.init)
        for page in pages { aliases["windows" + page] = aliases["win" + page] ?? "WIN" + page }
        return aliases
    }()

    private static let numbers: [String: Int] = {
        var numbers: [String: Int] = [:]
        for (number, encoding) in all.enumerated() { numbers[letters(encoding.name)] = number }
        for (alias, name) in aliases { numbers[alias] = numbers[letters(name)] }
        return numbers
    }()

    private static func letters(_ name: String) -> String { name.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) } }

    init?(named name: String) {
        guard let number = Self.numbers[Self.letters(name)] else { return nil }
        self.number = number
    }

    init?(_ number: Int64) {
        guard Self.all.indices.contains(Int(clamping: number)) else { return nil }
        self.number = Int(number)
    }

    private init(number: Int) { self.number = number }

    var name: String { Self.all[number].name }
    /// How many bytes a character takes at most.
    var byteCount: Int { Self.all[number].byteCount }

    // MARK: Conversion

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { "0x" + Encodings.hexadecimal([$0]) }.joined(separator: " ")
    }

    private func invalid(_ bytes: some Sequence<UInt8>) -> SQLError {
        SQLError(.characterNotInRepertoire, "invalid byte sequence for encoding \"\(name)\": \(Self.hexadecimal(bytes))")
    }

    /// Throws `22021` for bytes that are no text in the encoding.
    func check(_ bytes: [UInt8]) throws(SQLError) {
        guard self == .utf8 else {
            if bytes.contains(0) { throw invalid([0]) }
            return
        }
        if String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) { return }
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0xC0 || first >= 0xF8 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            let character = rest.prefix(length)
            guard first != 0, String(validating: character, as: UTF8.self) != nil else { throw invalid(character) }
            rest = rest.dropFirst(length)
        }
    }

    /// The bytes of a text of one encoding in another one. Throws `22021` for what is no text of the first, `22P05` for characters
    /// that the other one has not, and `0A000` for encodings that are only known by name.
    static func convert(_ bytes: [UInt8], from source: CharacterEncoding, to target: CharacterEncoding) throws(SQLError) -> [UInt8] {
        try source.check(bytes)
        if source == target || target == .sqlASCII { return bytes }
        if source == .sqlASCII {
            try target.check(bytes)
            return bytes
        }
        switch (source, target) {
        case (.latin1, .utf8):
            var text = ""
            for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
            return Array(text.utf8)
        case (.utf8, .latin1):
            var result: [UInt8] = []
            for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
                guard let byte = UInt8(exactly: scalar.value) else {
                    throw SQLError(
                        SQLState(rawValue: "22P05"),
                        "character with byte sequence \(hexadecimal(String(scalar).utf8)) in encoding \"UTF8\" has no equivalent "
                            + "in encoding \"LATIN1\"")
                }
                result.append(byte)
            }
            return result
        default:
            throw SQLError(
                .featureNotSupported, "conversion between encodings \"\(source.name)\" and \"\(target.name)\" is not supported")
        }
    }
}
