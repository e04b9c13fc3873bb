/// Who else works on what an engine keeps.
package struct EngineCompany: Sendable {
    /// A process that writes, or may.
    package struct Process: Sendable {
        package var name: String
        /// The number of its opening.
        package var opening: UInt64
        /// The number of its last commit, or of the state that it began with; 0 if nothing is known of any.
        package var commit: UInt64
        package var seconds: Double
        /// Since its last sign of life.
        package var silentSeconds: Double
        package var isThisOne: Bool

        package init(name: String, opening: UInt64, commit: UInt64, seconds: Double, silentSeconds: Double, isThisOne: Bool) {
            (self.name, self.opening, self.commit) = (name, opening, commit)
            (self.seconds, self.silentSeconds, self.isThisOne) = (seconds, silentSeconds, isThisOne)
        }
    }

    /// A copy that follows the engine.
    package struct Standby: Sendable {
        package var name: String
        package var state: String
        /// Whether commits wait for it, as the engine calls it.
        package var waiting: String
        /// Bytes of the engine's log that it has not applied.
        package var lagByteCount: Int

        package init(name: String, state: String, waiting: String, lagByteCount: Int) {
            (self.name, self.state, self.waiting, self.lagByteCount) = (name, state, waiting, lagByteCount)
        }
    }

    /// A server of the engine.
    package struct Host: Sendable {
        package var name: String
        /// “primary”, “standby”, or why it is neither.
        package var state: String

        package init(name: String, state: String) { (self.name, self.state) = (name, state) }
    }

    /// A copy of everything as ReQL has it: the server, and one of the states that RethinkDB's clients know.
    package struct Replica: Sendable {
        package var server: String
        package var state: String
    }

    /// A part of what the table keeps, which the engine moves and copies by itself.
    package struct Shard: Sendable {
        /// The server that takes what is written there.
        package var primary: String
        /// All that have a copy.
        package var servers: [String]

        package init(primary: String, servers: [String]) { (self.primary, self.servers) = (primary, servers) }
    }

    /// In the order in which they began.
    package var processes: [Process] = []
    /// Nil if the engine does not say.
    package var standbys: [Standby]?
    /// The number of the newest commit of all.
    package var commit: UInt64 = 0
    /// The server that takes what is written.
    package var primary: String
    /// For how many standbys each commit waits.
    package var requiredCount = 0
    /// Standbys that there should be.
    package var expected: [String] = []
    /// In the order of keys, where an engine shares them out; none if it doesn't, or does not say.
    package var shards: [Shard] = []
    /// What the engine is called.
    package var engine = "PostgreSQL"
    /// How copies and shards are changed there.
    package var administration = ""

    package init(primary: String) { self.primary = primary }
}

extension EngineCompany {
    /// The primary first.
    package var replicas: [Replica] {
        var replicas = [Replica(server: primary, state: "ready")]
        // A server that only takes a copy is none.
        for standby in standbys ?? [] where standby.state != "backup" {
            replicas.append(.init(server: standby.name, state: standby.replicaState))
        }
        guard standbys != nil else { return replicas }
        for name in expected where !replicas.contains(where: { $0.server == name }) {
            replicas.append(.init(server: name, state: "disconnected"))
        }
        return replicas
    }

    /// Every table is shared out as the engine's one table is: who leads a shard, and the copies of it. The engine votes on each commit there, so
    /// a server that lacks some is not waited for.
    package var layout: [(primary: String, replicas: [Replica])] {
        guard !shards.isEmpty else { return [(primary, replicas)] }
        return shards.map { shard in
            let others = shard.servers.filter { $0 != shard.primary }
            return (shard.primary, ([shard.primary] + others).map { Replica(server: $0, state: "ready") })
        }
    }

    package var isReady: Bool { replicas.allSatisfy { $0.state == "ready" } }

    /// Whether a commit would find the standbys that it waits for.
    package var isReadyForWrites: Bool {
        guard let standbys else { return true }
        return standbys.count { $0.state == "streaming" && ["sync", "quorum"].contains($0.waiting) } >= requiredCount
    }

    /// Whether an acknowledged commit is on most servers.
    package var acknowledgesByMajority: Bool { !shards.isEmpty || (1 + requiredCount) * 2 > replicas.count }

    /// What `/_status`, `server_status` and `/_admin/cluster` tell of it.
    package var fields: [(String, Datum)] {
        let processes = processes.map { process -> Datum in
            [
                "name": Datum(process.name), "opening": Datum(Int(clamping: process.opening)),
                "transaction": Datum(Int(clamping: process.commit)), "seconds": Datum(process.seconds),
                "silent_seconds": Datum(process.silentSeconds), "is_this": Datum(process.isThisOne),
            ]
        }
        let standbys = standbys?.map { standby -> Datum in
            [
                "name": Datum(standby.name), "state": Datum(standby.state), "sync_state": Datum(standby.waiting),
                "lag_bytes": Datum(standby.lagByteCount),
            ]
        }
        let shards = shards.map { shard -> Datum in
            ["primary": Datum(shard.primary), "servers": Datum(elements: shard.servers.map { Datum($0) })]
        }
        return [
            ("transaction", Datum(Int(clamping: commit))), ("processes", Datum(elements: processes)), ("primary", Datum(primary)),
            ("standbys", standbys.map { Datum(elements: $0) } ?? .null), ("sync_standbys", Datum(requiredCount)),
            ("degraded", Datum(!isReadyForWrites)),
        ] + (shards.isEmpty ? [] : [("shards", Datum(elements: shards))])
    }
}

extension EngineCompany.Standby {
    fileprivate var replicaState: String {
        switch state {
        case "streaming": "ready"
        case "catchup": "backfilling"
        default: "transitioning"
        }
    }
}
