/// Reads a number by a picture, as to_number does.
struct NumberReading {
    private let picture: NumberPicture
    private let text: [UInt8]
    private var place = 0
    private var sign = UInt8(ascii: " ")
    private var digits: [UInt8] = []
    private var countBefore = 0
    private var countBehind = 0
    private var sawPoint = false

    static func number(_ text: String, _ picture: NumberPicture) throws(SQLError) -> Numeric {
        if picture.isScientific { throw SQLError(.featureNotSupported, "\"EEEE\" not supported for input") }
        if picture.isRoman { throw SQLError(.featureNotSupported, "\"RN\" not supported for input") }
        var reading = NumberReading(picture, text)
        reading.read()
        if reading.digits.last == UInt8(ascii: ".") { reading.digits.removeLast() }
        let number = try Numeric(String(decoding: [reading.sign] + reading.digits, as: UTF8.self))
        let precision = picture.before + picture.shifted + reading.countBehind
        let bounded =
            (1...1000).contains(precision)
            ? try LengthCoercion.numeric(number, Int32(precision << 16 | reading.countBehind) + 4) : number
        guard picture.isShifted else { return bounded }
        return try Numeric.multiply(bounded, Numeric.power(Numeric(10 as Int64), Numeric(Int64(-picture.shifted))))
    }

    private init(_ picture: NumberPicture, _ text: String) {
        self.picture = picture
        self.text = Array(text.utf8)
    }

    private var byte: UInt8? { place < text.count ? text[place] : nil }

    private mutating func skipCharacter() {
        place += 1
        while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
    }

    /// Passes over what is no part of a number.
    private mutating func skip(_ count: Int) {
        for _ in 0..<count {
            guard let byte, !"0123456789.,+-".utf8.contains(byte) else { return }
            skipCharacter()
        }
    }

    private mutating func read() {
        for node in picture.fields.nodes {
            guard place < text.count else { return }
            guard case .field(let field) = node else {
                skipCharacter()
                continue
            }
            switch field.name {
            case "9", "0", ".", "D":
                readDigit(isPoint: field.name == "." || field.name == "D")
                place += 1
            case ",", "G":
                let isBeforeNumber = !picture.isFilled
                if !isBeforeNumber, byte == UInt8(ascii: ",") { place += 1 }
            case "L": skip(1)
            case "TH", "th": if sign != UInt8(ascii: "-"), !picture.hasPoint { skip(2) }
            case "MI", "PL", "SG":
                if byte == UInt8(ascii: "-"), field.name != "PL" {
                    sign = UInt8(ascii: "-")
                    place += 1
                } else if byte == UInt8(ascii: "+"), field.name != "MI" {
                    sign = UInt8(ascii: "+")
                    place += 1
                } else {
                    skip(1)
                }
            default: break
            }
        }
    }

    private mutating func readDigit(isPoint: Bool) {
        if byte == UInt8(ascii: " ") { place += 1 }
        guard place < text.count else { return }
        let blank = UInt8(ascii: " ")
        let hasDigits = countBefore + countBehind > 0
        if sign == blank, !isPoint, !hasDigits {
            if byte == UInt8(ascii: "-") || picture.sign == .none && picture.hasBrackets && byte == UInt8(ascii: "<") {
                if picture.sign != .after {
                    sign = UInt8(ascii: "-")
                    place += 1
                }
            } else if byte == UInt8(ascii: "+"), picture.sign != .after {
                sign = UInt8(ascii: "+")
                place += 1
            }
        }
        guard let byte else { return }
        var isRead = false
        if ASCII.isDigit(byte) {
            if sawPoint, countBehind == picture.behind { return }
            digits.append(byte)
            if sawPoint { countBehind += 1 } else { countBefore += 1 }
            isRead = true
        } else if picture.hasPoint, !sawPoint, byte == UInt8(ascii: ".") {
            digits.append(byte)
            sawPoint = true
            isRead = true
        }
        guard sign == blank, countBefore + countBehind > 0 else { return }
        if picture.sign != .none {
            guard isRead, place + 1 < text.count, text[place + 1] == UInt8(ascii: "-") || text[place + 1] == UInt8(ascii: "+") else {
                return
            }
            place += 1
            sign = text[place]
        } else if !isRead, picture.hasPlus || picture.hasMinus, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
            sign = byte
        }
    }
}
