import Ground

/// Reads a whole text index and says what in it contradicts itself.
struct TextIndexCheck {
    private let keys: TextIndexKeys
    private let snapshot: KeyValueSnapshot
    private var problems: [String] = []
    /// The documents that are there, by their numbers.
    private var documents: [UInt64: IndexedDocument] = [:]
    /// How many words of each document in a segment are in its blocks.
    private var found: [UInt64: UInt64] = [:]

    private static let problemLimit = 100

    static func problems(prefix: [UInt8], _ snapshot: KeyValueSnapshot) throws(CatalogError) -> [String] {
        var check = TextIndexCheck(keys: TextIndexKeys(prefix: prefix), snapshot: snapshot)
        try check.run()
        return check.problems
    }

    private init(keys: TextIndexKeys, snapshot: KeyValueSnapshot) {
        self.keys = keys
        self.snapshot = snapshot
    }

    private mutating func note(_ problem: String) {
        if problems.count < Self.problemLimit { problems.append(problem) }
    }

    private mutating func run() throws(CatalogError) {
        guard let value = try snapshot.get(keys.state) else {
            if try snapshot.count(.prefix(keys.prefix)) > 0 { note("The text index has no state.") }
            return
        }
        guard let state = TextIndexState(value.bytes) else { return note("The state of the text index can't be read.") }
        try checkDocuments(state)
        try checkPending(state)
        var last: UInt64?
        for segment in state.segments {
            if segment.first > segment.last || last.map({ $0 >= segment.first }) ?? false {
                note("Segment \(segment.id) of the text index has numbers of another.")
            }
            last = segment.last
            try check(segment)
        }
        try checkMerge(state)
        for (number, document) in documents where state.segment(of: number) != nil && found[number, default: 0] != document.length {
            note("Document \(number) of the text index has \(document.length) words, and its segment \(found[number, default: 0]).")
        }
    }

    private mutating func checkDocuments(_ state: TextIndexState) throws(CatalogError) {
        var length: UInt64 = 0
        var cursor = try snapshot.cursor(keys.documents)
        while try cursor.next() {
            let number = TextIndexKeys.number(cursor.keyBytes.suffix(5))
            guard let document = IndexedDocument(try cursor.value.bytes) else {
                note("Document \(number) of the text index can't be read.")
                continue
            }
            documents[number] = document
            length &+= document.length
            if number >= state.nextNumber { note("Document \(number) of the text index has a number that was not given yet.") }
            if try snapshot.get(keys.number(ofKey: document.key))?.bytes != TextIndexKeys.bytes(number, 5) {
                note("The key of document \(number) of the text index leads to another number.")
            }
        }
        let keyCount = try snapshot.count(.prefix(keys.number(ofKey: [])))
        if keyCount != documents.count { note("The text index has \(documents.count) documents, and \(keyCount) keys.") }
        if UInt64(documents.count) != state.documents || length != state.length {
            note(
                "The text index has \(documents.count) documents of \(length) words; its state says \(state.documents) of \(state.length).")
        }
    }

    private mutating func checkPending(_ state: TextIndexState) throws(CatalogError) {
        var count: UInt64 = 0
        var size: UInt64 = 0
        var cursor = try snapshot.cursor(keys.pending)
        while try cursor.next() {
            let number = TextIndexKeys.number(cursor.keyBytes.suffix(5))
            let bytes = try cursor.value.bytes
            count += 1
            size += UInt64(bytes.count)
            guard let words = DocumentWords(bytes) else {
                note("The words of document \(number) of the text index can't be read.")
                continue
            }
            if state.segment(of: number) != nil { note("Document \(number) of the text index is pending and in a segment.") }
            if documents[number]?.length != words.length { note("Document \(number) of the text index is not as long as its words say.") }
            for (word, next) in zip(words.words, words.words.dropFirst()) where !word.term.lexicographicallyPrecedes(next.term) {
                note("The words of document \(number) of the text index are not in order.")
            }
        }
        let pending = documents.keys.count { state.segment(of: $0) == nil }
        if count != state.pending || size != state.pendingBytes || UInt64(pending) != count {
            note(
                "The text index has \(count) pending documents of \(size) bytes; its state says \(state.pending) of \(state.pendingBytes).")
        }
    }

