import ReQLish

/// What the numbers of one field have come to within one group. All of it can be added up in any order.
struct Tally {
    private(set) var count = 0
    /// What is before and behind the points of most numbers, the latter times 2^63, and the other numbers.
    private var integers: Int128 = 0
    private var fractions: Int128 = 0
    private var others: ExactSum?
    private(set) var least = Double.infinity
    private(set) var greatest = -Double.infinity

    /// The exact sum of the numbers.
    var sum: ExactSum {
        var sum = others ?? ExactSum()
        sum.add(integers)
        sum.add(fractions, times: 0x1p-63)
        return sum
    }

    /// The memory that a sum takes.
    static let byteCount = 700

    @inline(__always) mutating func add(_ number: Double) {
        count &+= 1
        guard number.magnitude < 0x1p52 else { return addOther(number) }
        // Exact: both parts have fewer bits than the number, and what is behind the point is less than 1.
        let integer = Int64(number)
        let scaled = (number - Double(integer)) * 0x1p63
        let fraction = Int64(scaled)
        guard Double(fraction) == scaled else { return addOther(number) }
        integers &+= Int128(integer)
        fractions &+= Int128(fraction)
    }

    @inline(never) private mutating func addOther(_ number: Double) {
        if others == nil { others = ExactSum() }
        others?.add(number)
    }

    @inline(__always) mutating func compare(_ number: Double) {
        count &+= 1
        if number < least { least = number }
        if number > greatest { greatest = number }
    }

    mutating func note(_ found: Int) { count += found }
}
