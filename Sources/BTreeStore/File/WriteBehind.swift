import Ground

/// A thread that writes a piece of a large flush while the next piece is collected.
///
/// Why this is safe: a piece's memory belongs to the thread from ``write(_:at:)`` until the next call of that, or of ``wait()``, has
/// returned; the caller leaves it alone until then, and calls ``stop()`` before the memory goes away.
@safe final class WriteBehind: @unchecked Sendable {
    // Sendable: what changes is only touched under the monitor.
    private let monitor = Monitor(conditions: 2)
    /// There is a piece to write, or nothing more will come.
    private static let wanted = 0
    /// The piece is written, or that failed.
    private static let done = 1

    private let file: any StorageFile
    private var piece: (bytes: UnsafeRawBufferPointer, offset: UInt64)?
    private var failure: StoreError?
    private var isStopped = false

    /// - Returns: nil if the system has no more threads.
    init?(_ file: any StorageFile) {
        self.file = file
        guard (try? SystemThread { [self] in work() }) != nil else { return nil }
    }

    /// Hands a piece to the thread, after the piece before is written.
    ///
    /// - Throws: why that one could not be written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        try wait()
        monitor.withLock { unsafe piece = unsafe (bytes, offset) }
        monitor.signal(Self.wanted)
    }

    /// Waits until all pieces are written.
    ///
    /// - Throws: why one could not be written.
    func wait() throws(StoreError) {
        let failure = monitor.withLock {
            while unsafe piece != nil { monitor.wait(Self.done) }
            defer { self.failure = nil }
            return self.failure
        }
        if let failure { throw failure }
    }

    /// Waits until all pieces are written, and ends the thread.
    func stop() {
        try? wait()
        monitor.withLock { isStopped = true }
        monitor.signal(Self.wanted)
    }

    private func work() {
        while let (bytes, offset) = unsafe next() {
            var thrown: StoreError?
            do {
                unsafe try file.write(bytes, at: offset)
                try file.beginSync(offset..<offset + UInt64(bytes.count))
            } catch {
                thrown = error
            }
            monitor.withLock {
                failure = failure ?? thrown
                unsafe piece = nil
            }
            monitor.signal(Self.done)
        }
    }

    private func next() -> (bytes: UnsafeRawBufferPointer, offset: UInt64)? {
        monitor.lock()
        defer { monitor.unlock() }
        while unsafe piece == nil {
            if isStopped { return nil }
            monitor.wait(Self.wanted)
        }
        return unsafe piece
    }
}