    private mutating func check(_ segment: TextIndexState.Segment) throws(CatalogError) {
        let dead = DeadDocuments(keys, [segment], snapshot)
        var deadCount: UInt64 = 0
        var deadCursor = try snapshot.cursor(keys.dead(segment.id))
        while try deadCursor.next() {
            let bits = try deadCursor.value.bytes
            deadCount += bits.reduce(0) { $0 + UInt64($1.nonzeroBitCount) }
        }
        let living = documents.keys.count { $0 >= segment.first && $0 <= segment.last }
        if deadCount != segment.dead || UInt64(living) + deadCount != segment.documents {
            note("Segment \(segment.id) of the text index has \(living) documents and \(deadCount) gone ones; its state says otherwise.")
        }
        try checkKeys(segment)
        try checkLengths(segment)
        var places: [UInt64] = []
        let lists = try SegmentLists(keys, segment, snapshot)
        var before: (word: [UInt8], last: UInt64)?
        while true {
            do throws(CatalogError) {
                guard try lists.next() else { break }
            } catch {
                note("A record of segment \(segment.id) of the text index can't be read.")
                // The lists behind it in its record can't be told.
                break
            }
            let (word, last) = (lists.word, lists.last)
            let name = "List \(last) of `\(String(decoding: word, as: UTF8.self))` in segment \(segment.id) of the text index"
            let list = lists.list
            var postings = PostingBlock.Documents()
            guard let head = list.head, list.appendDocuments(head, to: &postings) else {
                note("\(name) can't be read.")
                continue
            }
            if postings.numbers[0] < segment.first || last > segment.last { note("\(name) has documents of another segment.") }
            if let before, word == before.word ? before.last >= postings.numbers[0] : !before.word.lexicographicallyPrecedes(word) {
                note("\(name) is not behind the one before it.")
            }
            before = (word, last)
            let reader = try list.placeReader(head, postings, snapshot)
            if reader == nil { note("\(name) has no places that can be read.") }
            let bounds = head.isFew ? nil : PostingBlock.bounds(list.bytes, in: list.postings, head)
            for index in 0..<postings.count {
                let (number, count) = (postings.numbers[index], postings.counts[index])
                places.removeAll(keepingCapacity: true)
                reader?.append(index, to: &places)
                if reader != nil, places.isEmpty || UInt64(places.count) > count { note("\(name) has not as many places as it says.") }
                if let document = documents[number] {
                    found[number, default: 0] &+= count
                    let length = DocumentLength.byte(document.length)
                    if let bounds, !bounds.contains(where: { $0.count >= count && $0.length <= length }) {
                        note("\(name) has a document above its bounds.")
                    }
                } else if try !dead.contains(number) {
                    note("\(name) has document \(number), which there is not.")
                }
            }
        }
    }

    /// Whether the lengths that stand beside a segment's lists are those of its documents.
    private mutating func checkLengths(_ segment: TextIndexState.Segment) throws(CatalogError) {
        guard segment.format == .plain else { return }
        let lengths = DocumentLengths(keys, [segment], snapshot)
        for (number, document) in documents where segment.first <= number && number <= segment.last {
            let length: UInt8
            do throws(CatalogError) { length = try lengths.byte(of: number) } catch {
                note("Segment \(segment.id) of the text index has lengths that can't be read.")
                return
            }
            if length != DocumentLength.byte(document.length) {
                note("Segment \(segment.id) of the text index has another length of document \(number).")
            }
        }
    }

    /// Whether records say in their keys what their last list is, and have their places.
    private mutating func checkKeys(_ segment: TextIndexState.Segment) throws(CatalogError) {
        let part = keys.postings(segment.id)
        let places = try snapshot.count(.prefix(keys.positions(segment.id)))
        if segment.format == .separate {
            let records = try snapshot.count(.prefix(part))
            if places != records { note("Segment \(segment.id) of the text index has \(records) lists, and \(places) of places.") }
            return
        }
        if places > 0 { note("Segment \(segment.id) of the text index has \(places) lists of places.") }
        var records: UInt64 = 0
        var cursor = try snapshot.cursor(.prefix(part))
        while try cursor.next() {
            records += 1
            guard var lists = WordBlockReader(try cursor.value.bytes) else { continue }
            while lists.next() == .list {}
            if cursor.keyBytes != TextIndexKeys.block(part, lists.word, last: lists.last) {
                note("A record of segment \(segment.id) of the text index has another last word than its key.")
            }
        }
        if records != segment.records {
            note("Segment \(segment.id) of the text index has \(records) records; its state says \(segment.records).")
        }
    }

    /// What a merge has written until now, and whether all blocks are some segment's.
    private mutating func checkMerge(_ state: TextIndexState) throws(CatalogError) {
        var known = state.segments.map(\.id)
        if let value = try snapshot.get(keys.merge) {
            guard let merge = SegmentMerge(value.bytes), merge.range(in: state) != nil, !known.contains(merge.id),
                merge.id < state.nextSegment
            else { return note("The merge that goes on in the text index is none of its segments.") }
            known.append(merge.id)
            var dead: UInt64 = 0
            var cursor = try snapshot.cursor(keys.dead(merge.id))
            while try cursor.next() { dead += try cursor.value.bytes.reduce(0) { $0 + UInt64($1.nonzeroBitCount) } }
            let blocks = try snapshot.count(.prefix(keys.postings(merge.id)))
            if dead != merge.dead || UInt64(blocks) != merge.blocks {
                note("Segment \(merge.id) of the text index, which is being made, has not as much as it says.")
            }
        }
        var segments = 0
        var dead = 0
        var lengths = 0
        for id in known {
            segments += try snapshot.count(keys.segment(id))
            dead += try snapshot.count(keys.dead(id))
            lengths += try snapshot.count(keys.lengths(id))
        }
        let allSegments = try snapshot.count(keys.segments)
        let allDead = try snapshot.count(keys.dead)
        let allLengths = try snapshot.count(keys.lengths)
        if allSegments != segments || allDead != dead || allLengths != lengths {
            note("The text index has blocks of segments that there are not.")
        }
    }
}
