extension Binder {
    /// `schema.name` of a text, as casts to regclass read it.
    static func qualifiedName(_ text: String) throws(SQLError) -> QualifiedName {
        var parts: [Name] = []
        var current = ""
        var isQuoted = false
        var wasQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
                wasQuoted = true
            } else if character == ".", !isQuoted {
                parts.append(Name(wasQuoted ? current : current.lowercased(), at: Position(0)))
                current = ""
                wasQuoted = false
            } else {
                current.append(character)
            }
        }
        parts.append(Name(wasQuoted ? current : current.lowercased(), at: Position(0)))
        return QualifiedName(parts)
    }
}
