import BTreeStore

// Keys and values as arrays, which tests have; and a plain requirement, cheaper than the macro where there are millions.

extension Snapshot {
    func get(_ key: [UInt8]) throws -> StoredBytes? { try get(key.span) }
    func rank(of key: [UInt8]) throws -> UInt64 { try rank(of: key.span) }
}

extension Cursor {
    mutating func seek(to key: [UInt8]) { seek(to: key.span) }

    func isAt(_ expected: [UInt8]) -> Bool {
        let key = self.key
        return key.count == expected.count && key.indices.allSatisfy { key[$0] == expected[$0] }
    }

    var keyCopy: [UInt8] {
        let key = self.key
        return key.indices.map { key[$0] }
    }
}

extension WriteTransaction {
    @discardableResult
    mutating func put(_ key: [UInt8], _ value: [UInt8]) throws -> Bool { try put(key.span, value.span) }

    mutating func append(_ key: [UInt8], _ value: [UInt8]) throws { try append(key.span, value.span) }

    @discardableResult
    mutating func delete(_ key: [UInt8]) throws -> Bool { try delete(key.span) }

    mutating func delete(_ range: KeyRange, expecting count: UInt64) throws {
        let removed = try delete(range)
        try require(removed == count, "\(removed) records instead of \(count)")
    }

    func get(_ key: [UInt8]) throws -> StoredBytes? { try get(key.span) }
}

struct Disagreement: Error, CustomStringConvertible {
    var description: String
}

func require(_ condition: Bool, _ what: @autoclosure () -> String = "", line: Int = #line) throws {
    if !condition { throw Disagreement(description: "line \(line): \(what())") }
}
