import Ground

/// Keys that a thread of its own makes, a few pieces of memory before they are read.
final class KeysAhead: Sendable {
    private struct State {
        /// Keys, each behind two bytes with its length.
        var pieces: [[UInt8]] = []
        /// What has ended the keys behind these.
        var end: Result<Void, CatalogError>?
        /// Nobody reads on.
        var isStopped = false
    }

    /// For fewer keys a thread is not worth its while.
    static let leastByteCount = 1 << 20
    private static let pieceByteCount = 1 << 18
    private static let mostPieces = 8

    private let state = Monitored(State())

    /// - Parameter make: calls what it is given with one key after another, each shorter than 64 KiB.
    /// - Returns: nil if the system has no more threads.
    init?(_ make: @escaping @Sendable (_ key: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) -> Void) {
        guard (try? SystemThread(turns: .last) { [state] in Self.run(make, state) }) != nil else { return nil }
    }

    private static func run(
        _ make: @Sendable (_ key: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) -> Void, _ state: Monitored<State>
    ) {
        var piece: [UInt8] = []
        piece.reserveCapacity(pieceByteCount + 1 << 16)
        func handOver() throws(CatalogError) {
            let full = piece
            let isStopped = state.wait { state -> Bool? in
                guard state.isStopped || state.pieces.count < mostPieces else { return nil }
                return state.isStopped
            }
            if isStopped { throw CatalogError(.cancelled, "Nobody wants the keys any more.") }
            state.update { $0.pieces.append(full) }
            piece = []
            piece.reserveCapacity(pieceByteCount + 1 << 16)
        }
        let end: Result<Void, CatalogError>
        do throws(CatalogError) {
            try make { key throws(CatalogError) in
                piece.append(UInt8(truncatingIfNeeded: key.count))
                piece.append(UInt8(truncatingIfNeeded: key.count >> 8))
                key.withBytes { $0.append(to: &piece) }
                if piece.count >= pieceByteCount { try handOver() }
            }
            try handOver()
            end = .success(())
        } catch {
            end = .failure(error)
        }
        state.update { $0.end = end }
    }

    /// Calls `body` with each key. To be called once.
    func forEach(_ body: (Span<UInt8>) throws(CatalogError) -> Void) throws(CatalogError) {
        defer { state.update { $0.isStopped = true } }
        while let piece = try next() {
            var place = 0
            while place < piece.count {
                let start = place + 2
                place = start + (Int(piece[place]) | Int(piece[place + 1]) << 8)
                try body(piece.span.extracting(start..<place))
            }
        }
    }

    private func next() throws(CatalogError) -> [UInt8]? {
        let next = state.wait { state -> Result<[UInt8]?, CatalogError>? in
            state.pieces.isEmpty ? state.end.map { end in end.map { nil } } : .success(state.pieces.removeFirst())
        }
        state.update { _ in }
        return try next.get()
    }
}
