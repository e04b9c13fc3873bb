/// Words in the form in which those that mean the same are the same.
struct WordFolding {
    private let language: TextLanguage?
    /// Letters whose marks make them other letters of the language, which stay.
    private let kept: LetterSet

    init(_ language: TextLanguage?) {
        self.language = language
        kept =
            switch language {
            case .danish, .norwegian: "æøå"
            case .swedish, .finnish: "åäö"
            case .spanish, .basque: "ñ"
            case .catalan: "ç"
            case .turkish: "çğıöşü"
            case .hungarian: "öőüű"
            case .lithuanian: "ąčęėįšųūž"
            case .serbian: "čćžšđ"
            default: "\u{0}"
            }
    }

    /// Without case and without differences that are only ones of encoding: `NFKC_Casefold`, composed.
    func fold(_ word: some Sequence<UInt32>) -> [UInt32] {
        var letters: [UInt32] = []
        var hasMarks = false
        for code in word {
            if code < 0x80 {
                if code == 0x49 && language == .turkish {
                    letters.append(0x131)
                } else {
                    letters.append(code >= 0x41 && code <= 0x5A ? code | 0x20 : code)
                }
            } else if code == 0x130 && language == .turkish {
                letters.append(0x69)
            } else if let folded = FoldingTable.folded(code) {
                letters += folded
                hasMarks = hasMarks || folded.contains { Composition.mayJoin($0) }
            } else {
                letters.append(code)
                hasMarks = hasMarks || Composition.mayJoin(code)
            }
        }
        if hasMarks { Composition.compose(&letters) }
        // The letters that Romanian's rules know are those with a cedilla, as they were written for long.
        if language == .romanian {
            for index in letters.indices where letters[index] == 0x219 || letters[index] == 0x21B {
                letters[index] = letters[index] == 0x219 ? 0x15F : 0x163
            }
        }
        return letters
    }

    /// Without marks, for those who leave them out: of Latin and Greek letters, and of Hebrew and Arabic ones, where they are vowels.
    func withoutMarks(_ letters: [UInt32]) -> [UInt32] {
        guard letters.contains(where: { $0 > 0x7F }) else { return letters }
        var plain: [UInt32] = []
        for letter in letters {
            switch letter {
            case _ where kept.contains(letter): plain.append(letter)
            case 0x300...0x36F, 0x591...0x5BD, 0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7, 0x64B...0x65F, 0x670, 0x20D0...0x20FF: break
            case 0xE6: plain += [0x61, 0x65]
            case 0x153: plain += [0x6F, 0x65]
            case 0xF0, 0x111: plain.append(0x64)
            case 0xF8: plain.append(0x6F)
            case 0x127: plain.append(0x68)
            case 0x131: plain.append(0x69)
            case 0x142: plain.append(0x6C)
            case 0x167: plain.append(0x74)
            case 0x451: plain.append(0x435)
            default: plain.append(Composition.withoutMarks(letter) ?? letter)
            }
        }
        return plain
    }
}
