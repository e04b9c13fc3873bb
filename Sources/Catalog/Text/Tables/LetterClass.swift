/// What PostgreSQL's parser of texts asks of characters, as the C library has it for `C.UTF-8`.
enum LetterClass: UInt8 {
    case other, letter, mark, space

    static func of(_ code: UInt32) -> LetterClass {
        if code < 128 { return near[Int(code)] }
        var low = 0
        var high = runs.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle].start <= code { low = middle } else { high = middle }
        }
        return runs[low].kind
    }

    /// From the table: each run a letter for its class, and the number of code points in hexadecimal.
    private static let runs: [(start: UInt32, kind: LetterClass)] = {
        var runs: [(start: UInt32, kind: LetterClass)] = []
        var next: UInt32 = 0
        var length: UInt32 = 0
        for byte in data.utf8 {
            if byte >= 0x41 && byte <= 0x5A {
                next += length
                length = 0
                let kind: LetterClass =
                    switch byte {
                    case UInt8(ascii: "L"): .letter
                    case UInt8(ascii: "M"): .mark
                    case UInt8(ascii: "S"): .space
                    default: .other
                    }
                runs.append((next, kind))
            } else {
                length = length * 16 + UInt32(byte >= 0x61 ? byte - 0x57 : byte - 0x30)
            }
        }
        return runs
    }()

    private static let near: [LetterClass] = (0..<128).map { code in
        runs.last { $0.start <= code }?.kind ?? .other
    }
}
