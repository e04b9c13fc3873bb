/// The result of a backup of what has changed.
public struct DeltaSummary: Sendable, Hashable {
    /// The states that the delta leads from and to.
    public let since: FilePosition
    public let to: FilePosition
    /// Records that are in the delta.
    public let records: UInt64
    public let fileBytes: UInt64
}

extension Catalog {
    /// Writes what has changed since an earlier backup to a file of its own, while others read and write. Of an encrypted file it is sealed
    /// under the same keys.
    ///
    /// - Parameter previous: a copy that ``backup(to:replacing:)`` has made and nobody has written to, or a delta.
    /// - Throws: `.notResumable` if this file did not come by the state that `previous` has; `.malformedArchive` if that is a damaged
    ///   delta; `.corrupt` if a page is damaged; `.diskFull`, `.io`. Then there is no file.
    public func backupDelta(to path: String, since previous: String) throws(CatalogError) -> DeltaSummary {
        var base: KeyValueStore?
        let since: FilePosition
        if try DeltaFile.isDelta(previous) {
            since = try DeltaFile(path: previous, encryption: options.encryption).ends().to
        } else {
            var options = CatalogOptions()
            options.readOnly = true
            options.create = false
            options.encryption = self.options.encryption
            let copy = try KeyValueStore.open(path: previous, options: options)
            since = try copy.position()
            base = copy
        }
        let delta = try store.delta(since: since, witness: base)
        let byteCount = try DeltaFile(path: path, encryption: options.encryption).write(delta, store.archiveSealer())
        return DeltaSummary(since: since, to: delta.to, records: delta.writtenRecords, fileBytes: byteCount)
    }

    /// Makes a file of a copy and the deltas that follow it, and checks it.
    ///
    /// - Parameters:
    ///   - base: what ``backup(to:replacing:)`` has made; it stays as it is.
    ///   - deltas: in the order in which they were made.
    ///   - target: the new file, which gets its name when it has been checked.
    ///   - encryption: the key of all of them, if they are encrypted; the new file has the keys of `base`.
    ///   - replacing: whether a file at `target` may be replaced.
    /// - Throws: `.malformedArchive` if a delta is damaged, cut off, or does not follow what is before it; `.corrupt` if the result is not
    ///   sound; `.io` if `target` is a delta, which is never replaced. Then there is no new file.
    public static func restoreChain(
        base: String, deltas: [String], to target: String, encryption: FileEncryption? = nil, replacing: Bool = false
    ) throws(CatalogError) -> CheckReport {
        // Where the name of the new file is forgotten, the last delta stands in its place.
        if OpenFile.exists(target), try DeltaFile.isDelta(target) {
            throw CatalogError(.io, "\(target) is a delta or an archive, which is not replaced; name the new file behind the deltas.")
        }
        var reading = CatalogOptions()
        reading.readOnly = true
        reading.create = false
        reading.encryption = encryption
        let temporary = target + ".restoring"
        let copied = try KeyValueStore.open(path: base, options: reading)
        let position = try copied.position()
        _ = try copied.backup(to: temporary, replacing: true)
        do throws(CatalogError) {
            var options = CatalogOptions()
            options.create = false
            options.encryption = encryption
            let catalog = try Catalog.open(path: temporary, options: options)
            try catalog.store.noteCopy(of: position)
            for path in deltas { _ = try DeltaFile(path: path, encryption: encryption).apply(to: catalog.store) }
            try catalog.store.forgetAppliedPosition()
            let report = try catalog.check()
            guard report.isSound else {
                throw CatalogError(.corrupt, "What came of the copy and the deltas is not sound: \(report.problems.first ?? "")")
            }
            try catalog.close()
            if OpenFile.exists(target) && !replacing { throw CatalogError(.io, "There is a file at \(target) already.") }
            try OpenFile.move(temporary, to: target)
            return report
        } catch {
            OpenFile.remove(temporary)
            throw error
        }
    }
}
