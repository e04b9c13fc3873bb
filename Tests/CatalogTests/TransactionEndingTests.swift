import Testing

@testable import Catalog

/// Who is told how a transaction ends, and when.
@Suite struct TransactionEndingTests {
    private final class Told {
        var words: [String] = []
    }

    private let told = Told()

    private func add(_ word: String, _ savepointCount: Int, once key: String? = nil, to endings: inout TransactionEndings) {
        endings.add(savepointCount, once: key.map { AnyHashable($0) }) { [told] in told.words.append(word + ($0 ? "+" : "-")) }
    }

    @Test func whatWasDoneOnceMoreIsToldOnce() {
        var endings = TransactionEndings()
        for (word, key) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", nil), ("d", nil)] { add(word, 0, once: key, to: &endings) }
        endings.end(isCommitted: true)
        #expect(told.words == ["a+", "b+", "d+", "d+"])
        endings.end(isCommitted: true)
        #expect(told.words.count == 4)
    }

    @Test func whatWasUndoneMayBeDoneOnceMore() {
        var endings = TransactionEndings()
        add("a", 1, once: "x", to: &endings)
        endings.rollBack(to: 0)
        add("b", 1, once: "x", to: &endings)
        endings.release(0)
        add("c", 0, once: "x", to: &endings)
        endings.end(isCommitted: true)
        #expect(told.words == ["a-", "b+"])
    }

    /// A request tells of its sequences before its notifications, whatever was first.
    @Test func allThatIsBehindASavepointGoesBack() {
        var endings = TransactionEndings()
        add("behind", 1, to: &endings)
        add("before", 0, to: &endings)
        add("last", 2, to: &endings)
        endings.rollBack(to: 0)
        #expect(told.words == ["last-", "behind-"])
        endings.end(isCommitted: false)
        #expect(told.words == ["last-", "behind-", "before-"])
    }

    @Test func thoseOfABorrowedTransactionAreAdded() {
        var (endings, borrowed) = (TransactionEndings(), TransactionEndings())
        add("a", 0, once: "x", to: &endings)
        add("b", 0, once: "x", to: &borrowed)
        add("c", 0, to: &borrowed)
        endings.add(borrowed)
        endings.end(isCommitted: true)
        #expect(told.words == ["a+", "c+"])
    }

    /// A key of an item behind a savepoint is that of its own once the savepoint is gone, and only then.
    @Test func savepointsThatGoTakeKeysWithThem() {
        var endings = TransactionEndings()
        add("deep", 3, once: "x", to: &endings)
        add("low", 1, once: "x", to: &endings)
        add("other", 3, once: "y", to: &endings)
        endings.forget(1)
        add("other", 2, once: "y", to: &endings)
        add("between", 2, once: "x", to: &endings)
        endings.rollBack(to: 1)
        add("again", 1, once: "x", to: &endings)
        endings.release(0)
        add("none", 0, once: "x", to: &endings)
        endings.rollBack(to: 0)
        endings.end(isCommitted: true)
        #expect(told.words == ["other-", "deep-", "low+"])
    }

    /// Of many, none is compared with all that were before it.
    @Test func manyThatAreToldOnceTakeTheirTime() {
        final class Comparisons {
            var count = 0
        }
        struct Key: Hashable {
            let number: Int
            let comparisons: Comparisons
            static func == (left: Key, right: Key) -> Bool {
                left.comparisons.count += 1
                return left.number == right.number
            }
            func hash(into hasher: inout Hasher) { hasher.combine(number) }
        }
        let (comparisons, count) = (Comparisons(), 2000)
        var (endings, toldCount) = (TransactionEndings(), 0)
        for number in 0..<2 * count {
            let key = Key(number: number % count, comparisons: comparisons)
            endings.add(number / count, once: key) { _ in toldCount += 1 }
        }
        endings.end(isCommitted: true)
        #expect(toldCount == count)
        // Those that are alike, and those whose places in a table of hashes are the same.
        #expect(comparisons.count < 100 * count)
    }
}
