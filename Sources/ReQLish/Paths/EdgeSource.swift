import Ground

/// The edges of a relation in one direction: from a node to the nodes that they lead to.
final class EdgeSource {
    private enum Way {
        /// Both ends stand in the entries of an index.
        case entries(EdgeEntries)
        /// An index has this end, and the other one stands in the documents that it leads to.
        case documents(EdgeEntries, TableReference, field: String)
        /// The node's own document has the keys.
        case field(FieldWay, TableReference)
        /// A document of the table with the key of the node is the other end.
        case sameKey(TableReference)
    }

    let relation: GraphRelation
    /// Whether the walk goes along the edges, and not against them.
    let isForward: Bool
    /// The numbers of the tables of both ends.
    let from: UInt8
    let to: UInt8
    private let way: Way
    /// What a plan says.
    let note: String

    /// - Throws: `queryLogic` if no index has the edges.
    init(
        _ relation: GraphRelation, isForward: Bool, from: UInt8, to: UInt8, at site: Site
    ) throws(ReQLError) {
        self.relation = relation
        self.isForward = isForward
        self.from = from
        self.to = to
        switch relation.edges {
        case .field(let field):
            guard let table = relation.from else {
                throw site.error(.queryLogic, "A relation of a field names the table that has it: {table: …, field: …, to: …}.")
            }
            if isForward {
                way = .field(field, table)
                note = "field `\(field.text)` of `\(table.qualifiedName)`"
            } else if field.names == [table.config.primaryKey] {
                try table.checkRead(at: site)
                way = .sameKey(table)
                note = "key of `\(table.qualifiedName)`"
            } else {
                let (index, form) = try Self.index(of: field, in: table, at: site)
                way = .entries(try site.reading(EdgeEntries(table.snapshot, index, of: table.config, form)))
                note = "index `\(index.name)` of `\(table.qualifiedName)`"
            }
        case .documents(let table, let first, let second):
            let (near, far) = isForward ? (first, second) : (second, first)
            let (index, form) = try Self.index(near, far, in: table, at: site)
            let entries = try site.reading(EdgeEntries(table.snapshot, index, of: table.config, form))
            way = form == .pair ? .entries(entries) : .documents(entries, table, field: far)
            note = "index `\(index.name)` of `\(table.qualifiedName)`" + (form == .pair ? "" : " and documents")
        }
    }

    private static func index(
        of field: FieldWay, in table: TableReference, at site: Site
    ) throws(ReQLError) -> (IndexConfig, EdgeEntries.Form) {
        try table.checkRead(at: site)
        let known = table.config.indexes.filter { field.isIndexed(by: $0) }
        if let index = known.first(where: { $0.isMulti || $0.isOfColumns }) { return (index, .document) }
        if field.names.count == 1, let index = table.config.indexes.first(where: { $0.columns?.first == field.names[0] }) {
            return (index, .first)
        }
        // One that is not multi has no entries for the elements of arrays; it will do as long as there are none.
        for index in known {
            let arrays = KeyBounds(lower: .emptyArray, lowerInclusive: true, upper: .false, upperInclusive: false)
            if try table.entryCount(of: index, arrays, at: site) == 0 { return (index, .document) }
        }
        try table.checkAllReady(at: site)
        let create = field.names.count == 1 ? "\"\(field.text)\"" : "\"\(field.text)\", \(field.query)"
        throw site.error(
            .queryLogic,
            "No index leads to the documents of `\(table.qualifiedName)` by `\(field.text)`. Make one with "
                + "r.table(\"\(table.config.name)\").indexCreate(\(create), {multi: true}).")
    }

    /// The index by which edges are found from one end, and whether it has the other one too.
    private static func index(
        _ near: String, _ far: String, in table: TableReference, at site: Site
    ) throws(ReQLError) -> (IndexConfig, EdgeEntries.Form) {
        try table.checkRead(at: site)
        var single: (IndexConfig, EdgeEntries.Form)?
        for index in table.config.indexes {
            if let columns = index.columns {
                guard columns[0].utf8.elementsEqual(near.utf8) else { continue }
                if columns.count > 1, columns[1].utf8.elementsEqual(far.utf8) { return (index, .pair) }
                single = (index, columns.count == 1 ? .document : .first)
                continue
            }
            guard let fields = table.indexFields.fields(of: index), let first = fields.names.first, first.utf8.elementsEqual(near.utf8)
            else {
                continue
            }
            if fields.isCompound, fields.names.count > 1, fields.names[1].utf8.elementsEqual(far.utf8) { return (index, .pair) }
            if !fields.isCompound { single = (index, .document) }
        }
        if let single { return single }
        try table.checkAllReady(at: site)
        throw site.error(
            .queryLogic,
            "No index leads to the edges in `\(table.qualifiedName)` by `\(near)`. Make one with r.table(\"\(table.config.name)\")"
                + ".indexCreate(\"\(near)_\(far)\", [r.row(\(Datum(near))), r.row(\(Datum(far)))]).")
    }

