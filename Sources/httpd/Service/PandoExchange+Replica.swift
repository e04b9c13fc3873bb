import Ground
import ReQLish

// What standbys ask for, and how one becomes a primary. For `admin` alone: a copy of the file has everything that every account hides.
extension PandoExchange {
    private func requireAdministrator() throws {
        guard user == UserConfig.administrator else {
            throw Problem(403, .permission, "Only `\(UserConfig.administrator)` may copy the file, or decide which one is the primary.")
        }
    }

    /// Milliseconds.
    private static let standbyPause = 20

    /// `GET /_replica`: what is behind a position, as soon as there is something, in the format of deltas. By asking a standby says that
    /// it has everything up to there on its disk.
    func replica() throws {
        try requireAdministrator()
        let parameters = try parameters()
        let wait = try parameters.integer("wait", RouteParameter.waitSeconds) ?? 0
        let since = parameters["since"].map { FilePosition($0) }
        let standby = parameters["standby"]
        if let since, let standby { catalog.acknowledge(since, by: standby) }
        let message = try catalog.message(since: since)
        // A standby that has a part of what there is does not say that it has everything.
        let hasMore = if case .changes(_, false) = message { true } else { false }
        // Where no commit waits for it, a standby need not ask anew for each: what is written in a moment comes in one message, and one sync.
        let pause = catalog.standbys.required == 0 ? Self.standbyPause : 0
        describe(hasMore: hasMore, pause: pause)
        rows = ReplicaStream(catalog, message, since, standby, until: .now + .seconds(wait))
    }

    private func describe(hasMore: Bool, pause: Int) {
        response.addTrusted("Content-Type", MediaType.binary.rawValue)
        let summary: Datum = ["encrypted": Datum(catalog.isEncrypted), "more": Datum(hasMore), "pause": Datum(pause)]
        response.addTrusted("Pando-Summary", summary.description)
    }

    /// `POST /_replica`: what an old primary asks for in place of everything: what was born here since a position, and what there is within the
    /// ranges of the body.
    func replicaOfRanges() throws {
        try requireAdministrator()
        let parameters = try parameters()
        guard let since = parameters["since"] else {
            throw Problem.request(400, "The route needs `since`: the position at which the two files are the same, but for the ranges.")
        }
        _ = try MediaType.ofBody(request, among: [.binary], fallback: .binary)
        guard let ranges = WantedRanges(request.body.bytes) else {
            throw Problem.request(400, "The body is no list of ranges as a standby writes it.")
        }
        let message = try catalog.message(since: FilePosition(since), ranges: ranges)
        describe(hasMore: false, pause: 0)
        rows = ReplicaStream(catalog, message, nil, parameters["standby"], until: .now)
    }

    /// `GET /_replica/position`: what is told before files are compared by digests. Whatever changes meanwhile has changed since.
    func position() throws {
        try requireAdministrator()
        send(["position": Datum(try catalog.position().description), "encrypted": Datum(catalog.isEncrypted)])
    }

    /// `GET /_replica/origin`: what an old primary asks before it comes back as a standby.
    func origin() throws {
        try requireAdministrator()
        guard let file = try parameters()["file"] else { throw Problem.request(400, "The route needs `file`: the UUID of the other file.") }
        guard let position = try catalog.origin(of: file) else {
            throw Problem(
                404, .nonExistence,
                catalog.isStandby
                    ? "This is a standby, whose contents left no file; ask its primary."
                    : "What is here is not known to have come from the file \(file): it was not promoted from a standby of that, or by an earlier "
                        + "release, or has been replaced since.")
        }
        send(["position": Datum(position.description), "encrypted": Datum(catalog.isEncrypted)])
    }

    /// `POST /_admin/promote`
    func promote() throws {
        try requireAdministrator()
        try pando.promote()
        send(["role": "primary", "opening": Datum(Int(clamping: catalog.opening))])
    }
}

/// The answer to a standby: nothing for a while, then one message.
private final class ReplicaStream: ResponseStream, @unchecked Sendable {
    // Sendable: used by one thread at a time.
    private let catalog: Catalog
    private var message: PrimaryMessage?
    private let since: FilePosition?
    private let standby: String?
    private let end: MonotonicTime

    init(_ catalog: Catalog, _ message: PrimaryMessage, _ since: FilePosition?, _ standby: String?, until end: MonotonicTime) {
        self.catalog = catalog
        self.message = message
        self.since = since
        self.standby = standby
        self.end = end
    }

    func produce(into part: inout ByteBuffer) -> StreamStep {
        do throws(CatalogError) {
            let next: PrimaryMessage
            if let message { next = message } else { next = try catalog.message(since: since) }
            message = nil
            switch next {
            case .changes(let bytes, _):
                part.append(bytes)
                return .end
            case .nothing: return MonotonicTime.now >= end || catalog.permit.isEnding ? .end : .wait(until: end)
            case .delta(let write):
                guard try write(&part) else { return .end }
                message = next
                return .more
            }
        } catch {
            return .cut
        }
    }

    func whenReady(_ body: @escaping @Sendable () -> Void) {
        guard let since, !catalog.permit.isEnding else { return body() }
        catalog.whenNewer(than: since, for: standby ?? "", body)
    }

    func close() { message = nil }
}
