/// Unicode's normal forms (UAX #15).
enum Normalization {
    static func normalized(_ text: String, _ form: String) throws(SQLError) -> String {
        switch form.uppercased() {
        case "NFC": composed(text, isCompatible: false)
        case "NFD": string(decomposed(text, isCompatible: false))
        case "NFKC": composed(text, isCompatible: true)
        case "NFKD": string(decomposed(text, isCompatible: true))
        default: throw SQLError(.invalidParameterValue, "invalid normalization form: \(form)")
        }
    }

    private typealias Character = UInt32

    private struct Mapping {
        let isCompatible: Bool
        let characters: [Character]
    }

    private static let mappings: [Character: Mapping] = {
        var mappings: [Character: Mapping] = [:]
        var last: Character = 0
        for entry in UnicodeDecompositions.text.description.split(whereSeparator: { $0 == " " || $0.isNewline }) {
            guard let mark = entry.firstIndex(where: { $0 == "=" || $0 == "~" }) else { continue }
            let place = entry[..<mark].split(separator: "+").compactMap { Character($0, radix: 16) }
            let characters = entry[mark...].dropFirst().split(separator: ".").compactMap { Character($0, radix: 16) }
            guard let distance = place.first else { continue }
            last += distance
            for offset in 0..<(place.count > 1 ? place[1] : 1) {
                let moved = offset == 0 ? characters : characters.map { $0 + offset }
                mappings[last + offset] = Mapping(isCompatible: entry[mark] == "~", characters: moved)
            }
        }
        return mappings
    }()

    /// What two characters become together.
    private static let pairs: [UInt64: Character] = {
        var pairs: [UInt64: Character] = [:]
        for (character, mapping) in mappings where !mapping.isCompatible && mapping.characters.count == 2 {
            guard let scalar = Unicode.Scalar(character), !scalar.properties.isFullCompositionExclusion else { continue }
            pairs[pair(mapping.characters[0], mapping.characters[1])] = character
        }
        return pairs
    }()

    private static func pair(_ first: Character, _ second: Character) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    private static func string(_ characters: [Character]) -> String {
        var scalars = String.UnicodeScalarView()
        for character in characters { if let scalar = Unicode.Scalar(character) { scalars.append(scalar) } }
        return String(scalars)
    }

    /// The class by which marks behind a character are ordered; 0 of what begins anew.
    private static func order(_ character: Character) -> UInt8 {
        character < 0x300 ? 0 : Unicode.Scalar(character)?.properties.canonicalCombiningClass.rawValue ?? 0
    }

    // MARK: Apart

    private static func decomposed(_ text: String, isCompatible: Bool) -> [Character] {
        var characters: [Character] = []
        characters.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar.value < 0xA0 { characters.append(scalar.value) } else { append(scalar.value, isCompatible, to: &characters) }
        }
        // Marks behind a character stand in the order of their classes.
        var start = 0
        while start < characters.count {
            guard order(characters[start]) > 0 else {
                start += 1
                continue
            }
            var end = start + 1
            while end < characters.count, order(characters[end]) > 0 { end += 1 }
            if end - start > 1 {
                let marks = characters[start..<end].enumerated().sorted {
                    (order($0.element), $0.offset) < (order($1.element), $1.offset)
                }
                characters.replaceSubrange(start..<end, with: marks.map(\.element))
            }
            start = end
        }
        return characters
    }

    /// The depth of mappings is at most three.
    private static func append(_ character: Character, _ isCompatible: Bool, to characters: inout [Character]) {
        if Hangul.syllables.contains(character) { return characters += Hangul.parts(of: character) }
        guard let mapping = mappings[character], isCompatible || !mapping.isCompatible else { return characters.append(character) }
        for part in mapping.characters { append(part, isCompatible, to: &characters) }
    }

    // MARK: Together

    private static func composed(_ text: String, isCompatible: Bool) -> String {
        var result: [Character] = []
        /// Where the last character stands that begins anew, and the class of what came last behind it.
        var starter: Int?
        var lastOrder: UInt8 = 0
        for character in decomposed(text, isCompatible: isCompatible) {
            let order = order(character)
            let isAdjacent = starter == result.count - 1
            if let place = starter, isAdjacent || lastOrder < order,
                let whole = Hangul.whole(result[place], character) ?? pairs[pair(result[place], character)]
            {
                result[place] = whole
                continue
            }
            if order == 0 { starter = result.count }
            lastOrder = order
            result.append(character)
        }
        return string(result)
    }

    /// Syllables of Korean, whose parts follow from their number.
    private enum Hangul {
        static let syllables: ClosedRange<Character> = 0xAC00...0xD7A3
        private static let leads: Range<Character> = 0x1100..<0x1113
        private static let vowels: Range<Character> = 0x1161..<0x1176
        private static let tails: Range<Character> = 0x11A8..<0x11C3

        static func parts(of syllable: Character) -> [Character] {
            let index = syllable - syllables.lowerBound
            let tail = index % 28
            return [leads.lowerBound + index / 588, vowels.lowerBound + index % 588 / 28] + (tail == 0 ? [] : [tails.lowerBound + tail - 1])
        }

        static func whole(_ first: Character, _ second: Character) -> Character? {
            if leads.contains(first), vowels.contains(second) {
                return syllables.lowerBound + (first - leads.lowerBound) * 588 + (second - vowels.lowerBound) * 28
            }
            let isOpen = syllables.contains(first) && (first - syllables.lowerBound) % 28 == 0
            return isOpen && tails.contains(second) ? first + (second - tails.lowerBound) + 1 : nil
        }
    }
}