    // MARK: Following edges

    /// After so many edges a walk looks whether it was cancelled.
    static let batch = 256

    /// Calls `body` with each edge of a node: the key of its other end, and of the document that the edge is, if it is one.
    func forEachEdge(
        of key: [UInt8], _ execution: Execution, _ body: (_ target: [UInt8], _ document: [UInt8]?) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        var count = 0
        func follow(_ target: [UInt8], _ document: [UInt8]?) throws(ReQLError) {
            try body(target, document)
            count += 1
            if count % Self.batch == 0 { try execution.check() }
        }
        try execution.check()
        switch way {
        case .entries(let entries):
            try entries.begin(atKey: key)
            while let edge = try reading(entries.next()) { try follow(edge.target, hasDocuments ? edge.document : nil) }
        case .documents(let entries, let table, let field):
            try entries.begin(atKey: key)
            while let edge = try reading(entries.next()) {
                guard let document = try table.document(ofNode: edge.document), let value = document[field: field],
                    let target = NodeKey.encode(value)
                else { continue }
                try follow(target, edge.document)
            }
        case .sameKey(let table):
            if try table.document(ofNode: key) != nil { try follow(key, nil) }
        case .field(let field, let table):
            guard let document = try table.document(ofNode: key) else { return }
            for value in field.keys(of: document) {
                if let target = NodeKey.encode(value) { try follow(target, nil) }
            }
        }
    }

    /// Whether edges are documents of their own.
    var hasDocuments: Bool { edgeTable != nil }

    /// The table whose documents the edges are.
    var edgeTable: TableReference? {
        if case .documents(let table, _, _) = relation.edges { table } else { nil }
    }

    /// Numbers the nodes that the edges of a front lead to, and appends those that nobody met before. The keys of the front ascend.
    func expand(
        _ front: [UInt32], into nodes: inout NodeNumbers, found: inout [UInt32], _ execution: Execution,
        afterBatch: (borrowing NodeNumbers) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        guard case .entries(let entries) = way else {
            for source in front {
                try forEachEdge(of: nodes.key(of: Int(source)), execution) { target, _ throws(ReQLError) in
                    let (number, isNew) = target.span.withBytes { nodes.number(of: $0, table: to) }
                    if isNew { found.append(UInt32(truncatingIfNeeded: number)) }
                }
                try afterBatch(nodes)
            }
            return
        }
        // A walk that ran out of memory begins with the level anew.
        entries.leave()
        if let threads = FrontThreads(front, nodes, table: to, entries, execution) {
            while let batch = try threads.next() {
                try execution.check()
                nodes.takeAll(&batch.nodes, table: to) { _, number, isNew in
                    if isNew { found.append(UInt32(truncatingIfNeeded: number)) }
                }
                try afterBatch(nodes)
            }
            return
        }
        var position = 0
        while true {
            try execution.check()
            let isDone = try reading(
                entries.expand(front, from: &position, into: &nodes, table: to, limit: Self.batch, found: &found))
            try afterBatch(nodes)
            if isDone { return }
        }
    }

    /// How many nodes the edges of a front lead to that nobody met before. From now on nothing but this may be asked of the nodes.
    func count(
        _ front: [UInt32], in nodes: inout NodeNumbers, _ execution: Execution,
        afterBatch: (borrowing NodeNumbers) throws(ReQLError) -> Void
    ) throws(ReQLError) -> Int {
        if case .entries(let entries) = way {
            entries.leave()
            if let threads = FrontThreads(front, nodes, table: to, entries, execution) {
                var count = 0
                while let batch = try threads.next() {
                    try execution.check()
                    count += nodes.countNew(of: &batch.nodes, table: to)
                    try afterBatch(nodes)
                }
                return count
            }
        }
        var found: [UInt32] = []
        try expand(front, into: &nodes, found: &found, execution, afterBatch: afterBatch)
        return found.count
    }

