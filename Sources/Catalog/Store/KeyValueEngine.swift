package import Ground

// What Catalog asks of an existing engine that keeps its records in place of the file: an ordered table of bytes, states of it that don't
// change, and one message that commits. What a transaction has changed is held here until then (StoreSeam+Engine.swift), so the engine never
// sees half of one, and need not be asked what it has seen.

/// An ordered table of keys and values somewhere else, of which one process has the right to write.
package protocol KeyValueEngine: AnyObject, Sendable {
    /// For messages.
    var name: String { get }
    /// The UUID of what the table holds, in place of a file's.
    var id: String { get }
    /// How often it was opened for writing.
    var opening: UInt64 { get }
    var isReadOnly: Bool { get }
    /// The newest committed state.
    func view() throws(CatalogError) -> any EngineView
    /// Makes changes visible at once. Returns when it is known what became of them.
    ///
    /// - Parameter number: the number of the state that they were made on, which has to be the newest still.
    /// - Returns: the number of the state that has them.
    /// - Throws: if they were not made; `.writesStopped` if another process has the right to write now.
    func commit(_ changes: EngineChanges, after number: UInt64, _ durability: Durability) throws(CatalogError) -> UInt64
    /// What the table takes on the engine's disk.
    func byteCount() throws(CatalogError) -> UInt64
    /// Gives up the right to write. Views that are still there can be read.
    func close()
}

/// A state of an engine, for as long as it is held. For any number of threads.
package protocol EngineView: AnyObject, Sendable {
    /// Grows with each commit.
    var number: UInt64 { get }
    /// False once its connection is lost; another view may do.
    var isUsable: Bool { get }
    /// The rows of those keys that there are, in any order.
    func rows(of keys: [[UInt8]]) throws(CatalogError) -> EngineRows
    func page(_ page: EnginePage) throws(CatalogError) -> EngineRows
    func count(from lower: [UInt8], to upper: [UInt8]?) throws(CatalogError) -> Int
}

/// A part of the rows of a range: those of a half-open interval of keys, as ``KeyInterval`` has it.
package struct EnginePage: Sendable {
    package var lower: [UInt8]
    package var upper: [UInt8]?
    package var isReversed = false
    /// How many rows are passed over first.
    package var skipped = 0
    package var limit: Int
    /// Whether values are left out.
    package var onlyKeys = false
}

/// What a transaction has changed, each key once, in ascending order.
package struct EngineChanges: Sendable {
    package var puts: [(key: [UInt8], value: [UInt8])] = []
    package var deletes: [[UInt8]] = []

    package init() {}
    package var isEmpty: Bool { puts.isEmpty && deletes.isEmpty }
}

/// Rows as they came, in one buffer. Whoever keeps a row of it keeps them all.
package final class EngineRows: Sendable {
    fileprivate struct Place: BitwiseCopyable {
        var start: Int
        var keyCount: Int
        var valueCount: Int
    }

    private let buffer: ByteBuffer
    private let places: [Place]

    /// Adds rows one after the other.
    package struct Builder {
        fileprivate var buffer = ByteBuffer()
        fileprivate var places: [Place] = []

        package init() {}

        package mutating func append(_ key: [UInt8], _ value: [UInt8]) {
            places.append(Place(start: buffer.count, keyCount: key.count, valueCount: value.count))
            buffer.append(key)
            buffer.append(value)
        }
    }

    package init(_ builder: consuming Builder) {
        buffer = builder.buffer
        places = builder.places
    }

    package static let none = EngineRows(Builder())

    package var count: Int { places.count }
    package var byteCount: Int { buffer.count }

    /// Good while this object lives.
    package func key(_ index: Int) -> Bytes {
        let place = places[index]
        return buffer.raw[place.start..<place.start + place.keyCount]
    }

    /// Good while this object lives.
    package func value(_ index: Int) -> Bytes {
        let place = places[index]
        let start = place.start + place.keyCount
        return buffer.raw[start..<start + place.valueCount]
    }
}
