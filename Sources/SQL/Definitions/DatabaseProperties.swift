import Catalog

/// What SQL says of a database beside its name: comments on it and on its schema `public`, and the settings that its sessions begin with.
struct DatabaseProperties {
    private static let standardComment = "standard public schema"

    var comment: String?
    var publicComment: String? = Self.standardComment
    /// As they were set last, by the names under which they are shown.
    var settings: [(name: String, value: String)] = []

    private static let kind = "database"
    private static let name = "properties"

    init() {}

    init(of database: DatabaseConfig, in snapshot: CatalogSnapshot) throws(CatalogError) {
        guard let content = try snapshot.object(Self.kind, Self.name, in: database) else { return }
        comment = content[field: "comment"]?.string
        if let field = content[field: "public_comment"] { publicComment = field.string }
        for setting in content.array("settings") {
            if let name = setting[0].string, let value = setting[1].string { settings.append((name, value)) }
        }
    }

    /// - Parameter value: nil forgets the setting.
    mutating func set(_ name: String, _ value: String?) {
        let place = settings.firstIndex { $0.name == name }
        switch (place, value) {
        case (let place?, let value?): settings[place].value = value
        case (let place?, nil): settings.remove(at: place)
        case (nil, let value?): settings.append((name, value))
        case (nil, nil): break
        }
    }

    func put(of database: DatabaseConfig, in transaction: inout CatalogTransaction) throws(CatalogError) {
        let settings = settings.map { Datum(elements: [Datum($0.name), Datum($0.value)]) }
        var fields = [("comment", comment.map { Datum($0) } ?? .null), ("settings", Datum(elements: settings))]
        let isStandard = publicComment == Self.standardComment
        if !isStandard { fields.append(("public_comment", publicComment.map { Datum($0) } ?? .null)) }
        let content = comment == nil && settings.isEmpty && isStandard ? nil : Datum(fields: fields)
        try transaction.putObject(Self.kind, Self.name, content, in: database)
    }
}
