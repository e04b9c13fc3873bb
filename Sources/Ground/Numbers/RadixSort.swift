/// A number of something, with what it is sorted by.
package struct HeadedNumber {
    package let head: UInt64
    package let number: UInt32

    package init(head: UInt64, number: UInt32) {
        self.head = head
        self.number = number
    }
}

extension [HeadedNumber] {
    /// Sorts by the heads; those with equal heads stay in the order in which they stand. O(n), and as much memory again.
    ///
    /// Byte after byte from the lowest, without those in which all heads agree: heads of one kind, such as numbers of similar size, differ in
    /// few of their bytes.
    package mutating func sortByHead() {
        if count < 2 { return }
        var isSorted = true
        for index in 1..<count where self[index - 1].head > self[index].head {
            isSorted = false
            break
        }
        if isSorted { return }
        guard count >= Self.fewest else { return sort { $0.head < $1.head } }
        // How often each byte is in each of the eight places.
        var counts = [Int](repeating: 0, count: 8 * 256)
        for entry in self {
            for place in 0..<8 { counts[place << 8 | Int(truncatingIfNeeded: entry.head >> UInt64(8 * place) & 0xFF)] += 1 }
        }
        var other = self
        let first = self[0].head
        for place in 0..<8 {
            let shift = UInt64(8 * place)
            if counts[place << 8 | Int(truncatingIfNeeded: first >> shift & 0xFF)] == count { continue }
            var start = 0
            for byte in place << 8..<(place + 1) << 8 {
                (counts[byte], start) = (start, start + counts[byte])
            }
            for entry in self {
                let byte = place << 8 | Int(truncatingIfNeeded: entry.head >> shift & 0xFF)
                other[counts[byte]] = entry
                counts[byte] &+= 1
            }
            swap(&self, &other)
        }
    }

    /// Below as many, comparing them is less work than counting their bytes.
    private static var fewest: Int { 256 }
}
