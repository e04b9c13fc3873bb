import Ground
import httpd

/// A state of a file that somebody noted elsewhere: `UUID.OPENING.COMMIT`, as `pando status` tells them.
struct LeastState: Equatable {
    let file: String
    let opening: UInt64
    let commit: UInt64

    /// - Returns: nil if the text is no such state.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, UUID.isText(parts[0].lowercased()), let opening = UInt64(parts[1]), let commit = UInt64(parts[2]) else {
            return nil
        }
        (file, self.opening, self.commit) = (parts[0].lowercased(), opening, commit)
    }

    /// What is wrong with a file of this state: nil if it is the file that was noted, at that state or a later one.
    ///
    /// - Parameter path: of the file, for the message.
    func problem(_ path: String, file other: String, opening: UInt64, commit: UInt64) -> String? {
        if other.lowercased() != file { return "\(path) is another file than --at-least says: its id is \(other)." }
        // A server that has written nothing yet tells of an opening that the file doesn't have.
        if opening >= self.opening && commit >= self.commit { return nil }
        return """
            \(path) is older than --at-least says: it is at commit \(commit) of opening \(opening), and was at commit \(self.commit) of opening \
            \(self.opening). Somebody has put back what it once was. If that was you, say --at-least \(file).\(opening).\(commit), or leave it out.
            """
    }
}

extension ServeSettings {
    /// Memory for the decrypted pages of an encrypted file, or for documents of an engine, in bytes; nil: as much as those have otherwise.
    /// - Throws: what is not a number.
    func cacheByteCount() throws(CommandError) -> Int? {
        value("cache-size").source == "default" ? nil : try number("cache-size", in: 8...1 << 30) << 20
    }

    /// The state that the file has to have reached; nil: any will do.
    func leastState() throws(CommandError) -> LeastState? {
        let (text, source) = value("at-least")
        if text.isEmpty { return nil }
        guard let state = LeastState(text) else {
            throw .usage(
                "at-least is UUID.OPENING.COMMIT, the file's id, openings and commit as pando status tells, not “\(text)” (\(source)).")
        }
        return state
    }

    /// The file's key: nil if nothing says where it is.
    ///
    /// - Parameters:
    ///   - path: of the file that it is to open.
    ///   - isNew: whether that is made with it.
    func key(of path: String? = nil, isNew: Bool) throws -> FileEncryption? {
        try KeySource(keys, isNew: isNew, file: path).key()
    }

    /// Whether what an encrypted file holds may be read in the log.
    func logsContents() throws(CommandError) -> Bool { try isOn("log-contents") }

    /// Whether the memory of the process is to be kept out of swap.
    func locksMemory() throws(CommandError) -> Bool { try isOn("lock-memory") }

    /// Keeps keys, and what is read of an encrypted file, where they are: in no core dump, and in no swap if that is wanted.
    ///
    /// - Throws: that the system doesn't permit it, or that there is nothing to keep.
    func guardMemory(isEncrypted: Bool) throws(CommandError) {
        if isEncrypted { SystemFacts.forbidCoreDumps() }
        guard try locksMemory() else { return }
        guard isEncrypted else {
            throw .usage("lock-memory is of an encrypted file: what a plain one holds is on the disk anyway. Encrypt it, or leave it out.")
        }
        let code = SystemFacts.lockMemory()
        guard code != 0 else { return }
        throw .failed(
            """
            Memory can't be kept out of swap (\(systemMessage(code))): lock-memory needs Linux 5.18, and an unlimited limit of locked memory \
            (ulimit -l unlimited; LimitMEMLOCK=infinity in a unit of systemd) or the capability CAP_IPC_LOCK.
            """)
    }
}

extension Pando {
    /// Closes the file if it is older than it has to be.
    ///
    /// - Throws: what it is.
    func require(_ least: LeastState?, path: String) throws {
        guard let least else { return }
        let commit = try catalog.statistics().transaction
        guard let problem = least.problem(path, file: catalog.fileID, opening: catalog.opening, commit: commit) else { return }
        try close()
        throw CommandError.failed(problem)
    }
}
