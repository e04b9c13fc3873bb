/// The class of each code point, from a table of runs of code points: each run its class as a letter from A on, and in hexadecimal how many
/// code points it has.
struct CodePointClasses: Sendable {
    private var starts: [UInt32] = []
    private var kinds: [UInt8] = []
    /// The classes of the code points of two bytes and of the first half of three, one by one.
    private var near: [UInt8] = []

    init(_ table: String) {
        var next: UInt32 = 0
        var length: UInt32 = 0
        for byte in table.utf8 {
            if byte >= 0x41 && byte <= 0x5A {
                next += length
                length = 0
                starts.append(next)
                kinds.append(byte - 0x41)
            } else {
                length = length * 16 + UInt32(byte >= 0x61 ? byte - 0x57 : byte - 0x30)
            }
        }
        for index in starts.indices where starts[index] < 0x3000 {
            let end = index + 1 < starts.count ? min(starts[index + 1], 0x3000) : 0x3000
            near += repeatElement(kinds[index], count: Int(end - starts[index]))
        }
    }

    /// The class as a number: 0 for A.
    subscript(code: UInt32) -> UInt8 {
        if code < near.count { return near[Int(code)] }
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= code { low = middle } else { high = middle }
        }
        return kinds[low]
    }
}
