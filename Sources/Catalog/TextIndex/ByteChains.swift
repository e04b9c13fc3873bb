/// Texts of bytes that grow side by side, each in pieces of which the next is as long as all before.
struct ByteChains {
    struct Chain: BitwiseCopyable {
        fileprivate var first: UInt32 = 0
        /// Where the last piece begins, where its next byte goes, and how many more it takes.
        fileprivate var last: UInt32 = 0
        fileprivate var place: UInt32 = 0
        fileprivate var room: UInt32 = 0
        fileprivate(set) var byteCount: UInt32 = 0
    }

    /// Pieces: where the next begins (4), then its bytes.
    private var bytes: [UInt8] = []
    private var end = 0

    private static let linkByteCount = 4
    private static let pieceByteCounts = 12...1020

    /// How much memory all take.
    var byteCount: Int { bytes.count }

    /// How many bytes a piece has that begins behind so many.
    private static func pieceByteCount(behind count: Int) -> Int { min(max(count, pieceByteCounts.lowerBound), pieceByteCounts.upperBound) }

    mutating func append(_ more: [UInt8], to chain: inout Chain) {
        var index = 0
        while index < more.count {
            if chain.room == 0 { addPiece(to: &chain) }
            let count = min(more.count &- index, Int(chain.room))
            let place = Int(chain.place)
            var target = bytes.mutableSpan
            for offset in 0..<count { target[place &+ offset] = more[index &+ offset] }
            index &+= count
            chain.place &+= UInt32(count)
            chain.room &-= UInt32(count)
            chain.byteCount &+= UInt32(count)
        }
    }

    /// Has `write` put bytes where the chain's next ones go, if there is room for as many as it may write; it answers where they end.
    ///
    /// - Returns: Whether there was.
    @inline(__always)
    mutating func append(
        atMost count: Int, to chain: inout Chain, _ write: (_ target: inout MutableSpan<UInt8>, _ place: Int) -> Int
    ) -> Bool {
        guard count <= Int(chain.room) else { return false }
        var target = bytes.mutableSpan
        let written = UInt32(truncatingIfNeeded: write(&target, Int(chain.place)) &- Int(chain.place))
        chain.place &+= written
        chain.room &-= written
        chain.byteCount &+= written
        return true
    }

    private mutating func addPiece(to chain: inout Chain) {
        let count = Self.pieceByteCount(behind: Int(chain.byteCount))
        let start = end
        end += Self.linkByteCount + count
        if end > bytes.count { bytes += repeatElement(0, count: max(1 << 16, bytes.count / 4)) }
        if chain.byteCount == 0 {
            chain.first = UInt32(truncatingIfNeeded: start)
        } else {
            for index in 0..<Self.linkByteCount {
                bytes[Int(chain.last) + index] = UInt8(truncatingIfNeeded: start >> (8 * index))
            }
        }
        chain.last = UInt32(truncatingIfNeeded: start)
        chain.place = chain.last + UInt32(Self.linkByteCount)
        chain.room = UInt32(count)
    }

    /// Appends all that a chain has.
    func append(_ chain: Chain, to other: inout [UInt8]) {
        var start = Int(chain.first)
        var passed = 0
        while passed < Int(chain.byteCount) {
            let count = min(Self.pieceByteCount(behind: passed), Int(chain.byteCount) - passed)
            let first = start + Self.linkByteCount
            other += bytes[first..<first + count]
            passed += count
            start = (0..<Self.linkByteCount).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
        }
    }
}
