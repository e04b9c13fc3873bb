import Catalog

extension SQLValue {
    /// What its contents take beside the value itself, if they are long.
    var longByteCount: Int {
        switch self {
        case .text(let text): text.utf8.count > 64 ? text.utf8.count : 0
        case .bytes(let bytes): bytes.count
        default: 0
        }
    }
}

extension QueryMemory {
    /// Throws `53200` if there is no room for so many values now: called now and then while they are made.
    static func requireRoom(forValues count: Int) throws(SQLError) {
        do throws(DatumError) { try requireRoom(for: count * MemoryLayout<SQLValue>.stride) } catch { throw SQLError(outOfMemory: error) }
    }
}

extension TextFunctions {
    /// Throws for a text that is too long at all (`54000`), and for one that there is no memory for (`53200`), before it is made.
    static func checkLength(_ byteCount: Int) throws(SQLError) {
        if byteCount > maximumByteCount { throw tooLong }
        do throws(DatumError) { try QueryMemory.requireRoom(for: byteCount) } catch { throw SQLError(outOfMemory: error) }
    }
}

extension SQLError {
    /// A statement, or all queries together, would keep more than their memory.
    init(outOfMemory error: DatumError) {
        // What follows speaks of ReQL's terms.
        let reason = error.message.prefix { $0 != "." }
        self.init(
            SQLState(rawValue: "53200"), "out of memory", detail: "\(reason).",
            hint: "--query-memory and --memory of pando serve, and rethinkdb.limits, say how much it may be.")
    }
}
