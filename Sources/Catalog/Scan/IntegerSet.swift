import Ground

/// Integers among which a field of stored documents is to be: the keys of one side of a join, for the scan of the other.
package struct IntegerSet: Sendable {
    /// Keeps the numbers where they are.
    private let owner: Datum
    let stored: StoredIntegers

    package init(_ numbers: [Int64]) {
        var buffer = ByteBuffer()
        let empty = StoredIntegers(numbers)
        for word in empty.words(numbers) {
            buffer.reserve(8)
            buffer.putWord(word, counting: 8)
        }
        owner = Datum(.string, bytes: buffer.raw)
        stored = empty.filled(owner.withBytes { $0 })
    }

    /// The memory that it takes.
    package var byteCount: Int { stored.byteCount }

    package func contains(_ number: Int64) -> Bool { stored.contains(number) }
}

/// The numbers of a set, which keeps them: a look counts no references.
///
/// A bit for each number from the least to the greatest, where these take less memory than a hash table.
struct StoredIntegers {
    private let least: Int64
    private let greatest: Int64
    /// How many places a hash table has, less one: all bits of a power of two. −1 if there are bits.
    private let mask: Int
    /// What stands in places where there is no number.
    private let nothing: Int64
    private let multiplier: UInt64
    private var memory = Bytes.empty

    /// Differs from process to process, so that nobody can choose numbers that meet.
    private static let multiplier = UInt64.random(in: 0 ... .max) | 1

    fileprivate init(_ numbers: [Int64]) {
        least = numbers.min() ?? 0
        greatest = numbers.max() ?? -1
        multiplier = Self.multiplier
        // Where the numbers take all of the range, they have bits only if they are nearly as many.
        nothing = least > .min ? least - 1 : greatest &+ 1
        let (span, isTooWide) = greatest.subtractingReportingOverflow(least)
        if numbers.isEmpty || !isTooWide && span >> 8 <= Int64(numbers.count) {
            mask = -1
        } else {
            var count = 16
            while count < numbers.count * 2 { count *= 2 }
            mask = count - 1
        }
    }

    /// What is in the memory.
    fileprivate func words(_ numbers: [Int64]) -> [UInt64] {
        guard !numbers.isEmpty else { return [] }
        guard mask >= 0 else {
            var words = [UInt64](repeating: 0, count: Int((greatest - least) >> 6) + 1)
            for number in numbers { words[Int((number - least) >> 6)] |= 1 << UInt64((number - least) & 63) }
            return words
        }
        let nothing = UInt64(bitPattern: nothing)
        var words = [UInt64](repeating: nothing, count: mask + 1)
        for number in numbers {
            var place = firstPlace(of: number)
            while words[place] != nothing { place = (place + 1) & mask }
            words[place] = UInt64(bitPattern: number)
        }
        return words
    }

    fileprivate func filled(_ memory: Bytes) -> StoredIntegers {
        var filled = self
        filled.memory = memory
        return filled
    }

    var byteCount: Int { memory.count }

    @inline(__always) func contains(_ number: Int64) -> Bool {
        guard number >= least, number <= greatest else { return false }
        if mask < 0 {
            let place = number &- least
            return memory.word(at: Int(place >> 6) * 8) >> UInt64(place & 63) & 1 == 1
        }
        var place = firstPlace(of: number)
        while true {
            let found = Int64(bitPattern: memory.word(at: place * 8))
            if found == number { return true }
            if found == nothing { return false }
            place = (place + 1) & mask
        }
    }

    @inline(__always) private func firstPlace(of number: Int64) -> Int {
        let product = UInt64(bitPattern: number).multipliedFullWidth(by: multiplier)
        return Int(truncatingIfNeeded: product.high ^ product.low >> 32) & mask
    }

    /// Whether a stored value is one of the numbers; `.undecided` if its bytes don't show it.
    @inline(__always) func verdict(on json: Bytes) -> Verdict {
        guard let (number, scale) = StoredColumns.number(json), scale == 0 else {
            return json[0] == UInt8(ascii: "n") ? .fails : .undecided
        }
        return contains(number) ? .passes : .fails
    }
}
