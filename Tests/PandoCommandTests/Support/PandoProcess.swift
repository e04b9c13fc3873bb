import TestSupport

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a finished command left behind.
struct Outcome {
    var status: Int32
    var output: String
    var messages: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

struct ProcessFailure: Error, CustomStringConvertible {
    let description: String
}

/// Runs the built `pando` as people do, in a process of its own. A process that hangs is killed after ten minutes, and fails the test.
final class PandoProcess {
    private static let hangMilliseconds: Int32 = 600_000

    let identifier: pid_t
    private let outputPipe: Int32
    private let messagePipe: Int32
    private var output: [UInt8] = []
    private var messages: [UInt8] = []
    private var isReaped = false

    /// Runs a command to its end.
    /// - Parameter launcher: another program and its arguments, which gets the command as further ones.
    static func run(
        _ arguments: [String], input: String = "", environment: [String] = [], through launcher: [String] = []
    ) throws -> Outcome {
        try PandoProcess(arguments, input: input, environment: environment, terminal: nil, launcher: launcher).finish()
    }

    /// Runs a command at a terminal, where `typed` is typed.
    static func run(_ arguments: [String], typed: String, environment: [String] = []) throws -> Outcome {
        try PandoProcess(arguments, environment: environment, terminal: try makeTerminal(typed)).finish()
    }

    /// Starts a command at a terminal, where `typed` is typed. What it writes there are its messages.
    static func atTerminal(_ arguments: [String], typed: String) throws -> PandoProcess {
        try PandoProcess(arguments, terminal: try makeTerminal(typed))
    }

    /// The terminal goes away.
    func hangUp() throws {
        let null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        dup2(null, messagePipe)
        close(null)
    }

    /// Starts a command. Its standard input is a file with `input`.
    /// - Parameter launcher: another program and its arguments, which becomes the command.
    convenience init(_ arguments: [String], input: String = "", environment: [String] = [], through launcher: [String] = []) throws {
        try self.init(arguments, input: input, environment: environment, terminal: nil, launcher: launcher)
    }

    private init(
        _ arguments: [String], input: String = "", environment: [String] = [], terminal: Terminal?, launcher: [String] = []
    ) throws {
        let directory = try TemporaryDirectory()
        let inputPath = directory.file("input")
        try Self.store(Array(input.utf8), at: inputPath)

        let (outputRead, outputWrite) = try Self.makePipe()
        let (messageRead, messageWrite) = try Self.makePipe()
        outputPipe = outputRead
        messagePipe = terminal?.ours ?? messageRead
        if terminal != nil { close(messageRead) }

        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let terminal {
            unsafe posix_spawn_file_actions_adddup2(&actions, terminal.theirs, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, outputWrite, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, terminal?.theirs ?? messageWrite, 2)

        var child = pid_t()
        let line = launcher + [Self.executable] + arguments
        let words = unsafe line.map { unsafe strdup($0) } + [nil]
        let variables = unsafe (environment + ["PATH=/usr/bin:/bin"]).map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + variables).forEach { unsafe free($0) } }
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
        #else
            var attributes = posix_spawnattr_t()
        #endif
        // Whatever the threads of the test hold back.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let status = unsafe posix_spawn(&child, line[0], &actions, &attributes, words, variables)
        close(outputWrite)
        close(messageWrite)
        if let terminal { close(terminal.theirs) }
        guard status == 0 else {
            throw ProcessFailure(description: "\(Self.executable) can't be run: \(unsafe String(cString: strerror(status)))")
        }
        identifier = child
    }

    deinit {
        if !isReaped {
            kill(identifier, SIGKILL)
            _ = waitpid(identifier, nil, 0)
        }
        close(outputPipe)
        close(messagePipe)
    }

    func signal(_ number: Int32) { kill(identifier, number) }

