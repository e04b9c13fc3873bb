import Ground

/// Puts documents into a text index and takes them out, in the transaction that writes them.
struct TextIndexWriter: Sendable {
    let keys: TextIndexKeys
    let limits: Limits

    /// How much may be pending, and how many segments there may be of one size.
    struct Limits: Sendable, Hashable {
        var pendingDocuments: UInt64 = 1_024
        var pendingBytes: UInt64 = 4 << 20
        var segmentsOfOneSize = 4
        /// How many bytes of blocks a step of a merge reads: then others may write.
        var mergedBytes = 2 << 20
        /// How many times as much may be pending before who writes makes a segment of it, and how many segments there may be before who
        /// writes merges them.
        var pendingLag: UInt64 = 8
        var segments = 64
    }

    init(prefix: [UInt8], limits: Limits = Limits()) {
        keys = TextIndexKeys(prefix: prefix)
        self.limits = limits
    }

    func state(_ store: borrowing KeyValueTransaction) throws(CatalogError) -> TextIndexState {
        guard let bytes = try store.get(keys.state) else { return TextIndexState() }
        guard let state = TextIndexState(bytes) else { throw keys.damaged(keys.state) }
        return state
    }

    func put(_ state: TextIndexState, _ store: inout KeyValueTransaction) throws(CatalogError) {
        try store.put(keys.state, state.encoded)
    }

    /// Brings the words of a document into the index in place of those that it had.
    ///
    /// - Parameters:
    ///   - words: nil if the document is gone, or has no text.
    ///   - key: the document's key, encoded.
    /// - Returns: What the index knows of itself then.
    @discardableResult
    func write(_ words: DocumentWords?, of key: [UInt8], _ store: inout KeyValueTransaction) throws(CatalogError) -> TextIndexState {
        var state = try state(store)
        let before = state
        try write(words.map { DocumentRecord($0) }, of: key, in: &state, &store)
        if state != before { try put(state, &store) }
        return state
    }

    /// The same for one of several: the state is put by whoever has it.
    func write(
        _ record: DocumentRecord?, of key: [UInt8], in state: inout TextIndexState, _ store: inout KeyValueTransaction
    ) throws(CatalogError) {
        let wasThere = try remove(key, from: &state, &store)
        if let record {
            let number = state.nextNumber
            state.nextNumber += 1
            state.documents += 1
            state.length += record.length
            state.pending += 1
            state.pendingBytes += UInt64(record.bytes.count)
            try store.put(keys.number(ofKey: key), TextIndexKeys.bytes(number, 5))
            var document = PackedNumberWriter()
            document.variable(record.length)
            document.append(key)
            try store.put(keys.document(number), document.bytes)
            try store.put(keys.pending(number), record.bytes)
        } else if wasThere {
            _ = try store.delete(keys.number(ofKey: key))
        }
    }

    /// Whether the document is in the index.
    func contains(_ key: [UInt8], _ store: borrowing KeyValueTransaction) throws(CatalogError) -> Bool {
        try store.contains(keys.number(ofKey: key))
    }

    /// Takes out the number that the key has. Answers whether it has one.
    private func remove(_ key: [UInt8], from state: inout TextIndexState, _ store: inout KeyValueTransaction) throws(CatalogError) -> Bool {
        guard let bytes = try store.get(keys.number(ofKey: key)) else { return false }
        let number = TextIndexKeys.number(bytes)
        guard let document = try store.get(keys.document(number)), let length = IndexedDocument(document)?.length else {
            throw keys.damaged(keys.document(number))
        }
        _ = try store.delete(keys.document(number))
        state.documents -= min(1, state.documents)
        state.length -= min(length, state.length)
        guard let index = state.segment(of: number) else {
            let size = try store.get(keys.pending(number))?.count ?? 0
            _ = try store.delete(keys.pending(number))
            state.pending -= min(1, state.pending)
            state.pendingBytes -= min(UInt64(size), state.pendingBytes)
            return true
        }
        let (chunk, bit) = number.quotientAndRemainder(dividingBy: TextIndexKeys.bitsPerChunk)
        let deadKey = keys.dead(state.segments[index].id, chunk: chunk)
        var bits = try store.get(deadKey) ?? [UInt8](repeating: 0, count: Int(TextIndexKeys.bitsPerChunk / 8))
        guard bits.count == Int(TextIndexKeys.bitsPerChunk / 8) else { throw keys.damaged(deadKey) }
        bits[Int(bit / 8)] |= 1 << UInt8(bit % 8)
        try store.put(deadKey, bits)
        state.segments[index].dead += 1
        return true
    }

    /// Takes everything out.
    func removeAll(_ store: inout KeyValueTransaction) throws(CatalogError) {
        _ = try store.delete(.prefix(keys.prefix))
    }
}

/// A document of the index: the value at its number.
struct IndexedDocument {
    let length: UInt64
    /// Its primary key, encoded.
    let key: [UInt8]

    init?(_ bytes: [UInt8]) {
        var reader = PackedNumberReader(bytes)
        guard let length = reader.variable(), length < DocumentWords.countLimit else { return nil }
        self.length = length
        key = Array(bytes[reader.place...])
    }
}

extension TextIndexKeys {
    func damaged(_ key: [UInt8]) -> CatalogError {
        let part = key.dropFirst(prefix.count).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return CatalogError(.corrupt, "The text index is damaged at \(part). Drop it and make it again.")
    }
}

extension KeyValueTransaction {
    mutating func put(_ key: [UInt8], _ value: [UInt8]) throws(CatalogError) {
        _ = try put(key.span, value.span)
    }
}