    /// The same for all edges that lead to nodes from the number `first` on.
    func expand(
        _ front: [UInt32], into nodes: inout NodeNumbers, since first: Int, links: inout [NodeLink], _ execution: Execution,
        afterBatch: (borrowing NodeNumbers) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        guard case .entries(let entries) = way else {
            for source in front {
                try forEachEdge(of: nodes.key(of: Int(source)), execution) { target, _ throws(ReQLError) in
                    let number = target.span.withBytes { nodes.number(of: $0, table: to) }.number
                    if number >= first { links.append(NodeLink(source: source, target: UInt32(truncatingIfNeeded: number))) }
                }
                try afterBatch(nodes)
            }
            return
        }
        var position = 0
        // A walk that ran out of memory begins with the level anew.
        entries.leave()
        while true {
            try execution.check()
            let isDone = try reading(
                entries.expand(front, from: &position, into: &nodes, table: to, limit: Self.batch, since: first, links: &links))
            try afterBatch(nodes)
            if isDone { return }
        }
    }

    /// How many edges a node has.
    func count(of key: [UInt8], _ execution: Execution) throws(ReQLError) -> Int {
        switch way {
        case .entries(let entries), .documents(let entries, _, _):
            return try key.span.withBytes { key throws(ReQLError) in try reading(entries.count(of: key)) }
        case .field, .sameKey:
            var count = 0
            try forEachEdge(of: key, execution) { _, _ in count += 1 }
            return count
        }
    }
}

extension IndexConfig {
    /// The columns that SQL has made it of; nil for any other, and for one that isn't ready.
    fileprivate var columns: [String]? {
        guard isReady, case .columns(let names, 0) = source else { return nil }
        return names
    }

    fileprivate var isOfColumns: Bool { columns != nil }
}

extension EdgeEntries {
    fileprivate func begin(atKey key: [UInt8]) throws(ReQLError) {
        try key.span.withBytes { key throws(ReQLError) in try reading(begin(at: key)) }
    }
}

extension TableReference {
    /// The document of a node; nil if there is none.
    func document(ofNode key: [UInt8]) throws(ReQLError) -> Datum? {
        try key.span.withBytes { key throws(ReQLError) in try counting(snapshot.document(ofNode: key, in: config)) }
    }
}

extension EdgeSource {
    /// Calls `body` with all edges of the relation in their own direction, so many at a time: from an index that has both ends, else from
    /// the documents.
    func readAll(
        into nodes: inout NodeNumbers, _ execution: Execution, batch: Int,
        _ body: (_ links: [NodeLink], _ nodes: borrowing NodeNumbers) throws(ReQLError) -> Void
    ) throws(ReQLError) {
        var links: [NodeLink] = []
        if case .entries(let entries) = way, isForward {
            entries.leave()
            while true {
                try execution.check()
                links.removeAll(keepingCapacity: true)
                let isDone = try reading(entries.readAll(into: &nodes, from: from, to: to, limit: batch, links: &links))
                try body(links, nodes)
                if isDone { return }
            }
        }
        guard let table = relation.table else { return }
        let cursor = try reading(table.snapshot.documents(in: table.config))
        while let document = try table.counting(cursor.next()) {
            try execution.check()
            for (first, second) in relation.ends(in: document) {
                let source = first.span.withBytes { nodes.number(of: $0, table: from) }.number
                let target = second.span.withBytes { nodes.number(of: $0, table: to) }.number
                links.append(NodeLink(source: UInt32(truncatingIfNeeded: source), target: UInt32(truncatingIfNeeded: target)))
            }
            guard links.count >= batch else { continue }
            try body(links, nodes)
            links.removeAll(keepingCapacity: true)
        }
        try body(links, nodes)
    }
}

extension GraphRelation {
    /// Both ends of each edge that a document is, or has.
    func ends(in document: Datum) -> [(from: [UInt8], to: [UInt8])] {
        switch edges {
        case .documents(_, let first, let second):
            guard let from = document[field: first].flatMap({ NodeKey.encode($0) }),
                let to = document[field: second].flatMap({ NodeKey.encode($0) })
            else { return [] }
            return [(from, to)]
        case .field(let field):
            guard let table = from, let own = document[field: table.config.primaryKey].flatMap({ NodeKey.encode($0) }) else { return [] }
            return field.keys(of: document).compactMap { NodeKey.encode($0) }.map { (own, $0) }
        }
    }
}
