/// The named character classes of RE2.
enum CharacterClasses {
    static let digit = CodePointSet([0x30...0x39])
    static let space = CodePointSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let word = CodePointSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

    /// The class of `\d` and its like, inverted for a capital letter; nil if the letter names none.
    static func perl(_ letter: Unicode.Scalar) -> (set: CodePointSet, isInverted: Bool)? {
        switch letter {
        case "d": (digit, false)
        case "D": (digit, true)
        case "s": (space, false)
        case "S": (space, true)
        case "w": (word, false)
        case "W": (word, true)
        default: nil
        }
    }

    /// The class of `[:name:]`; nil if there is no such name.
    static func posix(_ name: String) -> CodePointSet? {
        switch name {
        case "alnum": CodePointSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "alpha": CodePointSet([0x41...0x5A, 0x61...0x7A])
        case "ascii": CodePointSet([0x00...0x7F])
        case "blank": CodePointSet([0x09...0x09, 0x20...0x20])
        case "cntrl": CodePointSet([0x00...0x1F, 0x7F...0x7F])
        case "digit": digit
        case "graph": CodePointSet([0x21...0x7E])
        case "lower": CodePointSet([0x61...0x7A])
        case "print": CodePointSet([0x20...0x7E])
        case "punct": CodePointSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "space": CodePointSet([0x09...0x0D, 0x20...0x20])
        case "upper": CodePointSet([0x41...0x5A])
        case "word": word
        case "xdigit": CodePointSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        default: nil
        }
    }

    /// The class of `\p{name}`: a general category (`Lu`), a group of them (`L`) or `Any`; nil if there is no such name.
    static func unicode(_ name: String) -> CodePointSet? {
        name == "Any" ? .all : GeneralCategories.byName[name]
    }
}

/// Code points by their general category, from the standard library's tables; collected once, on first use.
enum GeneralCategories {
    static let byName: [String: CodePointSet] = {
        var ranges: [String: [ClosedRange<UInt32>]] = [:]
        func add(_ range: ClosedRange<UInt32>, _ name: String) {
            ranges[name, default: []].append(range)
            ranges[String(name.prefix(1)), default: []].append(range)
        }
        for assigned in assignedPlanes {
            var start = assigned.lowerBound
            var current: Unicode.GeneralCategory?
            for value in assigned {
                let category = Unicode.Scalar(value)?.properties.generalCategory ?? .surrogate
                if category != current {
                    if let current, let name = name(current) { add(start...value - 1, name) }
                    start = value
                    current = category
                }
            }
            if let current, let name = name(current) { add(start...assigned.upperBound, name) }
        }
        // Planes 15 and 16 are for private use, but for their last two code points.
        for plane: UInt32 in [15, 16] { add(plane << 16...plane << 16 + 0xFFFD, "Co") }
        return ranges.mapValues { CodePointSet($0) }
    }()

    /// Where anything but private use is assigned: planes 0 to 3 and the tags of plane 14.
    static let assignedPlanes: [ClosedRange<UInt32>] = [0...0x3_FFFF, 0xE_0000...0xE_0FFF]

    /// The short name; nil for what is not assigned and for surrogates, which no text holds.
    static func name(_ category: Unicode.GeneralCategory) -> String? {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .privateUse: "Co"
        case .surrogate, .unassigned: nil
        @unknown default: nil
        }
    }
}

/// The code points that are one letter in different cases.
enum CaseFolding {
    /// Adds what differs in case only from some member of the range.
    static func append(equivalentsOf range: ClosedRange<UInt32>, to ranges: inout [ClosedRange<UInt32>]) {
        for (letters, offset) in [(UInt32(0x41)...0x5A, Int(0x20)), (0x61...0x7A, -0x20)] where range.overlaps(letters) {
            let part = range.clamped(to: letters)
            ranges.append(UInt32(Int(part.lowerBound) + offset)...UInt32(Int(part.upperBound) + offset))
        }
        // Two letters of ASCII have relatives beyond it: the Kelvin sign and the long s.
        if range.contains(0x4B) || range.contains(0x6B) { ranges.append(0x212A...0x212A) }
        if range.contains(0x53) || range.contains(0x73) { ranges.append(0x17F...0x17F) }
        guard range.upperBound >= 0x80 else { return }
        var low = 0
        var high = orbits.count
        while low < high {
            let middle = (low + high) / 2
            if orbits[middle].codePoint < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        while low < orbits.count, orbits[low].codePoint <= range.upperBound {
            for other in orbits[low].others { ranges.append(other...other) }
            low += 1
        }
    }

    /// Each cased code point beyond ASCII with those that differ from it in case only.
    private static let orbits: [(codePoint: UInt32, others: [UInt32])] = {
        var byFolded: [UInt32: [UInt32]] = [:]
        for value: UInt32 in 0...0x1_FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.properties.changesWhenCaseMapped else { continue }
            byFolded[folded(scalar), default: []].append(value)
        }
        var orbits: [(codePoint: UInt32, others: [UInt32])] = []
        for members in byFolded.values where members.count > 1 {
            for member in members where member >= 0x80 { orbits.append((member, members.filter { $0 != member })) }
        }
        return orbits.sorted { $0.codePoint < $1.codePoint }
    }()

    /// The lower case of the upper case, where each is one code point: the same for all cases of a letter.
    private static func folded(_ scalar: Unicode.Scalar) -> UInt32 {
        let upper = single(scalar.properties.uppercaseMapping) ?? scalar
        return (single(upper.properties.lowercaseMapping) ?? upper).value
    }

    private static func single(_ mapping: String) -> Unicode.Scalar? {
        let scalars = mapping.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }
}
