// How a file whose place another one has taken becomes a standby of that one.

extension Catalog {
    /// The position of another file at which the contents of this one left it; nil if they did not come from there, or if this file is a
    /// standby, whose contents are another file's still.
    ///
    /// - Parameter file: its UUID.
    package func origin(of file: String) throws(CatalogError) -> FilePosition? { try isStandby ? nil : store.origin(of: file) }

    /// Whether there are contents, and they come from no other file.
    package func hasOwnContents() throws(CatalogError) -> Bool {
        if try store.appliedPosition() != nil { return false }
        return try store.hasContents()
    }

    /// Whether a standby has nothing that who left the file that it follows at a position hasn't got.
    package func isCovered(by origin: FilePosition) throws(CatalogError) -> Bool {
        try store.appliedPosition()?.isCovered(by: origin) ?? false
    }

    /// Takes what a primary has in the place of what this file has, in one transaction: if anything fails, the file is as it was. Nobody
    /// else writes it meanwhile. Its named states stay. Only what differs is asked for.
    ///
    /// - Parameters:
    ///   - contents: what is known of the contents that are replaced. What nobody else may have of them is on the disk as a text before anything is.
    ///   - path: what the text's name begins with, if it is not the path of the file.
    ///   - note: told of the text once it is there.
    ///   - ask: begins the message that answers a request, or one of everything. There may be a second one, of what the first has shown.
    ///   - next: its next bytes; nil at the end.
    ///   - step: told what is going to be done with the text; what it throws ends all of it.
    /// - Returns: the position that the contents are at then, and how many bytes have come.
    /// - Throws: `.notResumable` if this file did not come by the position; whatever a write throws, and what the closures throw.
    package func comeBack(
        with contents: ReplacedContents, beside path: String? = nil, note: (DivergedText) -> Void, ask: (ReplicaRequest) throws -> Void,
        next: () throws -> [UInt8]?, before step: (DivergedText.Step) throws(CatalogError) -> Void = { _ in }
    ) throws -> (position: FilePosition, byteCount: Int) {
        // From here on nobody else writes, so that what is replaced is what the text was made of.
        var receiver = try store.receiver(replacing: true)
        var request: ReplicaRequest?
        switch contents {
        case .left(let origin):
            let records = try receiver.records(since: origin)
            try keep(records, beside: path, note, step)
            request = ReplicaRequest(since: origin, ranges: records.ranges, empty: records.empty)
        case .compared(let isOwn, let compare):
            let found = try compare(try snapshot())
            if isOwn { try keep(receiver.records(within: found.ranges), beside: path, note, step) }
            request = ReplicaRequest(since: found.since, ranges: found.ranges, empty: WantedRanges())
        }
        var byteCount = 0
        while let asked = request {
            try receiver.ask(asked)
            try ask(asked)
            byteCount += try Self.append(to: &receiver, next)
            request = receiver.lacking
        }
        return (try commit(receiver, byteCount: byteCount), byteCount)
    }

    /// Writes the text of what only this file may have; goes through the records in any case.
    private func keep(
        _ records: KeyValueReplacedRecords, beside path: String?, _ note: (DivergedText) -> Void,
        _ step: (DivergedText.Step) throws(CatalogError) -> Void
    ) throws {
        guard let path = path ?? store.path else { throw CatalogError(.io, "A database in memory has no place for what it alone has.") }
        let text = try DivergedText.write(
            records, of: try snapshot(), beside: path, sealedBy: try store.archiveSealer(), options.encryption, before: step)
        if let text { note(text) }
    }
}

/// What is known of contents that are replaced.
package enum ReplacedContents {
    /// They are an old primary's, which the other file left at that position of this one: what differs here has been born since.
    case left(at: FilePosition)
    /// What differs is found by comparing: `compare` tells a position that the other file had when that began, and where it found differences.
    ///
    /// `isOwn`: whether nobody else may have what the file has there. Of a standby it is another file's.
    case compared(isOwn: Bool, compare: (CatalogSnapshot) throws -> (since: FilePosition, ranges: WantedRanges))
}

/// What a file that is replaced asks for: what was born behind a position, and what there is within ranges.
package struct ReplicaRequest: Sendable {
    package let since: FilePosition
    package let ranges: WantedRanges
    /// Where the file has nothing, and may lack something, which is found by counting: then it is asked for next.
    let empty: WantedRanges
}
