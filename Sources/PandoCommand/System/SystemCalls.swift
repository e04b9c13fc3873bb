// The system calls of the command, each behind a function that takes and returns checked types only. Pointers live for one
// call: into an array or a span that the caller holds, or from a C string that is copied at once.

import Ground

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

enum SystemCalls {
    static let standardInput: Int32 = 0
    static let standardOutput: Int32 = 1
    static let standardError: Int32 = 2

    /// Fills `bytes` as far as one read does; returns how many, 0 at the end.
    static func read(_ file: Int32, into bytes: inout [UInt8], of name: String) throws(SystemError) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe systemRead(file, buffer.baseAddress, buffer.count)
            }
            if count >= 0 { return count }
            if errno != EINTR { throw SystemError("reading \(name)") }
        }
    }

    /// Writes all of `bytes`.
    static func write(_ file: Int32, _ bytes: Span<UInt8>, to name: String) throws(SystemError) {
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe systemWrite(file, buffer.baseAddress! + offset, buffer.count - offset)
            }
            if count >= 0 {
                offset += count
            } else if errno != EINTR {
                throw SystemError("writing \(name)")
            }
        }
    }

    static func openForReading(_ path: String) throws(SystemError) -> Int32 {
        try opened(unsafe open(path, O_RDONLY | O_CLOEXEC), "opening \(path)")
    }

    /// Makes a new file; one that exists is an error with code `EEXIST`.
    static func create(_ path: String) throws(SystemError) -> Int32 {
        try opened(unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600), "creating \(path)")
    }

    private static func opened(_ file: Int32, _ action: String) throws(SystemError) -> Int32 {
        guard file >= 0 else { throw SystemError(action) }
        return file
    }

    static func close(_ file: Int32) { _ = systemClose(file) }

    /// Everything written reaches the disk.
    static func sync(_ file: Int32, of name: String) throws(SystemError) {
        guard fsync(file) == 0 else { throw SystemError("syncing \(name)") }
    }

    static func rename(_ from: String, to: String) throws(SystemError) {
        guard unsafe systemRename(from, to) == 0 else { throw SystemError("renaming \(from) to \(to)") }
    }

    static func remove(_ path: String) { _ = unsafe unlink(path) }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Whether there is something of that name, be it a link that leads nowhere.
    static func isTaken(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Length of a file in bytes, `nil` if it is not a regular file.
    static func byteCount(_ path: String) -> Int? {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Whether accounts other than the owner's may read a file.
    static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) != 0 || status.st_mode & 0o077 != 0
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a path leads to a device, a pipe or a socket.
    static func isSpecialFile(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
    }

    /// Whether two paths lead to one file.
    static func isSameFile(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard unsafe stat(one, &first) == 0, unsafe stat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// Makes a directory; one that exists is fine.
    static func makeDirectory(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o755) == 0 || (errno == EEXIST && isDirectory(path)) else {
            throw SystemError("making the directory \(path)")
        }
    }

    /// A path that nobody has, where files are that don't last.
    static func temporaryPath(_ prefix: String) -> String {
        let parent = environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        return "\(parent)/\(prefix)\(UUID.random().description)"
    }

    /// Makes a new directory whose name begins with `prefix`, and returns its path.
    static func makeTemporaryDirectory(_ prefix: String) throws(SystemError) -> String {
        let parent = environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
        let result = unsafe template.withUnsafeMutableBufferPointer { unsafe $0.baseAddress.map { unsafe mkdtemp($0) } ?? nil }
        let made = unsafe result != nil
        guard made else { throw SystemError("making a directory in \(parent)") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    static func isTerminal(_ file: Int32) -> Bool { isatty(file) == 1 }

    /// Columns of the terminal, `nil` if it is none.
    static func terminalWidth(_ file: Int32) -> Int? {
        var size = winsize()
        guard unsafe ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Fills the places of standard input, output and error that whoever started us has closed: the next file that is opened would get them,
    /// and messages would be written into a database. Reading and writing there goes on to fail.
    static func fillStandardPlaces() {
        for place in [standardInput, standardOutput, standardError] where fcntl(place, F_GETFD) < 0 {
            // The lowest free place is this one.
            _ = unsafe open("/dev/null", place == standardInput ? O_WRONLY : O_RDONLY)
        }
    }

    /// A write to a pipe that nobody reads, or beyond the size that files may have, fails from now on, and does not end the process.
    static func ignoreSignalsOfWriting() {
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)
    }

    /// Takes all signals, also those that whoever started us held back for itself: it meant its own threads, and could stop us by SIGKILL
    /// only. What it had ignored, as `nohup` does, stays ignored.
    static func takeSignals() {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        _ = unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    /// Holds SIGTERM and SIGINT back in this thread and in all that it starts, for `waitForStop`. They come also if they were ignored: a
    /// shell ignores SIGINT for what a script starts in the background.
    static func holdStopSignals() {
        for number in [SIGTERM, SIGINT] { _ = signal(number, SIG_DFL) }
        var signals = stopSignals()
        _ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Holds SIGTERM and SIGINT back for a while.
    /// - Returns: what was held back before, for ``hold(_:)``.
    static func holdingStopSignals() -> sigset_t {
        var (signals, before) = (stopSignals(), sigset_t())
        _ = unsafe pthread_sigmask(SIG_BLOCK, &signals, &before)
        return before
    }

    /// Holds these signals back and no others.
    static func hold(_ signals: sigset_t) {
        var signals = signals
        _ = unsafe pthread_sigmask(SIG_SETMASK, &signals, nil)
    }

    /// Holds SIGHUP back as well.
    static func holdHangups() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGHUP)
        _ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Waits for SIGTERM or SIGINT. A second one then ends the process at once.
    /// - Parameter hangUp: what is done at each SIGHUP until then; it is held back already.
    static func waitForStop(_ hangUp: () -> Void) {
        var signals = stopSignals()
        unsafe sigaddset(&signals, SIGHUP)
        var number: Int32 = 0
        while true {
            guard unsafe sigwait(&signals, &number) == 0 else { continue }
            guard number == SIGHUP else { break }
            hangUp()
        }
        _ = unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Whether SIGTERM or SIGINT has come since they were held back.
    static var isStopPending: Bool {
        var pending = sigset_t()
        guard unsafe sigpending(&pending) == 0 else { return false }
        return unsafe sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1
    }

    /// As if SIGTERM had come, for `waitForStop`.
    static func requestStop() { _ = kill(getpid(), SIGTERM) }

    private static func stopSignals() -> sigset_t {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGTERM)
        unsafe sigaddset(&signals, SIGINT)
        return signals
    }

    /// Ends the process after some seconds, whatever its threads do then. What was acknowledged is on the disk, and what was not is
    /// rolled back when the file is opened again, as after a crash.
    static func endProcess(after seconds: UInt32) {
        _ = try? SystemThread {
            var left = seconds
            while left > 0 { left = sleep(left) }
            let message = Array("pando: Not everything has ended in time; what was not acknowledged is rolled back.\n".utf8)
            _ = unsafe systemWrite(standardError, message, message.count)
            _exit(1)
        }
    }

    /// Does nothing for a while.
    static func pause(milliseconds: Int) { _ = usleep(UInt32(clamping: 1000 * milliseconds)) }

    /// Ends the process.
    static func exit(_ status: Int32) -> Never { systemExit(status) }
}

// The system's functions under names that the methods above do not hide.
private let systemRead = unsafe read
private let systemWrite = unsafe write
private let systemClose = close
private let systemRename = unsafe rename
private let systemExit = exit
