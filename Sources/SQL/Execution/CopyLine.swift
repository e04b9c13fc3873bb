package import Ground

/// The fields of one line of a COPY, where their texts lie.
package struct CopyLine: ~Copyable {
    /// Where each field begins, and then how many bytes it has: below zero for NULL.
    private var places = GrowingBuffer<Int>()
    /// What the fields lie in. Whoever fills the line keeps it as it is while the line is read.
    private var base = Bytes.empty

    package init() {}

    package var count: Int { places.count / 2 }

    package mutating func removeAll() { places.truncate(to: 0) }

    package mutating func append(_ range: Range<Int>) {
        places.append(range.lowerBound)
        places.append(range.count)
    }

    package mutating func appendNull() {
        places.append(0)
        places.append(-1)
    }

    /// Says what the fields lie in.
    package mutating func end(in base: Bytes) { self.base = base }

    /// The text of a field; nil for NULL.
    package subscript(index: Int) -> Bytes? {
        let (start, count) = (places[2 * index], places[2 * index + 1])
        return count < 0 ? nil : base[start..<start + count]
    }
}
