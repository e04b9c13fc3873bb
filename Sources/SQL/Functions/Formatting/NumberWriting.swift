/// A number's digits, put where its picture wants them.
struct NumberWriting {
    private var picture: NumberPicture
    private let digits: [UInt8]
    private let isNegative: Bool
    /// Places of the picture before the first digit.
    private let blanks: Int
    private var output: [UInt8] = []
    private var place = 0
    private var column = 0
    private var columnCount = 0
    private var hasSign = false
    private var isWithinNumber = false
    /// The last digit behind the point that says anything, where others are left out; or the point.
    private var last: Int?

    private static let point = UInt8(ascii: ".")
    private static let blank = UInt8(ascii: " ")

    /// - Parameter number: digits with a point and a sign, rounded to the picture's places.
    static func text(_ number: String, _ picture: NumberPicture) -> String {
        let isNegative = number.utf8.first == UInt8(ascii: "-")
        var digits = Array(isNegative ? number.utf8.dropFirst() : number.utf8[...])
        let count = digits.firstIndex(of: point) ?? digits.count
        if count > picture.before {
            digits = Array(repeating: UInt8(ascii: "#"), count: picture.before + picture.behind + 1)
            digits[picture.before] = point
        }
        var writing = NumberWriting(picture, digits, isNegative: isNegative, blanks: max(0, picture.before - count))
        return writing.text()
    }

    static func roman(_ number: Int64, _ picture: NumberPicture) -> String {
        let numeral = NumberPicture.roman(number)
        var text = ""
        for node in picture.fields.nodes {
            switch node {
            case .field(let field):
                guard field.name == "RN" || field.name == "rn" else { continue }
                let cased = field.name == "rn" ? numeral.lowercased() : numeral
                text += picture.isFilled ? String(repeating: " ", count: max(0, 15 - cased.utf8.count)) + cased : cased
            case .space: text += " "
            case .separator(let scalar), .character(let scalar): text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private init(_ picture: NumberPicture, _ digits: [UInt8], isNegative: Bool, blanks: Int) {
        self.picture = picture
        self.digits = digits
        self.isNegative = isNegative
        self.blanks = blanks
        if picture.hasPlus || picture.hasMinus {
            hasSign = picture.hasMinus
        } else {
            if !isNegative, !picture.isFilled { self.picture.hasBrackets = false }
            hasSign = !isNegative && !picture.isFilled && picture.sign == .none
            self.picture.sign = picture.anchor
        }
        columnCount = picture.behind + picture.before - 1
        if !picture.isFilled, picture.hasPoint, let point = digits.firstIndex(of: Self.point) {
            var last = digits.lastIndex { $0 != UInt8(ascii: "0") } ?? point
            last = max(last, point)
            if picture.endOfZeros > blanks { last = max(last, min(digits.count - 1, picture.endOfZeros - blanks)) }
            self.last = last
        }
        if !hasSign, blanks == 0 { columnCount += 1 }
    }

    private mutating func text() -> String {
        for node in picture.fields.nodes {
            switch node {
            case .field(let field): write(field.name)
            case .space: output.append(Self.blank)
            case .separator(let scalar), .character(let scalar): output.append(contentsOf: String(scalar).utf8)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private mutating func write(_ field: String) {
        switch field {
        case "9", "0", ".", "D": writeDigit(isZero: field == "0")
        case ",", "G":
            if isWithinNumber { output.append(UInt8(ascii: ",")) } else if picture.isFilled { output.append(Self.blank) }
        case "L": output.append(Self.blank)
        case "TH", "th":
            guard digits.first != UInt8(ascii: "#"), !isNegative, !picture.hasPoint else { return }
            let ending = FormatPicture.ordinal(of: digits)
            output.append(contentsOf: (field == "TH" ? ending.uppercased() : ending).utf8)
        case "MI":
            if isNegative { output.append(UInt8(ascii: "-")) } else if picture.isFilled { output.append(Self.blank) }
        case "PL":
            if !isNegative { output.append(UInt8(ascii: "+")) } else if picture.isFilled { output.append(Self.blank) }
        case "SG": output.append(UInt8(ascii: isNegative ? "-" : "+"))
        default: break
        }
    }

    /// Whether the zero before the point is left out: `9.9` writes 0.1 as ` .1`.
    private var isLeadingZero: Bool {
        picture.firstZero == nil && place == 0 && digits.first == UInt8(ascii: "0") && picture.behind != 0
    }
    private var endsAtPoint: Bool { last.map { digits[$0] == Self.point } ?? false }

    private mutating func writeDigit(isZero: Bool) {
        isWithinNumber = false
        if !hasSign, column >= blanks || picture.firstZero == column, !isLeadingZero || endsAtPoint {
            writeSign()
        }
        if column < blanks, picture.firstZero.map({ $0 > column }) ?? true {
            if picture.isFilled { output.append(Self.blank) }
        } else if column < blanks {
            output.append(UInt8(ascii: "0"))
            isWithinNumber = true
        } else {
            if place < digits.count, digits[place] == Self.point {
                output.append(Self.point)
            } else if let last, place > last, !isZero {
                // It says nothing.
            } else if isLeadingZero {
                if picture.isFilled {
                    output.append(Self.blank)
                } else if endsAtPoint {
                    output.append(UInt8(ascii: "0"))
                }
            } else if place < digits.count {
                output.append(digits[place])
                isWithinNumber = true
            }
            if place < digits.count { place += 1 }
        }
        var end = columnCount + (blanks > 0 ? 1 : 0) + (picture.hasPoint ? 1 : 0)
        if let last, last == place { end = column }
        if column + 1 == end {
            if hasSign, picture.hasBrackets {
                output.append(isNegative ? UInt8(ascii: ">") : Self.blank)
            } else if picture.sign == .after {
                output.append(UInt8(ascii: isNegative ? "-" : "+"))
            }
        }
        column += 1
    }

    private mutating func writeSign() {
        switch picture.sign {
        case .before:
            output.append(UInt8(ascii: isNegative ? "-" : "+"))
            hasSign = true
        case .after: break
        case .none:
            if picture.hasBrackets {
                output.append(isNegative ? UInt8(ascii: "<") : Self.blank)
            } else if isNegative {
                output.append(UInt8(ascii: "-"))
            } else if picture.isFilled {
                output.append(Self.blank)
            }
            hasSign = true
        }
    }
}
