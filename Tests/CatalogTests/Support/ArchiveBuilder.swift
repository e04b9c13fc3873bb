@testable import Catalog
import Ground

/// Archives put together by hand.
struct ArchiveBuilder {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ path: String, _ contents: String) {
        bytes += Tar.header(path: path, byteCount: UInt64(contents.utf8.count), modified: 0)
        bytes += Array(contents.utf8) + Tar.padding(after: UInt64(contents.utf8.count))
    }

    var finished: [UInt8] { bytes + Tar.end }

    /// An archive of these files.
    static func archive(_ files: [(path: String, contents: String)]) -> [UInt8] {
        var builder = ArchiveBuilder()
        for file in files { builder.add(file.path, file.contents) }
        return builder.finished
    }

    /// The files of an archive, by path.
    static func files(in archive: [UInt8]) throws -> [String: String] {
        let members = try TarReader.members(ArchiveInput(archive))
        return Dictionary(
            uniqueKeysWithValues: members.map {
                ($0.path, String(decoding: archive[Int($0.offset)..<Int($0.offset + $0.byteCount)], as: UTF8.self))
            })
    }

    /// One table `d.t` with these rows, in another program's words.
    static func table(rows: String, info: String = #"{"primary_key": "id", "name": "t", "db": {"name": "d"}, "indexes": []}"#) -> [UInt8] {
        archive([("root/d/t.info", info), ("root/d/t.json", rows)])
    }
}

extension TarReader {
    static func members(_ input: ArchiveInput) throws -> [Member] {
        var reader = try TarReader(input)
        var members: [Member] = []
        while let member = try reader.next() { members.append(member) }
        return members
    }
}

extension CatalogSnapshot {
    /// The archive in memory.
    func dumped(_ selection: [ArchiveSelection] = [], compression: ArchiveCompression = .none) throws -> [UInt8] {
        let sink = ByteSink()
        try dump(selection, compression: compression, root: "root") { bytes throws(CatalogError) in sink.buffer.append(bytes) }
        return sink.buffer.bytes
    }
}

private final class ByteSink {
    var buffer = ByteBuffer()
}

extension Catalog {
    @discardableResult
    func restore(
        _ archive: [UInt8], _ selection: [ArchiveSelection] = [], force: Bool = false, resumes: Bool = false
    ) throws -> ArchiveSummary {
        var options = RestoreOptions()
        options.selection = selection
        options.force = force
        options.resumes = resumes
        return try restore(ArchiveInput(archive), options: options)
    }
}
