import Ground

extension CatalogSnapshot {
    /// Writes databases and tables as a POSIX tar archive in RethinkDB's layout, all from this snapshot.
    ///
    /// The archive goes out in order and in pieces, so it may be a pipe; memory stays the same whatever its size. Each table is walked
    /// twice: a tar header has the size of what follows. Of an engine's tables the second walk is spared where the archive is a plain file.
    ///
    /// - Parameters:
    ///   - selection: what to dump; nothing means everything.
    ///   - compression: how; with `.gzip` two threads compress.
    ///   - root: the folder inside the archive; `nil`: `pando_dump_` and the time.
    ///   - progress: called now and then with the rows written; what it throws ends the dump.
    ///   - sink: takes each piece; what it throws ends the dump.
    /// - Throws: `.databaseNotFound` or `.tableNotFound` for a selection that isn't there, before anything is written.
    @discardableResult
    public func dump(
        _ selection: [ArchiveSelection] = [], compression: ArchiveCompression = .none, root: String? = nil,
        progress: (ArchiveProgress) throws(CatalogError) -> Void = { _ in }, to sink: (borrowing Span<UInt8>) throws(CatalogError) -> Void
    ) throws(CatalogError) -> ArchiveSummary {
        try dump(selection, compression, nil, root, progress, sink)
    }

    /// - Parameter file: where `sink` puts the bytes as they are, if that may be changed afterwards.
    private func dump(
        _ selection: [ArchiveSelection], _ compression: ArchiveCompression, _ file: OpenFile?, _ root: String?,
        _ progress: (ArchiveProgress) throws(CatalogError) -> Void, _ sink: (borrowing Span<UInt8>) throws(CatalogError) -> Void
    ) throws(CatalogError) -> ArchiveSummary {
        try requirePresent(selection)
        let now = WallClock.milliseconds
        var output = ArchiveOutput(modified: UInt64(now), compression, file)
        let root = root ?? ArchiveNames.root(at: now)
        var summary = ArchiveSummary()
        for database in try databases() where selection.covers(database: database.name) {
            let tables = try tables(in: database).filter { selection.covers(table: $0.name, in: database.name) }
            try output.file(
                ArchiveNames.database(database.name, root), try database.archived(with: tables, try archivedObjects(in: database)), to: sink
            )
            for table in tables {
                let count = try documentCount(in: table)
                try output.file(
                    ArchiveNames.info(table.name, database.name, root), try table.info(documentCount: count, indexEvaluators.functions),
                    to: sink)
                try dumpRows(of: table, count: count, at: ArchiveNames.rows(table.name, database.name, root), &output, progress, sink)
                summary.rows += count
            }
            summary.databases += 1
            summary.tables += tables.count
        }
        try output.finish(to: sink)
        return summary
    }

    /// The same, sealed.
    @discardableResult
    public func dump(
        _ selection: [ArchiveSelection] = [], compression: ArchiveCompression = .none, root: String? = nil, sealedBy sealer: ArchiveSealer,
        progress: (ArchiveProgress) throws(CatalogError) -> Void = { _ in }, to sink: (borrowing Span<UInt8>) throws(CatalogError) -> Void
    ) throws(CatalogError) -> ArchiveSummary {
        var sealed = ByteBuffer()
        let summary = try dump(selection, compression: compression, root: root, progress: progress) { bytes throws(CatalogError) in
            sealer.append(bytes, to: &sealed)
            try sink(sealed.span)
            sealed.removeAll()
        }
        sealer.finish(to: &sealed)
        try sink(sealed.span)
        return summary
    }

    /// Dumps into a file. It is written under another name beside it and renamed when it is whole and on the disk, so a file of that
    /// name is either the old one or a complete archive. Throws `.io` if there is one and `overwriting` is false.
    /// - Parameter compression: `nil`: gzip if the name ends in `.gz` or `.tgz`.
    @discardableResult
    public func dump(
        _ selection: [ArchiveSelection] = [], toFile path: String, overwriting: Bool = false, compression: ArchiveCompression? = nil,
        root: String? = nil, sealedBy sealer: ArchiveSealer? = nil, progress: (ArchiveProgress) throws(CatalogError) -> Void = { _ in }
    ) throws(CatalogError) -> ArchiveSummary {
        guard overwriting || !OpenFile.exists(path) else {
            throw CatalogError(.io, "`\(path)` exists already; choose another name or ask for it to be overwritten.")
        }
        let partial = path + ".partial-" + UUID.random().description.prefix(8)
        let file = try OpenFile(creating: partial)
        do throws(CatalogError) {
            let compression = compression ?? ArchiveCompression(fileName: path)
            let sink = { (bytes: borrowing Span<UInt8>) throws(CatalogError) in try file.write(bytes) }
            let summary =
                if let sealer {
                    try dump(selection, compression: compression, root: root, sealedBy: sealer, progress: progress, to: sink)
                } else {
                    try dump(selection, compression, file, root, progress, sink)
                }
            try file.sync()
            try OpenFile.move(partial, to: path)
            return summary
        } catch {
            OpenFile.remove(partial)
            throw error
        }
    }

