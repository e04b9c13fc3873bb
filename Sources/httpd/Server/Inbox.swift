import Synchronization

/// Elements that any thread puts in and one thread takes out, in the order in which each has put them.
///
/// There is no lock: a thread that the system sets aside in the middle of ``put(_:)`` keeps nobody waiting. Workers stand back for loops,
/// and one that had a lock of the loop's would be set aside with it for tens of milliseconds.
///
/// Why this is safe: `head` owns the newest node, and each node the one before it. A node is changed only by the thread that made it,
/// before it is published, and by the one that takes all out, which has them for itself then.
final class Inbox<Element: Sendable>: Sendable {
    private final class Node: @unchecked Sendable {
        let element: Element
        var earlier: UInt = 0

        init(_ element: Element) { self.element = element }
    }

    private static var empty: UInt { 0 }
    /// Empty, and the taker has to be woken. No node has an odd address.
    private static var unwatched: UInt { 1 }

    /// The address of the newest node, or one of the two above.
    private let head = Atomic<UInt>(0)

    deinit {
        var left: [Element] = []
        take(into: &left)
    }

    /// - Returns: whether the taker rests, and has to be woken.
    func put(_ elements: some Collection<Element>) -> Bool {
        var oldest: Node?
        var newest = Self.empty
        for element in elements {
            let node = Node(element)
            node.earlier = newest
            oldest = oldest ?? node
            newest = unsafe UInt(bitPattern: Unmanaged.passRetained(node).toOpaque())
        }
        guard let oldest else { return false }
        var known = head.load(ordering: .relaxed)
        while true {
            oldest.earlier = known == Self.unwatched ? Self.empty : known
            let (exchanged, original) = head.weakCompareExchange(
                expected: known, desired: newest, successOrdering: .sequentiallyConsistent, failureOrdering: .relaxed)
            if exchanged { return known == Self.unwatched }
            known = original
        }
    }

    /// Takes all out. From now on the taker looks here before it rests.
    func take(into elements: inout [Element]) {
        var address = head.exchange(Self.empty, ordering: .sequentiallyConsistent)
        let first = elements.count
        while address > Self.unwatched, let pointer = unsafe UnsafeRawPointer(bitPattern: address) {
            let node = unsafe Unmanaged<Node>.fromOpaque(pointer).takeRetainedValue()
            elements.append(node.element)
            address = node.earlier
        }
        elements[first...].reverse()
    }

    /// Whether the taker may rest, as there is nothing; whoever puts something in will wake it.
    func mayRest() -> Bool {
        let (exchanged, original) = head.compareExchange(
            expected: Self.empty, desired: Self.unwatched, ordering: .sequentiallyConsistent)
        return exchanged || original == Self.unwatched
    }
}
