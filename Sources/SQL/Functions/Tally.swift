import ReQLish

/// What the numbers of one field have come to within one group. All of it can be added up in any order.
struct Tally {
    private(set) var count = 0
    /// Integers, most numbers are such, and the others.
    private var integers: Int128 = 0
    private var fractions: ExactSum?
    private(set) var least = Double.infinity
    private(set) var greatest = -Double.infinity

    /// The exact sum of the numbers.
    var sum: ExactSum {
        var sum = fractions ?? ExactSum()
        sum.add(integers)
        return sum
    }

    /// The memory that a sum takes.
    static let byteCount = 700

    @inline(__always) mutating func add(_ number: Double) {
        count &+= 1
        if number.magnitude < 0x1p52, case let integer = Int64(number), Double(integer) == number {
            integers &+= Int128(integer)
        } else {
            addFraction(number)
        }
    }

    @inline(never) private mutating func addFraction(_ number: Double) {
        if fractions == nil { fractions = ExactSum() }
        fractions?.add(number)
    }

    @inline(__always) mutating func compare(_ number: Double) {
        count &+= 1
        if number < least { least = number }
        if number > greatest { greatest = number }
    }

    mutating func note(_ found: Int) { count += found }
}
