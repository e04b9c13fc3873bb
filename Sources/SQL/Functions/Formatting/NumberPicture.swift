/// What the fields of a number's picture add up to: how many digits stand before and behind the point, and how signs are written.
struct NumberPicture {
    enum SignAnchor { case none, before, after }

    let fields: FormatPicture
    /// Digits before and behind the point, and behind `V`.
    var before = 0
    var behind = 0
    var shifted = 0
    var firstZero: Int?
    var endOfZeros = 0
    /// Of `S`.
    var sign = SignAnchor.none
    private var digitsBeforeSign = 0
    private(set) var isBlank = false
    private(set) var hasPoint = false
    var isFilled = true
    private(set) var hasPlus = false
    private(set) var hasMinus = false
    var hasBrackets = false
    private(set) var isRoman = false
    private(set) var isShifted = false
    private(set) var isScientific = false

    init(_ text: String) throws(SQLError) {
        fields = FormatPicture(ofNumber: text)
        for node in fields.nodes { if case .field(let field) = node { try take(field.name) } }
    }

    private static func wrong(_ message: String) -> SQLError { SQLError(SQLState(rawValue: "42601"), message) }

    private mutating func take(_ field: String) throws(SQLError) {
        if isScientific, field != "EEEE" { throw Self.wrong("\"EEEE\" must be the last pattern used") }
        switch field {
        case "9":
            if hasBrackets { throw Self.wrong("\"9\" must be ahead of \"PR\"") }
            if isShifted { shifted += 1 } else if hasPoint { behind += 1 } else { before += 1 }
        case "0":
            if hasBrackets { throw Self.wrong("\"0\" must be ahead of \"PR\"") }
            if firstZero == nil, !hasPoint { firstZero = before }
            if hasPoint { behind += 1 } else { before += 1 }
            endOfZeros = before + behind
        case "B": if before == 0, behind == 0, firstZero == nil { isBlank = true }
        case ".", "D":
            if hasPoint { throw Self.wrong("multiple decimal points") }
            if isShifted { throw Self.wrong("cannot use \"V\" and decimal point together") }
            hasPoint = true
        case "FM": isFilled = false
        case "S":
            if sign != .none { throw Self.wrong("cannot use \"S\" twice") }
            if hasPlus || hasMinus || hasBrackets { throw Self.wrong("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together") }
            sign = hasPoint ? .after : .before
            digitsBeforeSign = before
        case "MI", "PL", "SG":
            if sign != .none { throw Self.wrong("cannot use \"S\" and \"\(field)\" together") }
            if field != "PL" { hasMinus = true }
            if field != "MI" { hasPlus = true }
        case "PR":
            if sign != .none || hasPlus || hasMinus { throw Self.wrong("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together") }
            hasBrackets = true
        case "RN", "rn": isRoman = true
        case "V":
            if hasPoint { throw Self.wrong("cannot use \"V\" and decimal point together") }
            isShifted = true
        case "EEEE":
            if isScientific { throw Self.wrong("cannot use \"EEEE\" twice") }
            if isBlank || !isFilled || sign != .none || hasBrackets || hasMinus || hasPlus || isRoman || isShifted {
                throw SQLError(
                    SQLState(rawValue: "42601"), "\"EEEE\" is incompatible with other formats",
                    detail: "\"EEEE\" may only be used together with digit and decimal point patterns.")
            }
            isScientific = true
        default: break
        }
    }

    /// `S` behind all digits before the point is behind the number.
    var anchor: SignAnchor { sign == .before && before == digitsBeforeSign ? .after : sign }

    static func roman(_ number: Int64) -> String {
        guard (1...3999).contains(number) else { return String(repeating: "#", count: 15) }
        let numerals: [(Int64, String)] = [
            (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
            (5, "V"),
            (4, "IV"), (1, "I"),
        ]
        var rest = number
        var text = ""
        for (value, numeral) in numerals {
            while rest >= value {
                text += numeral
                rest -= value
            }
        }
        return text
    }
}
