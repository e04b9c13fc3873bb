import Catalog
import ReQLish

/// What is wanted of the documents of a scan.
struct TallyRequest: Sendable {
    var keys: [String] = []
    var fields: [(name: String, form: StoredTallies.Form)] = []
}

/// What one thread counts and adds up of the chunks of a scan that it reads: by groups, which it numbers itself. Documents whose bytes don't
/// tell are left for the query's own thread.
///
/// Why it is Sendable: one thread at a time has it, a helper from its start until it was joined.
final class TallyPart: @unchecked Sendable {
    struct Left {
        let document: Datum
        /// Whether it passes; otherwise its bytes don't tell.
        let isTold: Bool
        /// The number that is given to the document's group, if its text says which that is.
        var group: Int?
    }

    /// Documents that take so much memory end a reading before its chunk.
    private static let mostBytes = 4 << 20

    private let makeScan: () throws(CatalogError) -> DocumentScan
    private let request: TallyRequest
    private var scan: DocumentScan?
    /// Made by the thread that looks at the first chunk: what two threads write for each document must not lie side by side in memory.
    private var found: StoredTallies?
    private var groupCount: Int
    /// Of each group: how many documents it has, and of each field what its numbers come to.
    private(set) var counts: [Int] = []
    private(set) var tallies: [Tally] = []
    private(set) var left: [Left] = []
    /// Behind the last document that was looked at.
    private var position = 0
    /// Where the chunk ends, counted as its scan counts documents.
    private var end = 0
    private var leftByteCount = 0
    private(set) var isAtEnd = false
    private(set) var error: CatalogError?
    /// The groups of this part as the query numbers them.
    var groups: [Int] = []

    init(_ request: TallyRequest, _ makeScan: @escaping () throws(CatalogError) -> DocumentScan) {
        self.request = request
        self.makeScan = makeScan
        groupCount = request.keys.isEmpty ? 1 : 0
        begin(groupCount)
    }

    /// The memory that its groups take.
    var byteCount: Int { groupCount * (64 + request.fields.count * Tally.byteCount) }

    private func begin(_ count: Int) {
        for _ in 0..<count {
            counts.append(0)
            for _ in request.fields { tallies.append(Tally()) }
        }
    }

    /// Looks at `count` documents from a position on, which is not before the end of what was looked at last.
    func read(_ count: Int, from start: Int) {
        left.removeAll(keepingCapacity: true)
        guard error == nil else { return }
        do throws(CatalogError) {
            let scan: DocumentScan
            if let known = self.scan { scan = known } else { scan = try makeScan() }
            self.scan = scan
            try scan.skip(start - position)
            position = start + count
            end = scan.documentCount + count
        } catch {
            self.error = error
        }
        goOn()
    }

    /// Whether the documents that were left ended the reading before its chunk.
    var hasMore: Bool { error == nil && !isAtEnd && (scan.map { $0.documentCount < end } ?? false) }

    /// Reads on in the chunk, without what was left before.
    func goOn() {
        left.removeAll(keepingCapacity: true)
        leftByteCount = 0
        guard error == nil, let scan else { return }
        do throws(CatalogError) {
            if request.keys.isEmpty, request.fields.isEmpty { try count(scan) } else { try read(scan) }
        } catch {
            self.error = error
        }
    }

    private func count(_ scan: DocumentScan) throws(CatalogError) {
        while hasMore, leftByteCount < Self.mostBytes { take(try scan.count(&counts[0], of: end - scan.documentCount)) }
    }

    private func read(_ scan: DocumentScan) throws(CatalogError) {
        var found = self.found.take() ?? StoredTallies(by: request.keys, request.fields)
        defer { self.found = found }
        while hasMore, leftByteCount < Self.mostBytes {
            let step = try scan.read(&found, of: min(Plan.batchCount, end - scan.documentCount))
            addUp(found)
            found.removeAll()
            take(step)
            // Its documents may be handed out from now on without it.
            if case .document(_, .passes) = step, found.assignIfNamed(groupCount) {
                left[left.count - 1].group = groupCount
                groupCount += 1
                begin(1)
            }
        }
    }

    private func take(_ step: DocumentScan.Step) {
        switch step {
        case .end: isAtEnd = true
        case .pause: break
        case .document(let document, let verdict):
            left.append(Left(document: document, isTold: verdict == .passes))
            leftByteCount += document.heldByteCount
        case .row(let document): left.append(Left(document: document, isTold: true))
        }
    }

    private func addUp(_ found: StoredTallies) {
        // While they are added to, nobody else has them: no reference is counted for each.
        var tallies: [Tally] = []
        swap(&tallies, &self.tallies)
        defer { swap(&tallies, &self.tallies) }
        let (groups, numbers, width) = (found.groups, found.numbers, request.fields.count)
        if request.keys.isEmpty {
            counts[0] += groups.count
        } else {
            for group in groups { counts[Int(group)] += 1 }
        }
        for (field, (_, form)) in request.fields.enumerated() {
            switch form {
            case .number: Self.each(groups, numbers, field, width, &tallies) { $0.add($1) }
            case .exactNumber: Self.each(groups, numbers, field, width, &tallies) { $0.compare($1) }
            case .presence: Self.each(groups, numbers, field, width, &tallies) { tally, _ in tally.note(1) }
            }
        }
    }

    @inline(__always) private static func each(
        _ groups: [Int32], _ numbers: [Double], _ field: Int, _ width: Int, _ tallies: inout [Tally],
        _ body: (inout Tally, Double) -> Void
    ) {
        for place in groups.indices {
            let number = numbers[place &* width &+ field]
            if !number.isNaN { body(&tallies[Int(groups[place]) &* width &+ field], number) }
        }
    }
}

/// The parts of a scan, read by several threads as long as there are cores for them: each reads a chunk, one behind the other.
struct TallyParts {
    private let threads: ScanThreads
    private let makePart: () -> TallyPart
    private(set) var parts: [TallyPart]
    private var position = 0
    private let mayHelp: Bool

    /// - Parameter documentCount: about how many there are: few are read by one thread.
    init(
        _ request: TallyRequest, _ threads: ScanThreads, documentCount: Int, _ first: DocumentScan,
        _ another: @escaping () throws(CatalogError) -> DocumentScan
    ) {
        self.threads = threads
        mayHelp = threads.mayHelp && documentCount >= 2 * threads.chunkCount
        makePart = { TallyPart(request, another) }
        parts = [TallyPart(request) { () throws(CatalogError) in first }]
    }

    /// Reads the next chunks: the first on this thread, each other one on a helper. Returns the parts that did, in the order of their chunks.
    mutating func read() -> ArraySlice<TallyPart> {
        let count = threads.read(&parts, from: position, mayHelp: mayHelp, makePart) { $0.read($1, from: $2) }
        position += count * threads.chunkCount
        return parts.prefix(count)
    }
}
