import Ground

/// Groups by fields, and numbers that other fields have, read where they lie: what is counted and added up of documents that pass.
///
/// A document whose group is not known yet is handed out; who finds its group says which by ``assignIfNamed(_:)``. So is one of which a
/// field doesn't tell its number.
package struct StoredTallies: DocumentConsumer {
    /// What is wanted of a field. Where it is null or not there, it has no number.
    package enum Form: Sendable {
        /// Its number.
        ///
        /// - Parameter othersCount: whether other kinds have to be looked at; otherwise they are like null.
        case number(othersCount: Bool)
        /// Its number if that is the double and nothing more; all others have to be looked at.
        case exactNumber
        /// One, whatever it is.
        case presence
    }

    private var keys: [FieldFinder]
    private var fields: [FieldFinder]
    private let forms: [Form]
    private var positions = GroupPositions()
    /// Of each document its group, as it was assigned, and its numbers: NaN where a field has none.
    package private(set) var groups: [Int32] = []
    package private(set) var numbers: [Double] = []
    /// The values of several keys side by side.
    private var key = ByteBuffer()
    private let null = Datum("null")

    /// - Parameter keys: the fields to group by; without any, all documents are of group 0.
    package init(by keys: [String], _ fields: [(name: String, form: Form)]) {
        self.keys = keys.map { FieldFinder($0) }
        self.fields = fields.map { FieldFinder($0.name) }
        forms = fields.map(\.form)
    }

    /// Forgets what was read, and not the groups.
    package mutating func removeAll() {
        groups.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
    }

    @inline(__always) mutating func take(_ document: StoredDocument) -> Bool {
        var group: Int32 = 0
        if !keys.isEmpty {
            guard let known = self.group(of: document) else { return false }
            group = known
        }
        let start = numbers.count
        for index in fields.indices {
            guard let number = Self.number(fields[index].json(in: document), forms[index]) else {
                numbers.removeSubrange(start...)
                positions.forgetKept()
                return false
            }
            numbers.append(number)
        }
        groups.append(group)
        return true
    }

    @inline(__always) private mutating func group(of document: StoredDocument) -> Int32? {
        // What has no such field groups with null.
        if keys.count == 1 {
            let json = keys[0].json(in: document) ?? null.withBytes { $0 }
            return positions.position(of: json) ?? keep(json, isNamed: GroupPositions.hasOneText(json))
        }
        key.removeAll()
        var isNamed = true
        for index in keys.indices {
            let json = keys[index].json(in: document) ?? null.withBytes { $0 }
            isNamed = isNamed && GroupPositions.hasOneText(json)
            key.append(json)
            // Behind a value of JSON no other one goes on.
            key.append(UInt8(ascii: ","))
        }
        return positions.position(of: key.raw) ?? keep(key.raw, isNamed: isNamed)
    }

    @inline(never) private mutating func keep(_ group: Bytes, isNamed: Bool) -> Int32? {
        positions.keep(group, isNamed: isNamed)
        return nil
    }

    /// NaN for none, nil if the document has to be looked at.
    @inline(__always) private static func number(_ json: Bytes?, _ form: Form) -> Double? {
        guard let json, case let first = json[0], first != UInt8(ascii: "n") else { return .nan }
        if case .presence = form { return 1 }
        guard first &- 0x30 < 10 || first == UInt8(ascii: "-") else {
            if case .number(othersCount: false) = form { return .nan }
            return nil
        }
        guard let number = StoredScalar.storedNumber(json), number.isFinite else { return nil }
        if case .exactNumber = form, !JSONParser.isShownBriefly(number, json.count) { return nil }
        return number
    }

    /// Says to which group the document belongs that was handed out last. False if its text doesn't say which group it is, or it was handed
    /// out for another reason.
    package mutating func assignIfNamed(_ group: Int) -> Bool { positions.setKept(group) }
}
