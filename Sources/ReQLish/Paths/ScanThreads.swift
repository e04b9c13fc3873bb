import Catalog
import Ground
import Synchronization

/// Threads that work on queries now, and those that help them to go over tables: never more helpers than there are cores for.
package final class ScanThreads: Sendable {
    private let limit: Int
    private let active = Atomic<Int>(0)
    /// Documents that a thread looks at before its query looks at what was found, and at whether there are still cores for it.
    package let chunkCount: Int

    /// - Parameter limit: nil: as many as the machine has cores.
    init(limit: Int?, chunkCount: Int) {
        self.limit = limit ?? SystemFacts.processorCount
        self.chunkCount = chunkCount
    }

    /// That many threads that help one query are of use; the one that asks takes up what they found.
    static let maximumHelperCount = 7

    package var mayHelp: Bool { limit > 1 }

    /// So many threads may help one query.
    package var helperCount: Int { min(limit - 1, Self.maximumHelperCount) }

    /// A thread begins to work on a query.
    package func begin() { active.add(1, ordering: .relaxed) }
    package func end() { active.subtract(1, ordering: .relaxed) }

    /// Whether there is a core for one more thread, which is counted then until ``end()``.
    package func take() -> Bool {
        if active.add(1, ordering: .relaxed).newValue <= limit { return true }
        end()
        return false
    }
}

/// The finds of one thread in a chunk of a scan, in the order of the documents: what bytes tell is added up, and documents that have to be
/// looked at as a whole are left for the query's own thread.
///
/// Why it is Sendable: one thread at a time has it, a helper from its start until it was joined.
final class ScanPart: @unchecked Sendable {
    enum Wanted {
        case rows
        case number(String)
        case group(String, String?)
    }

    /// Rows that follow each other, and then a document.
    struct Piece {
        var rowCount = 0
        var numbers: [Double] = []
        /// Groups are numbered by this part.
        var rows: [(group: Int32, number: Double)] = []
        /// `group`: the number that is given to the document's group, if its text says which that is.
        var document: (datum: Datum, verdict: Verdict, group: Int?)?
    }

    private let makeScan: () throws(CatalogError) -> DocumentScan
    private let wanted: Wanted
    /// Made by the thread that looks at the first chunk: what two threads write for each document must not lie side by side in memory.
    private var scan: DocumentScan?
    private var numbers: NumberColumn?
    private var grouped: GroupedColumn?
    private var groupCount = 0
    /// Behind the last document that was looked at.
    private var position = 0
    private(set) var pieces: [Piece] = []
    private(set) var isAtEnd = false
    private(set) var error: CatalogError?
    /// The groups of this part as the query numbers them.
    var groups: [Int] = []

    init(_ wanted: Wanted, _ makeScan: @escaping () throws(CatalogError) -> DocumentScan) {
        self.makeScan = makeScan
        self.wanted = wanted
    }

    var documentCount: Int { scan?.documentCount ?? 0 }

    private func opened() throws(CatalogError) -> DocumentScan {
        if let scan { return scan }
        let scan = try makeScan()
        self.scan = scan
        switch wanted {
        case .rows: break
        case .number(let field): numbers = NumberColumn(field)
        case .group(let key, let field): grouped = GroupedColumn(by: key, field)
        }
        return scan
    }

    /// Looks at `count` documents from a position on, which is not before the end of what was looked at last.
    func read(_ count: Int, from start: Int) {
        pieces.removeAll(keepingCapacity: true)
        guard error == nil else { return }
        do throws(CatalogError) {
            let scan = try opened()
            try scan.skip(start - position)
            position = start + count
            let end = scan.documentCount + count
            while scan.documentCount < end, !isAtEnd { try readPiece(of: scan, upTo: end - scan.documentCount) }
        } catch {
            self.error = error
        }
    }

    private func readPiece(of scan: DocumentScan, upTo count: Int) throws(CatalogError) {
        var piece = Piece()
        var step = DocumentScan.Step.end
        switch wanted {
        case .rows: step = try scan.count(&piece.rowCount, of: count)
        case .number:
            guard var column = numbers.take() else { break }
            step = try scan.read(&column, of: count)
            swap(&piece.numbers, &column.numbers)
            numbers = column
        case .group:
            guard var column = grouped.take() else { break }
            step = try scan.read(&column, of: count)
            swap(&piece.rows, &column.rows)
            grouped = column
        }
        switch step {
        case .end: isAtEnd = true
        case .pause, .row: break
        case .document(let document, let verdict): piece.document = (document, verdict, nameGroup(verdict))
        }
        pieces.append(piece)
    }

    /// Gives the group of a document that passes a number, so that the next ones of it need not be handed out.
    private func nameGroup(_ verdict: Verdict) -> Int? {
        guard verdict == .passes, grouped?.assignIfNamed(groupCount) == true else { return nil }
        groupCount += 1
        return groupCount - 1
    }
}
