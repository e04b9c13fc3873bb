import Synchronization
import TestTraits
import Testing

@testable import httpd

/// What loops get from other threads.
@Suite(.ownThreads) struct InboxTests {
    @Test func whatIsPutInComesOutInOrder() {
        let inbox = Inbox<Int>()
        #expect(!inbox.put([1, 2]))
        #expect(!inbox.put([3]))
        #expect(!inbox.put([]))
        var taken = [0]
        inbox.take(into: &taken)
        #expect(taken == [0, 1, 2, 3])
        inbox.take(into: &taken)
        #expect(taken.count == 4)
    }

    @Test func whoRestsIsWokenOnce() {
        let inbox = Inbox<Int>()
        #expect(inbox.mayRest())
        #expect(inbox.mayRest())
        #expect(inbox.put([1, 2]))
        #expect(!inbox.put([3]))
        #expect(!inbox.mayRest())
        var taken: [Int] = []
        inbox.take(into: &taken)
        #expect(taken == [1, 2, 3])
        #expect(inbox.mayRest())
        // Whoever has woken looks here from now on.
        inbox.take(into: &taken)
        #expect(!inbox.put([4]))
    }

    @Test func whatNobodyTakesIsLetGo() {
        final class Held: Sendable {}
        weak var held: Held?
        do {
            let inbox = Inbox<Held>()
            let one = Held()
            held = one
            _ = inbox.put([one])
        }
        #expect(held == nil)
    }

    /// Four threads put numbers in while one takes them out: each thread's are all there, in their order.
    @Test func threadsPutInWhileOneTakesOut() async {
        let inbox = Inbox<(thread: Int, number: Int)>()
        let (threads, count) = (4, 20_000)
        let taken = await withTaskGroup(of: [[Int]].self) { group in
            for thread in 0..<threads {
                group.addTask {
                    for number in stride(from: 0, to: count, by: 2) { _ = inbox.put([(thread, number), (thread, number + 1)]) }
                    return []
                }
            }
            group.addTask {
                var lists: [[Int]] = Array(repeating: [], count: threads)
                var left = threads * count
                var part: [(thread: Int, number: Int)] = []
                while left > 0 {
                    inbox.take(into: &part)
                    for item in part { lists[item.thread].append(item.number) }
                    left -= part.count
                    if part.isEmpty { await Task.yield() }
                    part.removeAll(keepingCapacity: true)
                }
                return lists
            }
            var lists: [[Int]] = []
            for await result in group where !result.isEmpty { lists = result }
            return lists
        }
        #expect(taken.count == threads)
        for list in taken { #expect(list == Array(0..<count)) }
    }
}
