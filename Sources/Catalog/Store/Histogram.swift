import Synchronization

/// Counts how long things took, in buckets whose bounds double: 8 µs, 16 µs … 16.8 s, and beyond. Any number of threads may add at a time;
/// an addition is two atomic ones, which wait for nobody, and reading is not a snapshot: what is added meanwhile may be seen in part.
public final class Histogram: Sendable {
    /// 2³ µs and 2²⁴ µs.
    private static let smallest = 3
    private static let largest = 24

    /// The upper bounds of the buckets but the last one, in seconds.
    public static let bounds: [Double] = (smallest...largest).map { Double(1 << $0) / 1e6 }

    private final class Bucket: Sendable {
        let count = Atomic<Int>(0)
    }

    private let buckets = (smallest...largest + 1).map { _ in Bucket() }
    private let nanoseconds = Atomic<Int>(0)

    public init() {}

    /// Counts `count` things that took as long each.
    public func add(_ duration: Duration, count: Int = 1) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = max(0, Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
        buckets[Self.bucket(of: nanoseconds)].count.add(count, ordering: .relaxed)
        self.nanoseconds.add(nanoseconds &* count, ordering: .relaxed)
    }

    /// The first one whose bound is not below.
    private static func bucket(of nanoseconds: Int) -> Int {
        let microseconds = (nanoseconds + 999) / 1000
        // The number of bits of one less: 8 µs have 3, 9 µs have 4.
        let bits = Int.bitWidth - max(microseconds - 1, 0).leadingZeroBitCount
        return min(max(bits - smallest, 0), largest + 1 - smallest)
    }

    /// How many took at most as long as each bound, then how many there are in all.
    public var cumulative: [Int] {
        var sum = 0
        return buckets.map { bucket in
            sum += bucket.count.load(ordering: .relaxed)
            return sum
        }
    }

    /// How long all took together.
    public var seconds: Double { Double(nanoseconds.load(ordering: .relaxed)) / 1e9 }
}

/// The times that a catalog's writers wait.
public final class CommitTimes: Sendable {
    /// From the call of commit to its return. Only a commit with hard durability waits for the disk in it.
    public let commits = Histogram()
    /// Waits of those who committed without, and then wait once for all that they wrote: queries, and short writes that share a thread.
    public let flushes = Histogram()
}
