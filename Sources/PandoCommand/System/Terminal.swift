// A terminal whose keys come one by one, and the signals and processes around it, behind functions that take and return checked types.
// Pointers live for one call: to a structure on the stack, into an array that the caller holds, or to C strings that are freed after it.

import Ground
import Synchronization

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

extension Terminal {
    /// Asks for a line at the process's terminal that nobody sees: nil if it has none.
    static func readHidden(_ question: String) -> String? {
        guard let file = try? SystemCalls.openTerminal() else { return nil }
        defer { SystemCalls.close(file) }
        guard let terminal = Terminal(file) else { return nil }
        // A signal that ends the process comes once the terminal shows again what is typed.
        let held = SystemCalls.holdingStopSignals()
        var isStopped = false
        defer { if isStopped { SystemCalls.takeSignals() } else { SystemCalls.hold(held) } }
        var settings = terminal.cooked
        settings.c_lflag &= ~tcflag_t(ECHO)
        unsafe _ = tcsetattr(file, TCSADRAIN, &settings)
        defer {
            settings = terminal.cooked
            unsafe _ = tcsetattr(file, TCSADRAIN, &settings)
            let newline: [UInt8] = [0x0A]
            try? SystemCalls.write(file, newline.span, to: "the terminal")
        }
        let shown = Array(question.utf8)
        try? SystemCalls.write(file, shown.span, to: "the terminal")
        var line: [UInt8] = []
        var byte: [UInt8] = [0]
        while line.count < 1024 {
            guard SystemCalls.waitReadable([file], milliseconds: 100)[0] else {
                isStopped = SystemCalls.isStopPending
                if isStopped { return nil }
                continue
            }
            guard let count = try? SystemCalls.read(file, into: &byte, of: "the terminal"), count == 1, byte[0] != 0x0A else { break }
            line.append(byte[0])
        }
        return String(decoding: line, as: UTF8.self)
    }
}

extension SystemCalls {
    /// The terminal that the process was started at, whatever its standard files are.
    static func openTerminal() throws(SystemError) -> Int32 {
        let file = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw SystemError("opening the terminal") }
        return file
    }

    /// What a command line of `sh` prints, at most 4 KiB and within half a minute. What it complains of goes where ours goes.
    ///
    /// - Throws: that it failed, or printed nothing.
    static func output(ofShell command: String, input: [UInt8], environment: [(String, String)]) throws -> [UInt8] {
        let (read, write) = try makePipe()
        defer { close(read) }
        let process: Subprocess
        do {
            process = try Subprocess(shell: command, environment: environment, output: write)
        } catch {
            close(write)
            throw error
        }
        close(write)
        // It has room in the pipe, whether or not anybody reads it.
        if !input.isEmpty { try? Self.write(process.input, input.span, to: command) }
        process.endInput()
        // With room for all of it, so that no part of a key stays where it was before.
        var output: [UInt8] = []
        output.reserveCapacity(2 * 4096)
        var piece = [UInt8](repeating: 0, count: 4096)
        defer { piece.erase() }
        let deadline = ContinuousClock.now + .seconds(30)
        var isOver = false
        while output.count <= 4096, ContinuousClock.now < deadline {
            guard waitReadable([read], milliseconds: 200)[0] else { continue }
            let count = try Self.read(read, into: &piece, of: command)
            if count == 0 {
                isOver = true
                break
            }
            output += piece[..<count]
        }
        guard isOver else {
            process.kill()
            throw CommandError.failed(
                output.count > 4096
                    ? "The command for the key printed more than 4 KiB." : "The command for the key took more than 30 seconds.")
        }
        let status = process.wait()
        guard status == 0 else { throw CommandError.failed("The command for the key failed with status \(status): \(command)") }
        guard !output.isEmpty else { throw CommandError.failed("The command for the key printed nothing: \(command)") }
        return output
    }
}

/// Where the name of a file in the making is, for the handler of a signal, which may do little; 0: there is none.
private let unfinishedFile = Atomic<UInt>(0)

private func endWithoutUnfinishedFile(_ number: Int32) {
    let taken = unfinishedFile.exchange(0, ordering: .acquiringAndReleasing)
    if let name = unsafe UnsafePointer<CChar>(bitPattern: taken) { _ = unsafe unlink(name) }
    _ = signal(number, SIG_DFL)
    _ = raise(number)
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

    /// Has a signal that ends the process take a file in the making with it; nil: none any more. Where signals are ignored or waited for
    /// they stay so.
    static func removeWhenStopped(_ path: String?) {
        let name = unsafe path.flatMap { unsafe strdup($0) }
        let before = unfinishedFile.exchange(UInt(bitPattern: name), ordering: .acquiringAndReleasing)
        unsafe free(UnsafeMutableRawPointer(bitPattern: before))
        guard path != nil else { return }
        let ignored = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let handler = unsafe unsafeBitCast(signal(number, endWithoutUnfinishedFile), to: Int.self)
            if handler == ignored { _ = signal(number, SIG_IGN) }
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
    /// - Parameters:
    ///   - environment: variables that are added to ours, or take the place of those of the same name.
    ///   - output: where its standard output goes; nil: where ours goes.
    init(shell command: String, environment: [(String, String)] = [], output: Int32? = nil) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw SystemError("making a pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
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
        if let output { unsafe posix_spawn_file_actions_adddup2(&actions, output, 1) }
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
        let given = unsafe environment.map { name, value in unsafe strdup("\(name)=\(value)") }
        defer { unsafe given.forEach { unsafe free($0) } }
        // Our own environment stays as it is: the next program is to be told something else.
        let variables = unsafe given + Self.variables(but: environment.map { name, _ in name }) + [nil]
        let status = unsafe posix_spawn(&child, "/bin/sh", &actions, &attributes, words, variables)
        SystemCalls.close(ends[0])
        guard status == 0 else {
            SystemCalls.close(ends[1])
            throw SystemError("running \(command)", code: status)
        }
        (input, identifier) = (ends[1], child)
    }

    /// Our variables but those of some names, where they lie.
    @unsafe private static func variables(but names: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe []
        var place: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = unsafe environ
        while let variable = unsafe place.pointee {
            if names.allSatisfy({ name in unsafe strncmp(variable, "\(name)=", name.utf8.count + 1) != 0 }) {
                unsafe variables.append(variable)
            }
            unsafe place += 1
        }
        return unsafe variables
    }

    /// Ends its input and waits until it ends itself. Returns its exit status, negative for a signal.
    @discardableResult
    func finish() -> Int32 {
        endInput()
        return wait()
    }

    func endInput() { SystemCalls.close(input) }

    /// Ends it at once.
    func kill() {
        _ = systemKill(identifier, SIGKILL)
        _ = wait()
    }

    /// Waits until it ends itself. Returns its exit status, negative for a signal.
    func wait() -> Int32 {
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

// A name of its own, so that a method of the same name can't be meant.
private func systemKill(_ process: pid_t, _ signal: Int32) -> Int32 { kill(process, signal) }
