import Ground
import Synchronization

/// The place where signals meet the shell: it stops the query that runs, wakes the wait for keys, and says when all is to end.
final class Interrupter: Sendable {
    private struct State {
        var running: Stopper?
        /// An interrupt that came before what was entered had begun.
        var isInterrupted = false
    }

    private let state = Mutex(State())
    private let ending = Atomic<Bool>(false)
    /// Each signal puts a byte into this pipe.
    private let pipe: (read: Int32, write: Int32)

    init() throws(SystemError) { pipe = try SystemCalls.makePipe() }

    /// Can be read as soon as a signal has come.
    var wakeFile: Int32 { pipe.read }
    /// Whether a signal has asked the process to end.
    var isEnding: Bool { ending.load(ordering: .relaxed) }

    /// From now on signals come here. To be called before any other thread is started.
    func watchSignals() {
        Signals.watch([Signals.interrupt, Signals.windowChange, Signals.terminate, Signals.hangup]) { [self] number in
            if number == Signals.terminate || number == Signals.hangup { ending.store(true, ordering: .relaxed) }
            if number != Signals.windowChange { interrupt() }
            try? SystemCalls.write(pipe.write, [UInt8(truncatingIfNeeded: number)].span, to: "a pipe")
        }
    }

    private func interrupt() {
        let running = state.withLock { state in
            state.isInterrupted = true
            return state.running
        }
        running?.stop()
    }

    /// Interrupts that came until now mean nothing for what is entered next.
    func forgetInterrupts() { state.withLock { $0.isInterrupted = false } }

    /// The signals that have come since this was asked last.
    func takeSignals() -> [Int32] {
        var bytes = [UInt8](repeating: 0, count: 64)
        guard SystemCalls.waitReadable([pipe.read], milliseconds: 0)[0],
            let count = try? SystemCalls.read(pipe.read, into: &bytes, of: "a pipe")
        else { return [] }
        return bytes[..<count].map(Int32.init)
    }

    /// Does something that an interrupt stops.
    func stoppable<Result>(_ body: (Stopper) throws -> Result) throws -> Result {
        let stopper = Stopper()
        let isTooLate = state.withLock { state in
            state.running = stopper
            return state.isInterrupted
        }
        if isTooLate || isEnding { stopper.stop() }
        defer { state.withLock { $0.running = nil } }
        do { return try body(stopper) } catch {
            if stopper.isStopped, CommandError(error).status != .readerLeft { throw CommandError.failed("Stopped.") }
            throw error
        }
    }
}
