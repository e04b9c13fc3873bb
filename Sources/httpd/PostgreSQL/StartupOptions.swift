/// The settings in the text `options` of a start: `-c name=value`, `-cname=value`, `--name=value`; a backslash keeps a blank.
struct StartupOptions {
    private(set) var settings: [(name: String, value: String)] = []

    init(_ text: String) {
        var words = Self.words(of: text)[...]
        while let word = words.popFirst() {
            if word == "-c" {
                add(words.popFirst() ?? "")
            } else if word.hasPrefix("--") {
                add(String(word.dropFirst(2)))
            } else if word.hasPrefix("-c") {
                add(String(word.dropFirst(2)))
            }
        }
    }

    private mutating func add(_ assignment: String) {
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        settings.append((parts[0].split(separator: "-").joined(separator: "_"), String(parts[1])))
    }

    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}