    /// Waits for the first line of standard output and returns it.
    func firstLine() throws -> String {
        while !output.contains(UInt8(ascii: "\n")) {
            guard try readMore() else { throw ProcessFailure(description: "it ended: \(String(decoding: messages, as: UTF8.self))") }
        }
        return String(decoding: output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Waits for a line of standard output that begins so, and returns it.
    func line(beginning start: String) throws -> String {
        while true {
            let lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { $0.hasPrefix(start) }) { return String(line) }
            guard try readMore() else { throw ProcessFailure(description: "it ended: \(String(decoding: messages, as: UTF8.self))") }
        }
    }

    /// Waits until the messages have this in them.
    func waitForMessage(_ part: String) throws {
        while !String(decoding: messages, as: UTF8.self).contains(part) {
            guard try readMore() else { throw ProcessFailure(description: "it ended: \(String(decoding: messages, as: UTF8.self))") }
        }
    }

    /// Waits for the end. The status is negative if a signal ended it.
    func finish() throws -> Outcome {
        while try readMore() {}
        var status: Int32 = 0
        guard unsafe waitpid(identifier, &status, 0) == identifier else { throw ProcessFailure(description: "waitpid failed") }
        isReaped = true
        let signal = status & 0x7F
        return Outcome(
            status: signal == 0 ? (status >> 8) & 0xFF : -signal, output: String(decoding: output, as: UTF8.self),
            messages: String(decoding: messages, as: UTF8.self))
    }

    /// Closes our end of the command's standard output, as `head` does.
    func stopReading() throws {
        let null = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        dup2(null, outputPipe)
        close(null)
    }

    private var openPipes: [Int32] = [0, 1]

    /// Reads what there is from both pipes; false when both have ended.
    private func readMore() throws -> Bool {
        guard !openPipes.isEmpty else { return false }
        var polled = openPipes.map { pollfd(fd: $0 == 0 ? outputPipe : messagePipe, events: Int16(POLLIN), revents: 0) }
        guard unsafe poll(&polled, nfds_t(polled.count), Self.hangMilliseconds) > 0 else {
            throw ProcessFailure(description: "The process hangs: no output and no end for ten minutes.")
        }
        for (index, one) in zip(openPipes, polled) where one.revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe read(one.fd, &bytes, bytes.count)
            if count <= 0 { openPipes.removeAll { $0 == index } }
            if index == 0 { output += bytes.prefix(max(count, 0)) } else { messages += bytes.prefix(max(count, 0)) }
        }
        return true
    }

    private static func makePipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw ProcessFailure(description: "no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Both ends of a pseudo-terminal into which `typed` has been typed.
    private static func makeTerminal(_ typed: String) throws -> Terminal {
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        guard unsafe openpty(&ours, &theirs, nil, nil, nil) == 0 else { throw ProcessFailure(description: "no pseudo-terminal") }
        for end in [ours, theirs] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let bytes = Array(typed.utf8)
        guard unsafe write(ours, bytes, bytes.count) == bytes.count else { throw ProcessFailure(description: "short write") }
        return Terminal(ours: ours, theirs: theirs)
    }

    private struct Terminal {
        let ours: Int32
        let theirs: Int32
    }

    static func store(_ bytes: [UInt8], at path: String) throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw ProcessFailure(description: "\(path) can't be made") }
        defer { close(file) }
        guard unsafe write(file, bytes, bytes.count) == bytes.count else { throw ProcessFailure(description: "short write") }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    static func bytes(at path: String) throws -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw ProcessFailure(description: "\(path) can't be opened") }
        defer { close(file) }
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe read(file, &piece, piece.count), count > 0 { result += piece[..<count] }
        return result
    }

    /// `pando` stands beside the test bundle.
    private static let executable: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") || $0.contains(".xctest/") } ?? CommandLine.arguments[0]
        var parts = bundle.split(separator: "/", omittingEmptySubsequences: false)
        while let last = parts.last, !last.hasSuffix(".xctest"), parts.count > 1 { parts.removeLast() }
        return (parts.dropLast() + ["pando"]).joined(separator: "/")
    }()
}
