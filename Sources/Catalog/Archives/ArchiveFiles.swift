extension ArchiveContents {
    /// A file's place by its name: `ROOT/DB/NAME.EXTENSION`.
    struct File {
        let member: TarReader.Member
        let database: String
        let name: String
        let kind: String
    }

    /// Reads names, and holds them to the rules: three parts, one root for all, nothing that leads out of it.
    struct Names {
        private var root: String?
        private var isEmpty = true
        private var paths: Set<String> = []

        /// Whether there were files and none of them of use.
        var areMissing: Bool { isEmpty && !paths.isEmpty }

        /// `nil` for a file that doesn't matter.
        mutating func file(of member: TarReader.Member) throws(CatalogError) -> File? {
            let path = member.path.abbreviated
            guard !member.path.hasPrefix("/") else {
                throw TarReader.malformed("`\(path)` is an absolute path; a dump's paths begin with the name of its folder.")
            }
            let parts = member.path.split(separator: "/").filter { $0 != "." }.map(String.init)
            guard !parts.contains("..") else { throw TarReader.malformed("`\(path)` leads out of the archive.") }
            guard parts.count == 3 else { throw TarReader.malformed("`\(path)` is not of the form ROOT/DB/FILE.") }
            guard root == nil || root == parts[0] else {
                throw TarReader.malformed("It has two roots, `\(root?.abbreviated ?? "")` and `\(parts[0].abbreviated)`.")
            }
            guard paths.insert(parts.joined(separator: "/")).inserted else { throw TarReader.malformed("it has `\(path)` twice.") }
            root = parts[0]
            guard let dot = parts[2].lastIndex(of: ".") else { return nil }
            let kind = String(parts[2][parts[2].index(after: dot)...])
            guard kind != ArchiveNames.csv else {
                throw TarReader.malformed("`\(path)` holds CSV; only JSON can be restored. Use `pando import --format csv`.")
            }
            let name = ArchiveNames.table(String(parts[2][..<dot]))
            let isDatabase = kind == ArchiveNames.database && name == "database"
            guard kind == ArchiveNames.rows || kind == ArchiveNames.info || isDatabase else { return nil }
            isEmpty = false
            return File(member: member, database: parts[1], name: name, kind: kind)
        }
    }

    /// The files of one database, by the name before the extension.
    struct Files {
        struct Description {
            let member: TarReader.Member
            let json: Datum
        }

        private(set) var rows: [String: TarReader.Member] = [:]
        private(set) var infos: [String: Description] = [:]
        private(set) var database: Description?

        /// Descriptions are small; what claims to be one and is larger is not read into memory.
        private static let largestDescription: UInt64 = 64 << 20

        /// Sorts a file by its extension. Rows are left for later, the rest is read.
        /// - Parameter reader: stands at that file.
        mutating func take(_ file: File, _ reader: inout TarReader) throws(CatalogError) {
            switch file.kind {
            case ArchiveNames.rows: rows[file.name] = file.member
            case ArchiveNames.info: infos[file.name] = try Self.description(file.member, &reader)
            default: database = try Self.description(file.member, &reader)
            }
        }

        private static func description(_ member: TarReader.Member, _ reader: inout TarReader) throws(CatalogError) -> Description {
            guard member.byteCount <= largestDescription else {
                throw TarReader.malformed("`\(member.path)` has \(member.byteCount) bytes, more than a description needs.")
            }
            let bytes = try reader.contents()
            do throws(JSONError) {
                return Description(member: member, json: try Datum(json: bytes.span))
            } catch {
                throw TarReader.malformed(member, error)
            }
        }
    }
}