    /// What a database has besides tables: schemas, views, sequences, types.
    private func archivedObjects(in database: DatabaseConfig) throws(CatalogError) -> [Datum] {
        let prefix = CatalogKeys.objectsPrefix(ofDatabase: database.id)
        return try collect(prefix) { key, content in
            let parts = key.dropFirst(prefix.count).split(separator: ":", maxSplits: 1).map(String.init)
            return Datum(fields: [
                ("kind", Datum(parts.first ?? "")), ("name", Datum(parts.count == 2 ? parts[1] : "")), ("content", content.owned),
            ])
        }
    }

    private func requirePresent(_ selection: [ArchiveSelection]) throws(CatalogError) {
        for part in selection {
            guard let database = try database(part.database) else {
                throw CatalogError(.databaseNotFound, "Database `\(part.database)` does not exist.")
            }
            if let name = part.table, try table(name, in: database) == nil {
                throw CatalogError(.tableNotFound, "Table `\(part)` does not exist.")
            }
        }
    }
}

extension DatabaseConfig {
    /// The contents of `database.pando`: what RethinkDB's files have no place for.
    fileprivate func archived(with tables: [TableConfig], _ objects: [Datum]) throws(CatalogError) -> Datum {
        var forms: [Datum] = []
        for table in tables { forms.append(try table.json) }
        return try datum { () throws(DatumError) in
            let form = try json.setting("tables", to: try .array(forms))
            return objects.isEmpty ? form : try form.setting("objects", to: try .array(objects))
        }
    }
}

extension TableConfig {
    /// The contents of `TABLE.info`: what ReQL's `info` says, with the indexes and the write hook spelled out.
    fileprivate func info(documentCount: Int, _ functions: (any IndexFunctions)?) throws(CatalogError) -> Datum {
        var statuses: [Datum] = []
        for index in indexes.sorted(by: { $0.name < $1.name }) { statuses.append(index.status(functions)) }
        let plain: Datum = [
            "db": ["id": Datum(databaseID), "name": Datum(databaseName), "type": "DB"],
            "doc_count_estimates": [Datum(documentCount)], "id": Datum(id), "name": Datum(name),
            "primary_key": Datum(primaryKey), "type": "TABLE", "write_hook": writeHookForm(functions),
        ]
        return try datum { () throws(DatumError) in try plain.setting("indexes", to: try .array(statuses)) }
    }
}

extension TableConfig {
    /// Null if there is none.
    private func writeHookForm(_ functions: (any IndexFunctions)?) -> Datum {
        guard let writeHook, let exported = (functions as? any WriteHookFunctions)?.exportedHook(writeHook) else { return .null }
        return ["function": .binary(exported.blob), "query": Datum(exported.query)]
    }
}

extension IndexConfig {
    /// The call that makes one like it, for people.
    private func query(_ exported: String?) -> String? {
        if case .text(let definition) = source { definition.creatingCall(name: name) } else { exported }
    }

    /// What ReQL's `indexStatus` says of it.
    public func status(_ functions: (any IndexFunctions)?) -> Datum {
        let exported = functions?.exported(self)
        let status: Datum = [
            "index": Datum(name), "ready": Datum(isReady), "outdated": false, "multi": Datum(isMulti), "geo": Datum(isGeo),
            "function": exported.map { .binary($0.blob) } ?? .null, "query": query(exported?.query).map { Datum($0) } ?? .null,
        ]
        // Names that RethinkDB doesn't have stand in it only where they say something.
        let uniqueness = isUnique ? try? status.setting("unique", to: true) : status
        return failure.flatMap { try? uniqueness?.setting("error", to: Datum($0)) } ?? uniqueness ?? status
    }
}
