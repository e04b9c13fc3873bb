import Ground

/// What a commit tells of a table, as bytes.
///
/// An event is a byte for its kind, and the table's id. Numbers have eight bytes, and what has a length has it before it. Many changes are told
/// as several events, of which each part has whole ones: so nobody needs all of the bytes at once.
enum EngineNews {
    struct Event {
        let table: String
        let event: WatchEvent
    }

    /// Bytes of documents that one commit tells at most; of a table that has more it tells how many they are. It is what one feed keeps. A single
    /// change is told, however large.
    static let largestByteCount = 64 << 20
    /// An event ends with so many bytes of changes.
    private static let eventByteCount = 1 << 20
    /// What a change takes beside its key and its documents.
    private static let changeByteCount = 24

    private enum Kind: UInt8 {
        case changed, overran, tableDropped, indexDropped, metadataChanged, tableRekeyed
    }

    static func append(_ event: WatchEvent, ofTable table: String, to parts: inout NewsParts) {
        guard case .changed(let changes, let commit) = event else {
            var bytes: [UInt8] = []
            append(event, ofTable: table, to: &bytes)
            return parts.append(bytes)
        }
        let byteCount = changes.reduce(0) { $0 + self.byteCount(of: $1) }
        guard parts.byteCount + byteCount <= largestByteCount || parts.isEmpty && changes.count == 1 else {
            return append(.overran(changes.count), ofTable: table, to: &parts)
        }
        var rest = changes[...]
        while !rest.isEmpty {
            var (count, sum) = (0, 0)
            while count < rest.count, sum < eventByteCount {
                sum += self.byteCount(of: rest[rest.startIndex + count])
                count += 1
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(sum + table.utf8.count + 64)
            append(.changed(Array(rest.prefix(count)), commit), ofTable: table, to: &bytes)
            parts.append(bytes)
            rest = rest.dropFirst(count)
        }
    }

    private static func byteCount(of change: DocumentChange) -> Int { changeByteCount + change.key.count + change.byteCount }

    private static func append(_ event: WatchEvent, ofTable table: String, to bytes: inout [UInt8]) {
        func begin(_ kind: Kind) {
            bytes.append(kind.rawValue)
            append(Array(table.utf8), to: &bytes)
        }
        switch event {
        case .changed(let changes, let commit):
            begin(.changed)
            append(commit.opening, to: &bytes)
            append(commit.sequence, to: &bytes)
            append(UInt64(changes.count), to: &bytes)
            for change in changes {
                append(change.key, to: &bytes)
                for document in [change.oldBytes, change.newBytes] {
                    // No document is of no bytes.
                    append(document ?? [], to: &bytes)
                }
            }
        case .overran(let count):
            begin(.overran)
            append(UInt64(count), to: &bytes)
        case .tableDropped: begin(.tableDropped)
        case .tableRekeyed: begin(.tableRekeyed)
        case .indexDropped(let id):
            begin(.indexDropped)
            append(Array(id.utf8), to: &bytes)
        case .metadataChanged: begin(.metadataChanged)
        case .renewed, .closed: break
        }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(place)))) }
    }

    private static func append(_ part: [UInt8], to bytes: inout [UInt8]) {
        append(UInt64(part.count), to: &bytes)
        bytes += part
    }

    /// The events of one commit, put together from the pieces that tell of it.
    struct Assembly {
        private var events: [Event] = []
        /// What a table's changes are so far: all that a commit did to it is told at once.
        private var changed: (table: String, changes: [DocumentChange], commit: CommitNumber)?
        /// Bytes of an event whose end has not come, and how many it has at least.
        private var rest: [UInt8] = []
        private var neededCount = 0

        /// Throws `.corrupt` for what is none.
        mutating func append(_ piece: [UInt8]) throws(CatalogError) {
            rest += piece
            guard rest.count >= neededCount else { return }
            var reader = Reader(bytes: rest)
            var end = 0
            while !reader.isAtEnd {
                do throws(Unread) { add(try reader.event()) } catch {
                    guard case .ended(let count) = error else { throw Self.damaged }
                    neededCount = count - end
                    break
                }
                end = reader.position
            }
            rest.removeFirst(end)
            if rest.isEmpty { neededCount = 0 }
        }

        private mutating func add(_ event: Event) {
            if case .changed(let changes, let commit) = event.event {
                if changed?.table == event.table, changed?.commit == commit {
                    changed?.changes += changes
                    return
                }
                endChanges()
                changed = (event.table, changes, commit)
            } else {
                endChanges()
                events.append(event)
            }
        }

        private mutating func endChanges() {
            guard let (table, changes, commit) = changed.take() else { return }
            events.append(Event(table: table, event: .changed(changes, commit)))
        }

        /// All of them. Throws `.corrupt` if the last one has no end.
        mutating func takeAll() throws(CatalogError) -> [Event] {
            guard rest.isEmpty else { throw Self.damaged }
            endChanges()
            return exchange(&events, with: [])
        }

        private static let damaged = CatalogError(
            .corrupt, "What another process tells of its commits can't be read. Is it of another version?")
    }

    /// Why there is no event.
    private enum Unread: Error {
        /// There are at least so many bytes of it and what is before it.
        case ended(Int)
        case damaged
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func event() throws(Unread) -> Event {
            let kind = Kind(rawValue: try byte())
            if kind == nil { throw .damaged }
            let table = try text()
            let event: WatchEvent
            switch kind {
            case .changed:
                let commit = CommitNumber(opening: try number(), sequence: try number())
                var changes: [DocumentChange] = []
                for _ in 0..<(try number()) {
                    let key = try part()
                    let (old, new) = (try part(), try part())
                    changes.append(DocumentChange(key: key, oldBytes: old.isEmpty ? nil : old, newBytes: new.isEmpty ? nil : new))
                }
                event = .changed(changes, commit)
            case .overran: event = .overran(Int(clamping: try number()))
            case .tableDropped: event = .tableDropped
            case .tableRekeyed: event = .tableRekeyed
            case .indexDropped: event = .indexDropped(try text())
            case .metadataChanged: event = .metadataChanged
            case nil: throw .damaged
            }
            return Event(table: table, event: event)
        }

        /// Throws unless so many bytes are there.
        private func require(_ count: UInt64) throws(Unread) {
            guard count > UInt64(bytes.count - position) else { return }
            // No part is so long that a process could have had it.
            guard count <= 1 << 40 else { throw .damaged }
            throw .ended(position + Int(count))
        }

        private mutating func byte() throws(Unread) -> UInt8 {
            try require(1)
            defer { position += 1 }
            return bytes[position]
        }

        private mutating func number() throws(Unread) -> UInt64 {
            try require(8)
            defer { position += 8 }
            return bytes[position..<position + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }

        private mutating func part() throws(Unread) -> [UInt8] {
            let count = try number()
            try require(count)
            defer { position += Int(count) }
            return Array(bytes[position..<position + Int(count)])
        }

        private mutating func text() throws(Unread) -> String { String(decoding: try part(), as: UTF8.self) }
    }
}
