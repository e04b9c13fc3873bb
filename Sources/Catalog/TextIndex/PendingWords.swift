import Synchronization

/// The pending documents of a text index as they were read last: most of them are there the next time, too.
///
/// A record is known by its number and its bytes, for a transaction that is rolled back may leave its numbers to another.
final class PendingWords: Sendable {
    private struct Known {
        let record: [UInt8]
        let words: DocumentWords
    }

    private let known = Mutex<[UInt64: Known]>([:])

    /// All documents that are pending in a state, by their numbers.
    func documents(_ keys: TextIndexKeys, _ snapshot: KeyValueSnapshot) throws(CatalogError) -> [(number: UInt64, words: DocumentWords)] {
        var before = known.withLock { $0 }
        var now: [UInt64: Known] = [:]
        var documents: [(number: UInt64, words: DocumentWords)] = []
        var cursor = try snapshot.cursor(keys.pending)
        while try cursor.next() {
            let key = cursor.keyBytes
            let number = TextIndexKeys.number(key.suffix(5))
            let record = try cursor.value.bytes
            let document: Known
            if let found = before.removeValue(forKey: number), found.record == record {
                document = found
            } else {
                guard let words = DocumentWords(record) else { throw keys.damaged(key) }
                document = Known(record: record, words: words)
            }
            now[number] = document
            documents.append((number, document.words))
        }
        let kept = now
        known.withLock { $0 = kept }
        return documents
    }
}
