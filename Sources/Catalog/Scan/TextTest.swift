import Ground

/// What a text of a stored document is asked for where it lies.
package struct TextTest: Sendable {
    fileprivate enum Question {
        case among(isBlankPadded: Bool)
        /// What begins the text, what ends it, and what stands between these in its order, with anything around each.
        case parts(isWhole: Bool)
    }

    fileprivate let question: Question
    fileprivate let texts: [[UInt8]]

    /// Whether it is one of these texts.
    ///
    /// - Parameter isBlankPadded: blanks at the end of either don't count.
    package init(among texts: [String], isBlankPadded: Bool) {
        self.texts = texts.map { text in
            var bytes = Array(text.utf8)
            while isBlankPadded, bytes.last == UInt8(ascii: " ") { bytes.removeLast() }
            return bytes
        }
        question = .among(isBlankPadded: isBlankPadded)
    }

    /// Whether it matches a pattern in which `%` is any text. Nil if the pattern has other signs, `_` and `\`.
    package init?(like pattern: String) {
        let bytes = Array(pattern.utf8)
        guard !bytes.contains(UInt8(ascii: "_")), !bytes.contains(UInt8(ascii: "\\")) else { return nil }
        texts = bytes.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false).map { Array($0) }
        question = .parts(isWhole: texts.count == 1)
    }
}

/// A ``TextTest`` as it runs. Somebody else keeps its texts, so that it counts no references.
struct StoredTextTest {
    private let question: TextTest.Question
    /// How many texts there are. Where each begins and ends stands in front of all of them, four bytes each.
    private let count: Int
    private let texts: Bytes

    init(_ test: TextTest, _ kept: inout KeptTexts) {
        question = test.question
        count = test.texts.count
        var buffer = ByteBuffer()
        var end = (test.texts.count + 1) * 4
        for text in [[]] + test.texts {
            end += text.count
            buffer.reserve(4)
            buffer.putWord(UInt64(end), counting: 4)
        }
        for text in test.texts { buffer.append(text) }
        texts = kept.keep(buffer.raw)
    }

    @inline(__always) private func text(_ index: Int) -> Bytes {
        texts[texts.littleEndian(at: index * 4, width: 4)..<texts.littleEndian(at: index * 4 + 4, width: 4)]
    }

    /// Nothing is said of null: it fails, negated or not. `.undecided` if the bytes are no text, or one with escapes.
    @inline(__always) func verdict(on json: Bytes, isNegated: Bool) -> Verdict {
        guard json[0] == UInt8(ascii: "\"") else { return json[0] == UInt8(ascii: "n") ? .fails : .undecided }
        let text = json[1..<max(1, json.count - 1)]
        if text.contains(UInt8(ascii: "\\")) { return .undecided }
        return holds(text) != isNegated ? .passes : .fails
    }

    private func holds(_ text: Bytes) -> Bool {
        switch question {
        case .among(let isBlankPadded):
            var length = text.count
            if isBlankPadded { while length > 0, text[length - 1] == UInt8(ascii: " ") { length -= 1 } }
            let trimmed = text[0..<length]
            for index in 0..<count where self.text(index) == trimmed { return true }
            return false
        case .parts(let isWhole):
            let first = self.text(0)
            if isWhole { return text == first }
            let last = self.text(count - 1)
            guard text.count >= first.count + last.count, text[0..<first.count] == first,
                text[text.count - last.count..<text.count] == last
            else { return false }
            var rest = text[first.count..<text.count - last.count]
            for index in 1..<count - 1 {
                guard let end = Self.end(of: self.text(index), in: rest) else { return false }
                rest = rest.dropFirst(end)
            }
            return true
        }
    }

    /// Behind the first place where a text stands within another; nil if it doesn't.
    private static func end(of part: Bytes, in text: Bytes) -> Int? {
        guard part.count > 0 else { return 0 }
        let first = part[0]
        var start = 0
        while start + part.count <= text.count {
            if text[start] == first, text[start..<start + part.count] == part { return start + part.count }
            start += 1
        }
        return nil
    }
}
