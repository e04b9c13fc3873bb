import Catalog
import Ground
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
            if request.keys.isEmpty, request.fields.isEmpty {
                try self.count(scan, upTo: scan.documentCount + count)
            } else {
                try read(scan, upTo: scan.documentCount + count)
            }
        } catch {
            self.error = error
        }
    }

    private func count(_ scan: DocumentScan, upTo end: Int) throws(CatalogError) {
        while scan.documentCount < end, !isAtEnd {
            take(try scan.count(&counts[0], of: end - scan.documentCount))
        }
    }

    private func read(_ scan: DocumentScan, upTo end: Int) throws(CatalogError) {
        var found = self.found.take() ?? StoredTallies(by: request.keys, request.fields)
        defer { self.found = found }
        while scan.documentCount < end, !isAtEnd {
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
        case .document(let document, let verdict): left.append(Left(document: document, isTold: verdict == .passes))
        case .row(let document): left.append(Left(document: document, isTold: true))
        }
    }

    private func addUp(_ found: StoredTallies) {
        for group in found.groups { counts[Int(group)] += 1 }
        let width = request.fields.count
        for (field, (_, form)) in request.fields.enumerated() {
            switch form {
            case .number: each(found, field, width) { $0.add($1) }
            case .exactNumber: each(found, field, width) { $0.compare($1) }
            case .presence: each(found, field, width) { tally, _ in tally.note(1) }
            }
        }
    }

    @inline(__always) private func each(_ found: StoredTallies, _ field: Int, _ width: Int, _ body: (inout Tally, Double) -> Void) {
        var place = field
        for group in found.groups {
            let number = found.numbers[place]
            place += width
            if !number.isNaN { body(&tallies[Int(group) * width + field], number) }
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
        threads.begin()
        defer { threads.end() }
        var count = 1
        if mayHelp { while count <= ScanThreads.maximumHelperCount, threads.take() { count += 1 } }
        while parts.count < count { parts.append(makePart()) }
        let (chunkCount, start, threads) = (threads.chunkCount, position, threads)
        var helpers: [ForkedWork] = []
        for (index, part) in parts.prefix(count).enumerated().dropFirst() {
            helpers.append(
                ForkedWork {
                    part.read(chunkCount, from: start + index * chunkCount)
                    threads.end()
                })
        }
        parts[0].read(chunkCount, from: start)
        for helper in helpers { helper.join() }
        position += count * chunkCount
        return parts.prefix(count)
    }
}
