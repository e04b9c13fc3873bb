/// Lines of facts: one that begins with more blanks goes on with the one before it.
///
/// They are ASCII and cut by bytes: by characters the first statement of a process took twice the instructions: 179 million, and 95.
enum FactLines {
    static func joined(_ block: String) -> [Substring] {
        var lines: [Substring] = []
        for line in block[...].cut(at: "\n") {
            if line.utf8.starts(with: "  ".utf8), let last = lines.popLast() {
                lines.append(Substring(last + " " + line.withoutBlanks))
            } else {
                lines.append(line)
            }
        }
        return lines
    }
}

extension Substring {
    /// What lies between a sign of ASCII.
    ///
    /// - Parameters:
    ///   - most: how many parts there are at most; the last one has the rest.
    ///   - keepingEmpty: whether parts may be empty.
    func cut(at sign: Unicode.Scalar, most: Int = .max, keepingEmpty: Bool = false) -> [Substring] {
        utf8.split(separator: UInt8(ascii: sign), maxSplits: most == .max ? most : most - 1, omittingEmptySubsequences: !keepingEmpty)
            .map { Substring($0) }
    }

    fileprivate var withoutBlanks: Substring { Substring(utf8.drop { $0 == UInt8(ascii: " ") }) }

    /// Takes off what it begins with if that lies between two signs of ASCII, and blanks behind that; nil if it doesn't begin so.
    mutating func takeParenthesized(_ opening: Unicode.Scalar, _ closing: Unicode.Scalar) -> Substring? {
        guard utf8.first == UInt8(ascii: opening), let end = utf8.dropFirst().firstIndex(of: UInt8(ascii: closing)) else { return nil }
        let inner = Substring(utf8[utf8.startIndex..<end].dropFirst())
        self = Substring(utf8[end...].dropFirst()).withoutBlanks
        return inner
    }
}
