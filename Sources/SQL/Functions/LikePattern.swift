import Catalog

/// LIKE's patterns: `%` is any text, `_` any character.
enum LikePattern {
    static let missingEscape = SQLError(.invalidEscapeSequence, "LIKE pattern must not end with escape character")

    /// Takes time linear in the text for each `%`, as only the last one is ever tried again.
    static func matches(_ text: some Collection<UInt8>, _ pattern: some Collection<UInt8>, isBytes: Bool = false) throws(SQLError) -> Bool {
        let text = Array(text)
        let pattern = Array(pattern)
        var t = 0
        var p = 0
        var restartPattern = -1
        var restartText = 0
        func length(at place: Int) -> Int {
            if isBytes { return 1 }
            let byte = text[place]
            return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        }
        var steps = 0
        while t < text.count {
            steps &+= 1
            if steps & 0xFFFFF == 0 { try QueryMemory.checkStopped() }
            if p < pattern.count {
                let byte = pattern[p]
                if byte == UInt8(ascii: "%") {
                    restartPattern = p + 1
                    restartText = t
                    p += 1
                    continue
                }
                if byte == UInt8(ascii: "_") {
                    t = min(t + length(at: t), text.count)
                    p += 1
                    continue
                }
                var literal = byte
                var next = p + 1
                if byte == UInt8(ascii: "\\") {
                    guard next < pattern.count else { throw missingEscape }
                    literal = pattern[next]
                    next += 1
                }
                if text[t] == literal {
                    t += 1
                    p = next
                    continue
                }
            }
            guard restartPattern >= 0 else { return false }
            restartText = min(restartText + length(at: restartText), text.count)
            t = restartText
            p = restartPattern
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "%") { p += 1 }
        return p == pattern.count
    }

    /// The pattern with `\` for its escape character.
    static func withBackslash(_ pattern: String, escape: String) throws(SQLError) -> String {
        let scalars = Array(escape.unicodeScalars)
        guard scalars.count <= 1 else {
            throw SQLError(
                .invalidEscapeSequence, "invalid escape string", hint: "Escape string must be empty or one character.")
        }
        var result = String.UnicodeScalarView()
        guard let escape = scalars.first else {
            for scalar in pattern.unicodeScalars {
                if scalar == "\\" { result.append("\\") }
                result.append(scalar)
            }
            return String(result)
        }
        if escape == "\\" { return pattern }
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            if scalar == escape, !isEscaped {
                result.append("\\")
                isEscaped = true
            } else if scalar == "\\" {
                result.append("\\")
                if !isEscaped { result.append("\\") }
                isEscaped = false
            } else {
                result.append(scalar)
                isEscaped = false
            }
        }
        return String(result)
    }
}
