import Ground
import ReQLish

// One document: read, replaced, patched, deleted. Conditions are checked inside the write transaction, so nothing comes between the check
// and the change.
extension PandoExchange {
    /// The key of `…/_doc?key=<JSON>`.
    func keyParameter() throws -> Datum {
        guard let text = try parameters()["key"] else {
            throw Problem.request(400, "The route needs the key as JSON: `?key=5`, `?key=\"_odd\"`, `?key=[\"a\",1]`, percent-encoded.")
        }
        do {
            return try Datum(json: text)
        } catch {
            throw Problem.request(400, "The parameter `key` is not JSON (a string key stands in double quotes): \(error.message)")
        }
    }

    func getDocument(_ path: TablePath, _ key: Datum) throws {
        let type = try MediaType.ofAnswer(request, among: [.json, .xml])
        let conditions = try Preconditions(request)
        let (snapshot, table) = try readTable(path)
        guard let found = try snapshot.get(key, in: table) else { throw Self.noDocument(key, table) }
        pando.server.countRead(1, of: table)
        // From the page to the answer in one copy.
        found.writeJSON(into: &response.body)
        let tag = response.bodyTag
        if type == .xml {
            // The tag is that of the document, in whatever form it goes out.
            response.body.removeAll()
            var writer = XMLDocumentWriter(shape: table.shape)
            writer.write(found, into: &response.body)
        } else {
            response.body.append(UInt8.lineFeed)
        }
        if !conditions.isEmpty, try conditions.isUnmodified(tag.text) { response.status = 304 }
        response.add(tag)
        response.addTrusted("Content-Type", type.rawValue)
    }

    func putDocument(_ path: TablePath, _ key: Datum) throws {
        if try MediaType.ofBody(request, among: [.json, .xml], fallback: .json) == .xml { return try putXML(path, key) }
        let body = try document()
        guard body.kind == .object else { throw Problem(422, .queryLogic, "A document is an object; the body is \(body.typeName).") }
        // What is there now makes no difference, unless there are conditions.
        try change(path, key, readsOld: false) { _, table in
            if body[field: table.primaryKey] == nil { return try body.setting(table.primaryKey, to: key) }
            return body
        }
    }

    /// The same for a document that comes as XML.
    private func putXML(_ path: TablePath, _ key: Datum) throws {
        var xml = try XMLBody(request.body)
        let snapshot = try readState()
        let table = try snapshot.existingTable(path)
        try require(.read, on: table, in: snapshot)
        try xml.read(table.shape)
        try change(path, key, readsOld: false, learned: { xml.learned }) { _, table in
            try xml.read(table.shape)
            guard let body = xml.documents.first else { throw Problem.request(400, "The body has no document.") }
            if body[field: table.primaryKey] == nil { return try body.setting(table.primaryKey, to: key) }
            return body
        }
    }

    func patchDocument(_ path: TablePath, _ key: Datum) throws {
        _ = try MediaType.ofBody(request, among: [.mergePatch, .json], fallback: .mergePatch)
        let patch = try json()
        try change(path, key, readsOld: true) { old, table in
            guard let old else { throw Self.noDocument(key, table) }
            let new = try MergePatch.apply(patch, to: old)
            guard new.kind == .object else {
                throw Problem(422, .queryLogic, "A patch must leave an object; this one leaves \(new.typeName).")
            }
            return new
        }
    }

    /// Replaces the document of a key, or adds it, in one transaction, and answers with it as it is then.
    /// - Parameters:
    ///   - readsOld: whether `make` needs the old document.
    ///   - learned: what is known of the table's XML afterwards, if something was learned.
    ///   - make: the new document from the old one, if there is one.
    private func change(
        _ path: TablePath, _ key: Datum, readsOld: Bool, learned: () -> XMLShape? = { nil },
        _ make: (_ old: Datum?, _ table: TableConfig) throws -> Datum
    ) throws {
        let conditions = try Preconditions(request)
        let durability = try durability(try parameters())
        let access = try readState()
        // Which of the two it is shows when the document is looked for; whoever may do neither is refused before.
        let mayInsert = try may(.insert, try access.existingTable(path), in: access)
        try require(mayInsert ? [.read] : [.update, .read], on: path)
        let isNew = try write { transaction in
            let table = try transaction.existingTable(path)
            let old = readsOld || !conditions.isEmpty ? try transaction.get(key, in: table) : nil
            if !conditions.isEmpty { try conditions.checkWrite(old.map { EntityTag(of: $0).text }) }
            var new = try make(old, table)
            guard new[field: table.primaryKey] == key else { throw Self.otherKey(table) }
            if let shape = learned() { try transaction.remember(shape, of: table) }
            let isNew = try transaction.put(&new, in: table)
            try require(isNew ? .insert : .update, on: table, in: access)
            pando.server.countWritten(1, of: table)
            new.writeJSON(into: &response.body)
            return (isNew, durability ?? table.durability)
        }
        if isNew {
            response.status = 201
            response.addTrusted("Location", path.target(of: key))
        }
        response.add(response.bodyTag)
        response.body.append(UInt8.lineFeed)
        response.addTrusted("Content-Type", MediaType.json.rawValue)
    }

    func deleteDocument(_ path: TablePath, _ key: Datum) throws {
        let conditions = try Preconditions(request)
        let durability = try durability(try parameters())
        try require([.delete, .read], on: path)
        try write { transaction in
            let table = try transaction.existingTable(path)
            let old = try transaction.get(key, in: table)
            try conditions.checkWrite(old.map { EntityTag(of: $0).text })
            guard old != nil else { throw Self.noDocument(key, table) }
            try transaction.delete(key, in: table)
            pando.server.countWritten(1, of: table)
            return ((), durability ?? table.durability)
        }
        response.status = 204
    }

    // MARK: Problems

    private static func noDocument(_ key: Datum, _ table: TableConfig) -> Problem {
        Problem(404, .nonExistence, "Table `\(table.qualifiedName)` has no document with the key \(key.description).")
    }

    private static func otherKey(_ table: TableConfig) -> Problem {
        Problem(
            422, .queryLogic,
            "The primary key `\(table.primaryKey)` of the document is not the key of the path, and a document's key never changes.")
    }
}

extension EntityTag {
    init(of document: Datum) {
        var json = ByteBuffer()
        document.writeJSON(into: &json)
        self.init(json.span)
    }
}
