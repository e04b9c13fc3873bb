// A terminal whose keys come one by one, and the signals and processes around it, behind functions that take and return checked types.
// Pointers live for one call: to a structure on the stack, into an array that the caller holds, or to C strings that are freed after it.

import Ground

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A terminal that can be made to hand its keys over as they are typed, and to leave showing them to us.
struct Terminal {
    let file: Int32
    private let cooked: termios

    /// Nil if the file is not a terminal.
    init?(_ file: Int32) {
        var settings = termios()
        guard isatty(file) == 1, unsafe tcgetattr(file, &settings) == 0 else { return nil }
        self.file = file
        cooked = settings
    }

    /// Keys come one by one, Ctrl-C among them. Output is left as it was.
    func enterRawMode() {
        var settings = cooked
        unsafe cfmakeraw(&settings)
        settings.c_oflag = cooked.c_oflag
        unsafe _ = tcsetattr(file, TCSADRAIN, &settings)
    }

    /// As the terminal was at first.
    func leaveRawMode() {
        var settings = cooked
        unsafe _ = tcsetattr(file, TCSADRAIN, &settings)
    }

    /// Columns and rows; nil if the terminal doesn't say.
    var size: (columns: Int, rows: Int)? {
        var size = winsize()
        guard unsafe ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

enum Signals {
    static let interrupt = SIGINT
    static let windowChange = SIGWINCH
    static let terminate = SIGTERM
    static let hangup = SIGHUP

    /// Calls `body` for each of these signals, on a thread of its own, for as long as the process lives. Other threads get them no more, if
    /// they are started by this one and after this.
    static func watch(_ numbers: [Int32], _ body: @escaping @Sendable (Int32) -> Void) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in numbers { unsafe sigaddset(&signals, number) }
        unsafe _ = pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waiting = signals
        _ = try? SystemThread {
            var waiting = waiting
            while true {
                var number: Int32 = 0
                if unsafe sigwait(&waiting, &number) == 0 { body(number) }
            }
        }
    }

    /// Stops the whole job, as Ctrl-Z does, until somebody continues it.
    static func suspendJob() { _ = kill(0, SIGTSTP) }
}

/// Another program that reads what we write.
struct Subprocess {
    /// Where its standard input comes from.
    let input: Int32
    private let identifier: pid_t

    /// Runs a command line of `sh`, with the signals as a new program expects them.
    /// - Parameter environment: variables that are added to ours where we have none of the name.
    init(shell command: String, environment: [(String, String)] = []) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("making a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        for (name, value) in environment { unsafe _ = setenv(name, value, 0) }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var changed = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigemptyset(&changed)
        for number in [SIGPIPE, SIGXFSZ] { unsafe sigaddset(&changed, number) }
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &changed)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        var child = pid_t()
        let line: [String] = ["/bin/sh", "-c", command]
        let words = unsafe line.map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        let status = unsafe posix_spawn(&child, "/bin/sh", &actions, &attributes, words, environ)
        SystemCalls.close(ends[0])
        guard status == 0 else {
            SystemCalls.close(ends[1])
            throw SystemError("running \(command)", code: status)
        }
        (input, identifier) = (ends[1], child)
    }

    /// Ends its input and waits until it ends itself. Returns its exit status, negative for a signal.
    @discardableResult
    func finish() -> Int32 {
        SystemCalls.close(input)
        var status: Int32 = 0
        while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
    }
}

extension SystemCalls {
    /// Both ends of a pipe of our own.
    static func makePipe() throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("making a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// Which of these files can be read without waiting; waits until one can, at most so long.
    /// - Parameter milliseconds: negative for ever.
    static func waitReadable(_ files: [Int32], milliseconds: Int32) -> [Bool] {
        var polled = files.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = unsafe poll(&polled, nfds_t(polled.count), milliseconds)
        return polled.map { $0.revents != 0 }
    }

    /// Opens a file to add to its end, made for its owner alone.
    static func openForAppending(_ path: String) throws(SystemError) -> Int32 {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("opening \(path)") }
        return file
    }

    /// Opens a file anew, whatever it held.
    static func openForReplacing(_ path: String, mode: mode_t = 0o644) throws(SystemError) -> Int32 {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw SystemError("opening \(path)") }
        return file
    }

    /// The names in a folder, sorted, folders with `/` behind them; none if it can't be read.
    static func names(in folder: String) -> [String] {
        (SystemFiles.names(in: folder) ?? []).map { isDirectory(folder + "/" + $0) ? $0 + "/" : $0 }.sorted()
    }
}
