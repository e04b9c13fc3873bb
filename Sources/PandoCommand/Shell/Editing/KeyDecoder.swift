/// Makes keys of the bytes that a terminal sends: UTF-8, control characters, xterm's sequences, bracketed paste.
///
/// Bytes may come in any pieces. An escape byte alone is either the key or the beginning of a sequence that is under way; only time tells,
/// so the caller waits a moment while ``isWaiting`` and then calls ``flush()``.
struct KeyDecoder {
    /// A longer sequence is none that we know, and is dropped.
    private static let maximumSequenceCount = 64

    private var pending: [UInt8] = []
    private var pasted: [UInt8]?

    /// Whether the beginning of something has come.
    var isWaiting: Bool { !pending.isEmpty && pasted == nil }

    mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending += bytes
        var keys: [Key] = []
        while let key = next() { keys.append(key) }
        return keys
    }

    /// Takes what is waiting for what it is if nothing follows.
    mutating func flush() -> [Key] {
        guard isWaiting else { return [] }
        defer { pending = [] }
        guard pending[0] == Self.escape else { return [.unknown] }
        if pending.count == 1 { return [.escape] }
        return pending == [Self.escape, Self.escape] ? [.escape, .escape] : [.unknown]
    }

    private static let escape: UInt8 = 0x1B
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    /// The next key, nil if it is not all there.
    private mutating func next() -> Key? {
        if pasted != nil { return endOfPaste() }
        guard let first = pending.first else { return nil }
        switch first {
        case Self.escape: return sequence()
        case 0x0D, 0x0A: return take(1, .enter)
        case 0x09: return take(1, .tab)
        case 0x08, 0x7F: return take(1, .backspace)
        case 0..<0x20: return take(1, .control(Self.controlName(first)))
        default: return scalar()
        }
    }

    private mutating func take(_ count: Int, _ key: Key) -> Key {
        pending.removeFirst(count)
        return key
    }

    private static func controlName(_ byte: UInt8) -> Character {
        let name = Unicode.Scalar(byte + 0x40)
        return Character(name.value >= 0x41 && name.value <= 0x5A ? Unicode.Scalar(byte + 0x60) : name)
    }

    // MARK: Text

    /// A scalar of UTF-8. What can't be one is a key that means nothing, byte by byte.
    private mutating func scalar() -> Key? {
        let count = Self.utf8Count(pending[0])
        guard count > 0 else { return take(1, .unknown) }
        guard pending.count >= count else {
            return pending.dropFirst().allSatisfy { $0 & 0xC0 == 0x80 } ? nil : take(1, .unknown)
        }
        guard let text = String(validating: pending[..<count], as: UTF8.self), let scalar = text.unicodeScalars.first else {
            return take(1, .unknown)
        }
        return take(count, .text(scalar))
    }

    /// How many bytes a scalar has that begins with this one; 0 if none does.
    private static func utf8Count(_ byte: UInt8) -> Int {
        switch byte {
        case 0..<0x80: 1
        case 0xC2..<0xE0: 2
        case 0xE0..<0xF0: 3
        case 0xF0..<0xF5: 4
        default: 0
        }
    }

    private mutating func endOfPaste() -> Key? {
        // The end may stand across two pieces, so a piece's last bytes wait until it is sure that they are none of it.
        pasted?.append(contentsOf: pending)
        pending = []
        guard let bytes = pasted, let end = Self.place(of: Self.pasteEnd, in: bytes) else { return nil }
        pending = Array(bytes[(end + Self.pasteEnd.count)...])
        pasted = nil
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        return .paste(String(text.map { $0 == "\r\n" || $0 == "\r" ? "\n" : $0 }))
    }

    private static func place(of part: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= part.count else { return nil }
        return (0...bytes.count - part.count).last { bytes[$0] == escape && bytes[$0...].starts(with: part) }
    }

    // MARK: Sequences

    private mutating func sequence() -> Key? {
        guard pending.count > 1 else { return nil }
        switch pending[1] {
        case UInt8(ascii: "["): return controlSequence()
        case UInt8(ascii: "O"):
            guard pending.count > 2 else { return nil }
            return take(3, Self.finalKey(pending[2], modifier: 1))
        case 0x0D, 0x0A: return take(2, .metaEnter)
        case 0x08, 0x7F: return take(2, .metaBackspace)
        case 0x20..<0x7F: return take(2, .meta(Character(Unicode.Scalar(pending[1]))))
        default: return take(1, .escape)
        }
    }

    /// `ESC [`, parameters, and a final byte.
    private mutating func controlSequence() -> Key? {
        guard let end = pending.dropFirst(2).firstIndex(where: { !(0x20..<0x40).contains($0) }) else {
            return pending.count > Self.maximumSequenceCount ? take(pending.count, .unknown) : nil
        }
        let parameters = String(decoding: pending[2..<end], as: UTF8.self).split(separator: ";").map { Int($0) ?? 0 }
        let final = pending[end]
        pending.removeFirst(end + 1)
        if final == UInt8(ascii: "~"), parameters.first == 200 {
            pasted = []
            return next()
        }
        let modifier = parameters.count > 1 ? parameters[1] : 1
        guard final == UInt8(ascii: "~") else { return Self.finalKey(final, modifier: modifier) }
        switch parameters.first {
        case 1, 7: return .home
        case 4, 8: return .end
        case 3: return modifier > 1 ? .metaDelete : .delete
        case 5: return .pageUp
        case 6: return .pageDown
        default: return .unknown
        }
    }

    /// - Parameter modifier: 1 for none; with Alt or Ctrl, arrows go by words.
    private static func finalKey(_ final: UInt8, modifier: Int) -> Key {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): modifier > 2 ? .wordRight : .right
        case UInt8(ascii: "D"): modifier > 2 ? .wordLeft : .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "M"): .enter
        case UInt8(ascii: "Z"): .backTab
        default: .unknown
        }
    }
}
