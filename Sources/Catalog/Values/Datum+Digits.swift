package import Ground

// Numbers whose value is not what their double shows keep their digits. The node holds the nearest double, by which ReQL calculates, and
// where the digits stand, in the form of ``DecimalNumber/write(into:)``. All others are a double and nothing more, so a value has one form.
extension DatumNode {
    /// - Parameter digits: An offset into the tree's text (`place` is `digits`) or an address (`foreign`), of at most 48 bits.
    @inline(__always) init(number: Double, digits: UInt64, place: Place) {
        self.init(
            .number, payload: number.bitPattern, length: UInt32(truncatingIfNeeded: digits),
            height: UInt16(truncatingIfNeeded: digits >> 32),
            place: place)
    }

    /// Whether this is a number that keeps its digits.
    @inline(__always) var hasDigits: Bool { kind == .number && place != .tree }

    @inline(__always) var digitsOffset: UInt64 { UInt64(length) | UInt64(height) << 32 }

    /// How many nodes' worth of text a node has in its tree: nothing unless it is text, or a number that keeps its digits.
    @inline(__always) var hasText: Bool { kind == .string || kind == .binary || hasDigits }
}

extension RawTree {
    /// The text of a node, of a number with the zero that ends it.
    func textRange(_ node: DatumNode) -> Range<Int> {
        if node.kind == .number {
            let start = Int(node.digitsOffset)
            return start..<start + digits(node).count + 1
        }
        return Int(node.payload)..<Int(node.payload) + node.byteCount
    }

    func decimal(_ node: DatumNode) -> DecimalNumber {
        node.hasDigits ? DecimalNumber(json: digits(node)) : DecimalNumber(shown: node.number)
    }
}

extension Datum {
    /// A number with all its digits.
    ///
    /// - Precondition: `decimal.isWithinLimits`.
    package init(_ decimal: DecimalNumber) {
        let double = decimal.nearestDouble
        if decimal.isShownBriefly || DecimalNumber(shown: double) == decimal {
            self.init(node: DatumNode(number: double), owner: nil)
            return
        }
        var text = ByteBuffer(capacity: decimal.digits.count + 32)
        decimal.write(into: &text)
        self.init(number: double, digits: text.raw)
    }

    /// The same of an integer, without arrays of digits.
    ///
    /// - Precondition: it is not less than 2^53, or not greater than −2^53.
    init(large integer: Int64) {
        let double = Double(integer)
        guard integer.compare(withShown: double) != 0 else {
            self.init(node: DatumNode(number: double), owner: nil)
            return
        }
        var text = ByteBuffer(capacity: 24)
        text.append(decimal: Int(integer))
        self.init(number: double, digits: text.raw)
    }

    /// The number that a text of digits stands for, with a point and an exponent if it likes; nil if it has more digits than a number may.
    package init?(digits text: some Collection<UInt8>) {
        let decimal = Array(text).span.withBytes { DecimalNumber(json: $0) }
        guard decimal.isWithinLimits else { return nil }
        self.init(decimal)
    }

    /// - Precondition: the digits are the number's, in their one form.
    init(number: Double, digits: Bytes) {
        var text = ByteBuffer(capacity: digits.count + 1)
        text.append(digits)
        text.append(0)
        self.init(node: DatumNode(number: number, digits: 0, place: .digits), owner: DatumTree.make(text: text.raw))
    }

    /// Whether this is a number whose value is not what its double shows.
    package var hasDigits: Bool { node.hasDigits }

    /// The integer of 64 bits that the digits are, if there are digits and they are one.
    var integerOfDigits: Int64? {
        guard node.hasDigits else { return nil }
        defer { withExtendedLifetime(owner) {} }
        return Int64(digits: rawTree.digits(node))
    }

    /// A number with all its digits; nil if this is not a number. Of one that is a double only, the digits that it is shown with.
    package var decimal: DecimalNumber? {
        guard kind == .number else { return nil }
        defer { withExtendedLifetime(owner) {} }
        return rawTree.decimal(node)
    }

    /// The number with the other sign, and all its digits; nil if this is not a number.
    package var negated: Datum? {
        guard let number else { return nil }
        guard hasDigits, let decimal else { return Datum(-number) }
        return Datum(DecimalNumber(isNegative: !decimal.isNegative, digits: decimal.digits, point: decimal.point))
    }

    /// The number if it is an integer of 64 bits, exactly.
    package var int64: Int64? {
        guard kind == .number else { return nil }
        if !node.hasDigits, let integer { return Int64(integer) }
        return integerOfDigits ?? decimal?.int64
    }
}

extension DatumBuilder {
    /// A number with its digits, in their one form.
    mutating func append(number: Double, digits: Bytes) {
        pending.append(DatumNode(number: number, digits: UInt64(text.count), place: .digits))
        text.append(digits)
        text.append(0)
    }
}

extension JSONParser {
    /// The digits of the number that was just read, from `start` on, if they are to be kept: if its value is not what `number` shows.
    @inline(__always) func digits(from start: Int, of number: Double, _ read: Decimal64) throws(Failure) -> DecimalNumber? {
        if Self.isShownBriefly(number, index - start) || Self.isShown(read, number) { return nil }
        return try checkedDigits(from: start, of: number)
    }

    /// Whether a text is short enough to be what its double shows, as decimals of up to 15 digits are, but for those at the ends of the
    /// doubles' range.
    @inline(__always) static func isShownBriefly(_ number: Double, _ byteCount: Int) -> Bool {
        byteCount <= 15 && (isOrdinary(number) || number == 0 && byteCount <= 2)
    }

    @inline(__always) private static func isOrdinary(_ number: Double) -> Bool {
        number.magnitude >= 0x1p-1000 && number.magnitude < 0x1p1000
    }

    @inline(never) private func checkedDigits(from start: Int, of number: Double) throws(Failure) -> DecimalNumber? {
        let text = bytes[start..<index]
        let decimal = DecimalNumber(json: text)
        if decimal == DecimalNumber(shown: number) { return nil }
        guard decimal.isWithinLimits else {
            throw failure(
                "A number has more than \(DecimalNumber.maximumIntegerDigits) digits before its point, "
                    + "or more than \(DecimalNumber.maximumFractionDigits) after it.", at: start)
        }
        return decimal
    }

    /// Whether a number is what its double shows, told without arrays. False as well where that can't be.
    private static func isShown(_ read: Decimal64, _ number: Double) -> Bool {
        guard isOrdinary(number), read.dropped == 0, read.mantissa != 0 else { return false }
        var (digits, exponent) = (read.mantissa, read.exponent)
        while true {
            let (tenth, last) = digits.quotientAndRemainder(dividingBy: 10)
            guard last == 0 else { break }
            digits = tenth
            exponent += 1
        }
        let shown = ShortestDecimal(number.magnitude)
        return shown.digits == digits && shown.exponent == exponent
    }
}
