/// Finds where bytes have stood before: chains of positions whose next four bytes hash alike, newest first, and the newest position
/// for each hash of three bytes.
struct MatchFinder {
    struct Match {
        var length: Int
        var distance: Int
    }

    /// How many older positions are tried at most.
    static let depth = 40
    /// A match of this length is taken without looking for a better one.
    static let goodLength = 80
    /// A match of three bytes is worth its bits only from nearby.
    private static let farthestOfThree = 8 << 10

    private static let threeBits = 14
    private static let fourBits = 16
    /// Before every position.
    private static let none = Int32.min / 2

    private let newestOfThree = RawArea<Int32>(count: 1 << threeBits)
    private let newestOfFour = RawArea<Int32>(count: 1 << fourBits)
    /// The position before in its chain, for each of the last 32 Ki.
    private let before = RawArea<Int32>(count: DeflateFormat.windowByteCount)

    /// Forgets all positions.
    func reset() {
        newestOfThree.view.fill(Self.none)
        newestOfFour.view.fill(Self.none)
    }

    /// For the length of a loop over `bytes`, of which there are `end`, and 8 readable ones behind.
    func search(_ bytes: RawAreaView<UInt8>, end: Int) -> Search {
        Search(
            bytes: bytes, end: end, newestOfThree: newestOfThree.view, newestOfFour: newestOfFour.view, before: before.view)
    }

    struct Search {
        fileprivate let bytes: RawAreaView<UInt8>
        fileprivate let end: Int
        fileprivate let newestOfThree: RawAreaView<Int32>
        fileprivate let newestOfFour: RawAreaView<Int32>
        fileprivate let before: RawAreaView<Int32>

        private static let multiplier: UInt32 = 0x9E37_79B1
        private static let mask = DeflateFormat.windowByteCount - 1

        @inline(__always) private func hashes(_ word: UInt32) -> (three: Int, four: Int) {
            (
                Int((word << 8 &* Self.multiplier) >> UInt32(32 - MatchFinder.threeBits)),
                Int((word &* Self.multiplier) >> UInt32(32 - MatchFinder.fourBits))
            )
        }

        /// Notes positions without looking for matches.
        @inline(__always) func note(_ positions: Range<Int>) {
            for position in positions {
                let hashes = hashes(bytes.halfWord(at: position))
                newestOfThree[hashes.three] = Int32(truncatingIfNeeded: position)
                before[position & Self.mask] = newestOfFour[hashes.four]
                newestOfFour[hashes.four] = Int32(truncatingIfNeeded: position)
            }
        }

        /// Notes a position and finds the longest match there that is longer than `length`; one of length 0 if there is none.
        @inline(__always) func longest(at position: Int, longerThan length: Int, depth: Int) -> Match {
            let word = bytes.halfWord(at: position)
            let hashes = hashes(word)
            let three = Int(newestOfThree[hashes.three])
            var candidate = Int(newestOfFour[hashes.four])
            newestOfThree[hashes.three] = Int32(truncatingIfNeeded: position)
            before[position & Self.mask] = Int32(truncatingIfNeeded: candidate)
            newestOfFour[hashes.four] = Int32(truncatingIfNeeded: position)

            let maximum = min(end - position, DeflateFormat.maximumMatch)
            var best = Match(length: max(length, DeflateFormat.minimumMatch - 1), distance: 0)
            guard best.length < maximum else { return Match(length: 0, distance: 0) }
            let oldest = max(position - DeflateFormat.windowByteCount, 0)
            if best.length < 3, three >= oldest, position - three <= MatchFinder.farthestOfThree,
                (bytes.halfWord(at: three) ^ word) << 8 == 0
            {
                best = Match(length: 3, distance: position - three)
            }
            var rest = depth
            // A longer match agrees where the best one so far ended.
            var offset = max(best.length - 3, 0)
            var ending = bytes.halfWord(at: position + offset)
            while candidate >= oldest, rest > 0 {
                rest -= 1
                if bytes.halfWord(at: candidate + offset) == ending, bytes.halfWord(at: candidate) == word {
                    let length = commonLength(candidate, position, maximum)
                    if length > best.length {
                        best = Match(length: length, distance: position - candidate)
                        if length >= MatchFinder.goodLength || length == maximum { break }
                        offset = length - 3
                        ending = bytes.halfWord(at: position + offset)
                    }
                }
                let next = Int(before[candidate & Self.mask])
                // The ring has been written over since.
                guard next < candidate else { break }
                candidate = next
            }
            return best.distance == 0 ? Match(length: 0, distance: 0) : best
        }

        /// How many bytes are alike, of at most `maximum`; the first four are.
        @inline(__always) private func commonLength(_ a: Int, _ b: Int, _ maximum: Int) -> Int {
            var length = 4
            while length < maximum {
                let difference = bytes.word(at: a + length) ^ bytes.word(at: b + length)
                if difference != 0 { return min(length + difference.trailingZeroBitCount >> 3, maximum) }
                length += 8
            }
            return min(length, maximum)
        }
    }
}
