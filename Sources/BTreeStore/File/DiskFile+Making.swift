import Ground

// Files that are to be written, and those that copies are written to: a backup, an encrypted file. A copy gets its name when it is whole.
extension DiskFile {
    /// The file that a path leads to, or a new one, with the writer's lock. Another file may have got the name before this one was locked (by
    /// `pando rekey --data`, say), or it has been removed (by an import in vain): what is written to one without a name nobody finds again.
    ///
    /// - Throws: `busy`, and what opening throws.
    static func locked(at path: String, options: StoreOptions) throws(StoreError) -> DiskFile {
        var left = 100
        while true {
            let file = try DiskFile(path, options: options)
            try file.lockWriter()
            left -= 1
            // Nobody replaces a file so often: its file system has one number for a name and another one for what was opened by it, and so
            // can't tell. There the lock alone guards the file, and to refuse it would be to refuse all of that file system.
            if !file.isReplaced || left == 0 { return file }
        }
    }

    /// The name that a copy has until it is whole. It has the copied file's UUID in it, so that what is there already is what was left of such a
    /// copy, and nobody's file.
    static func unfinishedName(of path: String, _ uuid: UUID) -> String { "\(path).partial-\(uuid.description.prefix(8))" }

    /// A new file for a copy that is to get another name, with the writer's lock, in place of what was left of one by a process that was killed.
    ///
    /// - Throws: `busy` if another process makes one in the same place; `unsupportedFile` if the name is a link's or a directory's.
    static func made(at path: String) throws(StoreError) -> DiskFile {
        for _ in 0..<1000 {
            do throws(StoreError) {
                let file = try DiskFile(path, options: StoreOptions(), isNew: true, followsLinks: false)
                try file.lockWriter()
                // Before it was locked, another process may have taken it for what is left of one.
                if file.hasItsName { return file }
            } catch {
                guard case .alreadyExists = error else { throw error }
                var options = StoreOptions()
                options.create = false
                // It isn't emptied: it may have another name, under which it is somebody's.
                guard let old = try existing(path, options) else { continue }
                try old.lockWriter()
                if old.hasItsName { FileName.remove(path) }
            }
        }
        throw .busy(path: path, processID: 0)
    }

    /// - Returns: nil if the file is gone.
    private static func existing(_ path: String, _ options: StoreOptions) throws(StoreError) -> DiskFile? {
        do throws(StoreError) { return try DiskFile(path, options: options, followsLinks: false) } catch {
            if case .notFound = error { return nil }
            throw error
        }
    }
}
