package import Ground

// How standbys follow a file: they ask for what is behind a position, and by asking say that they have it.

/// A message for a standby on its way out.
package enum ReplicaMessage {
    /// The changes behind a position, whole, and whether there are no more.
    case changes(ByteBuffer, to: StatePosition, isAll: Bool)
    /// There is nothing newer.
    case nothing
    /// To be written piece by piece.
    case delta(DeltaWriter)
}

extension Store {
    /// What is behind a position: the changes if they are still known, else a delta.
    ///
    /// - Parameter position: nil for everything.
    /// - Throws: `positionUnknown` if this file did not come by that state.
    package func message(since position: StatePosition?) throws(StoreError) -> ReplicaMessage {
        if let position, position.file == uuid {
            switch core.shipping.take(since: position.transaction, opening: position.opening, salt: position.salt) {
            case .nothing: return .nothing
            case .changes(let changes, let transaction, let isAll):
                var to = position
                to.transaction = transaction
                var output = ByteBuffer()
                var sequence: UInt64 = 0
                func append(_ block: DeltaBlock) {
                    block.append(to: &output, sequence: sequence)
                    sequence += 1
                }
                append(.beginning(since: position, to: to))
                for part in changes { append(.changes(part)) }
                append(.end(records: DeltaBlock.uncounted))
                return .changes(output, to: to, isAll: isAll)
            case .gone: break
            }
        }
        // To find its end keeps changes from there on, so that none is missing behind it.
        return .delta(try delta(since: position))
    }

    /// Calls `body` once there is something newer than a position, on any thread.
    package func whenNewer(than position: StatePosition, for standby: String, _ body: @escaping @Sendable () -> Void) {
        core.shipping.whenNewer(than: position.transaction, for: standby, body)
    }

    /// Notes that a standby has a state on its disk.
    package func acknowledge(_ position: StatePosition, by name: String) {
        guard position.file == uuid else { return }
        core.shipping.acknowledge(name, position.transaction, opening: position.opening, salt: position.salt)
    }

    /// Has hard commits, and ``sync()``, wait until that many standbys have what they write.
    ///
    /// - Parameter patience: how long at most. After a wait in vain commits wait no more, until enough standbys have everything again.
    package func requireStandbys(_ count: Int, patience: Duration?) { core.shipping.require(count, patience: patience) }

    /// Calls those who wait for something newer, though there is nothing.
    package func endWaitsOfStandbys() { core.shipping.endWaits() }

    /// Whether there is a record that is not of this file alone.
    package func hasSharedRecords() throws(StoreError) -> Bool {
        let snapshot = try snapshot()
        return snapshot.count() > (try snapshot.count(LocalKeys.range))
    }

    package var shippingReport: ShippingReport { core.shipping.report }
}
