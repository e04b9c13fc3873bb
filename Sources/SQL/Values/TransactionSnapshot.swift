/// A value of `pg_snapshot`: which transactions a state has, by their numbers. Values of the type are its texts.
///
/// What is before ``first`` has ended, what is from ``next`` on has not begun, and of what is between these are not done.
struct TransactionSnapshot: CustomStringConvertible {
    let first: UInt64
    let next: UInt64
    let running: [UInt64]

    init(first: UInt64, next: UInt64, running: [UInt64]) {
        self.first = first
        self.next = next
        self.running = running
    }

    /// `10:20:10,14,15`; nil for what is no snapshot.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let first = UInt64(parts[0]), let next = UInt64(parts[1]), next <= UInt64(Int64.max), first > 0,
            first <= next
        else { return nil }
        var running: [UInt64] = []
        for part in parts[2].isEmpty ? [] : parts[2].split(separator: ",", omittingEmptySubsequences: false) {
            guard let number = UInt64(part), number >= max(first, running.last ?? 0), number < next else { return nil }
            if number != running.last { running.append(number) }
        }
        self.init(first: first, next: next, running: running)
    }

    var description: String { "\(first):\(next):\(running.map(String.init).joined(separator: ","))" }

    func shows(_ number: UInt64) -> Bool { number < first || number < next && !running.contains(number) }
}

extension SQLType {
    package static let txidSnapshot = SQLType(2970)
    package static let pgSnapshot = SQLType(5038)
}
