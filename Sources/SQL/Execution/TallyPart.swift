import Catalog

/// What is wanted of the documents of a scan.
struct TallyRequest: Sendable {
    var keys: [String] = []
    var fields: [(name: String, form: StoredTallies.Form)] = []
}

/// What one thread counts and adds up of the chunks of a scan that it reads: by groups, which it numbers itself. Documents whose bytes don't
/// tell are left for the query's own thread.
final class TallyPart: ScanChunkPart, @unchecked Sendable {
    struct Left {
        let document: Datum
        /// Whether it passes; otherwise its bytes don't tell.
        let isTold: Bool
        /// The number that is given to the document's group, if its text says which that is.
        var group: Int?
    }

    /// Documents that take so much memory are taken up before more is read.
    private static let mostBytes = 4 << 20

    private let request: TallyRequest
    /// Made by the thread that looks at the first chunk: what two threads write for each document must not lie side by side in memory.
    private var found: StoredTallies?
    private var groupCount: Int
    /// Of each group: how many documents it has, and of each field what its numbers come to.
    private(set) var counts: [Int] = []
    private(set) var tallies: [Tally] = []
    private(set) var left: [Left] = []
    private var leftByteCount = 0
    /// The groups of this part as the query numbers them.
    var groups: [Int] = []

    init(_ request: TallyRequest, _ makeScan: @escaping () throws(CatalogError) -> DocumentScan) {
        self.request = request
        groupCount = request.keys.isEmpty ? 1 : 0
        super.init(from: 0, makeScan)
        begin(groupCount)
    }

    /// The memory that its groups take, as of the last time that the query's own thread has asked.
    private(set) var knownByteCount = 0

    /// For the thread that has it.
    func updateByteCount() { knownByteCount = groupCount * (64 + request.fields.count * Tally.byteCount) }

    private func begin(_ count: Int) {
        for _ in 0..<count {
            counts.append(0)
            for _ in request.fields { tallies.append(Tally()) }
        }
    }

    override func forget() {
        left.removeAll(keepingCapacity: true)
        leftByteCount = 0
    }

    override var isFull: Bool { leftByteCount >= Self.mostBytes }

    override func step(_ scan: DocumentScan, of most: Int) throws(CatalogError) -> DocumentScan.Step {
        if request.keys.isEmpty, request.fields.isEmpty {
            let step = try scan.count(&counts[0], of: most)
            take(step)
            return step
        }
        var found = self.found.take() ?? StoredTallies(by: request.keys, request.fields)
        defer { self.found = found }
        let step = try scan.read(&found, of: min(Plan.batchCount, most))
        addUp(found)
        found.removeAll()
        take(step)
        // Its documents may be handed out from now on without it.
        if case .document(_, .passes) = step, found.assignIfNamed(groupCount) {
            left[left.count - 1].group = groupCount
            groupCount += 1
            begin(1)
        }
        return step
    }

    private func take(_ step: DocumentScan.Step) {
        switch step {
        case .end, .pause: break
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
