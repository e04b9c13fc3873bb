/// A language whose words have stems: those of PostgreSQL 15, as it stems them.
///
/// The algorithms are Snowball's, by Martin Porter and many others, in the state of its version 2.1. Stems stand in files, so they stay what
/// they are. Words go in in lower case, composed (NFC).
package enum TextLanguage: String, CaseIterable, Sendable {
    case armenian, basque, catalan, danish, dutch, english, finnish, french, german, greek, hindi, hungarian, indonesian, irish, italian
    case lithuanian, nepali, norwegian, portuguese, romanian, russian, serbian, spanish, swedish, turkish

    /// The stem of a word; the word itself if nothing would be left of it.
    package func stem(_ word: String) -> String {
        String(String.UnicodeScalarView(stem(word.unicodeScalars.map(\.value)).map { Unicode.Scalar($0) ?? "\u{FFFD}" }))
    }

    func stem(_ letters: [UInt32]) -> [UInt32] {
        var word = StemWord(letters)
        stem(&word)
        return word.letters.isEmpty ? letters : word.letters
    }

    private func stem(_ word: inout StemWord) {
        switch self {
        case .armenian: ArmenianStemmer.stem(&word)
        case .basque: BasqueStemmer.stem(&word)
        case .catalan: CatalanStemmer.stem(&word)
        case .danish: DanishStemmer.stem(&word)
        case .dutch: DutchStemmer.stem(&word)
        case .english: EnglishStemmer.stem(&word)
        case .finnish: FinnishStemmer.stem(&word)
        case .french: FrenchStemmer.stem(&word)
        case .german: GermanStemmer.stem(&word)
        case .greek: GreekStemmer.stem(&word)
        case .hindi: HindiStemmer.stem(&word)
        case .hungarian: HungarianStemmer.stem(&word)
        case .indonesian: IndonesianStemmer.stem(&word)
        case .irish: IrishStemmer.stem(&word)
        case .italian: ItalianStemmer.stem(&word)
        case .lithuanian: LithuanianStemmer.stem(&word)
        case .nepali: NepaliStemmer.stem(&word)
        case .norwegian: NorwegianStemmer.stem(&word)
        case .portuguese: PortugueseStemmer.stem(&word)
        case .romanian: RomanianStemmer.stem(&word)
        case .russian: RussianStemmer.stem(&word)
        case .serbian: SerbianStemmer.stem(&word)
        case .spanish: SpanishStemmer.stem(&word)
        case .swedish: SwedishStemmer.stem(&word)
        case .turkish: TurkishStemmer.stem(&word)
        }
    }
}
