import Catalog

/// The rows that a feed tells, from the state it begins with on.
final class FeedStream: RowStream {
    private enum Phase {
        case beginning
        /// Telling what is there already, source by source.
        case initial(Int)
        /// Telling what was done before this feed began and after the one that it goes on from.
        case replaying(ChangeReplay)
        case following
    }

    let kind: FeedNote
    private let options: FeedOptions
    private let execution: Execution
    private let site: Site
    private let queue: FeedQueue
    private var watches: [Watch] = []
    private var parts: [FeedPart] = []
    /// Those of the parts that commits are told of; its positions are the queue's sources.
    private var followed: [FeedPart] = []
    private var systemParts: [SystemFeedPart] = []
    private var phase = Phase.beginning

    /// What was taken from the queue and not looked at yet.
    private var items: ArraySlice<FeedQueue.Item> = []
    /// The fields of notices to be told, made an object when their turn comes: of a document at many places of an index there are as many.
    private var ready: ArraySlice<[(String, Datum)]> = []
    /// Counts what was taken from the queue, and the values that functions have made of many changes at once.
    private let held: HeldMemory
    /// Those that asked for newer states, in the order of their asking.
    private var renewals: [FeedPart] = []
    private var replay: ChangeReplay?
    /// Where the feed stands among the commits; nil if it couldn't be resumed from there.
    private var place: FeedPlace?

    init(
        _ source: FeedSource, _ options: FeedOptions, _ signal: FeedSignal, _ execution: Execution, _ site: Site
    ) throws(ReQLError) {
        kind = source.kind
        self.options = options
        self.execution = execution
        self.site = site
        let memory = execution.feedMemory()
        held = HeldMemory(memory)
        let sources = source.parts
        queue = FeedQueue(options, signal, memory, sources: sources.filter { $0.system == nil }.map(\.watched))
        super.init()
        for source in sources {
            let part = part(source)
            parts.append(part)
            if let part = part as? SystemFeedPart { systemParts.append(part) } else { followed.append(part) }
        }
        for part in parts {
            guard options.since != nil, let obstacle = part.obstacleToResuming else { continue }
            throw site.locate(CatalogError(.notResumable, "A feed like this can't be resumed: \(obstacle). Begin anew."))
        }
        try beginSystemParts()
        // A user who may lose a permission is told when one has changed.
        if systemParts.isEmpty, !execution.access.mayDoEverything { watches.append(try execution.writer.watchMetadata(queue, at: site)) }
        try beginFollowedParts()
    }

    private func beginSystemParts() throws(ReQLError) {
        guard !systemParts.isEmpty else { return }
        watches.append(try execution.writer.watchMetadata(queue, at: site))
        execution.server.watchScratch(queue)
        // What was read before the watch may have changed.
        execution.forgetSnapshot()
        for part in systemParts { try part.begin(wantsInitial: options.includesInitial) }
    }

    private func beginFollowedParts() throws(ReQLError) {
        guard !followed.isEmpty else { return }
        let requests = followed.map { WatchRequest($0.table, $0.scope) }
        let (watch, snapshot, tables) = try execution.writer.watch(requests, queue, at: site)
        watches.append(watch)
        for (part, table) in zip(followed, tables) {
            let table = TableReference(table, in: part.database, snapshot: snapshot, access: execution.access)
            try table.checkRead(at: site)
            try part.begin(table, wantsInitial: wantsInitial)
        }
        let point = try site.reading(snapshot.commitPoint(of: tables))
        if systemParts.isEmpty, followed.allSatisfy({ $0.obstacleToResuming == nil }) { place = point.map(FeedPlace.init) }
        if let since = options.since {
            let current = zip(tables, followed).map { WatchRequest($0, $1.scope) }
            replay = try site.reading(ChangeReplay(current, since: since, in: snapshot))
            place = FeedPlace(since)
        }
    }

    /// A resumed feed already has the initial rows.
    private var wantsInitial: Bool { options.includesInitial && options.since == nil }

    private func part(_ source: FeedSource) -> FeedPart {
        if let system = source.system { return SystemFeedPart(source, system, execution, site) }
        switch source {
        case .row(let row): return RowFeedPart(row)
        case .rows(let rows): return RangeFeedPart(rows, execution)
        case .first(let rows, let limit):
            return LimitFeedPart(rows, limit: limit, execution) { [unowned self] part throws(ReQLError) in try newest(for: part) }
        case .aggregate(let rows, let aggregate):
            return AggregateFeedPart(rows, aggregate, execution, site) { [unowned self] part throws(ReQLError) in try newest(for: part) }
        case .union: preconditionFailure("a union was taken apart")
        }
    }

    /// A newer state, for a part that has to read again.
    private func newest(for part: FeedPart) throws(ReQLError) -> CatalogSnapshot {
        guard let watch = watches.last else { preconditionFailure("a part has a watch") }
        renewals.append(part)
        return try site.reading(watch.renew())
    }

    // MARK: Telling

    override func next() throws(ReQLError) -> Pulled {
        while true {
            if let fields = ready.popFirst() { return .row(try site.object(fields)) }
            try execution.check()
            switch phase {
            case .beginning:
                if wantsInitial, options.includesStates { try put(.initializing) }
                phase = .initial(0)
            case .initial(let position):
                if position == parts.count {
                    phase = replay.take().map { .replaying($0) } ?? .following
                    if case .following = phase, options.includesStates { try put(.ready) }
                } else if wantsInitial, let notice = try parts[position].nextInitial() {
                    try put(notice)
                } else {
                    phase = .initial(position + 1)
                }
            case .replaying(let replay):
                if let (source, change, commit) = try site.reading(replay.next()) {
                    try follow(.change(change, commit, source: source))
                } else {
                    phase = .following
                    if options.includesStates { try put(.ready) }
                }
            case .following:
                if let item = items.popFirst() {
                    try follow(item)
                    continue
                }
                for part in systemParts {
                    if let time = part.nextLook, time <= .now { try part.look(put) }
                }
                if !ready.isEmpty { continue }
                switch try site.locating(queue.take()) {
                case .nothing(let time):
                    let times = systemParts.compactMap(\.nextLook) + (time.map { [$0] } ?? [])
                    execution.wait(until: times.min())
                    return .nothing
                case .items(let taken):
                    held.removeAll()
                    if taken.count > FeedQueue.fewPlaces { held.note(byteCount: FeedQueue.byteCount(ofPlaces: taken.count)) }
                    // The state that is looked at must have all that was taken: also who may read what.
                    execution.forgetSnapshot()
                    try checkAccess()
                    items = options.squash == .none ? taken[...] : try squash(taken)[...]
                }
            }
        }
    }

    /// Throws if the user may read the tables no more.
    private func checkAccess() throws(ReQLError) {
        if execution.access.mayDoEverything { return }
        let snapshot = try execution.snapshot(at: site)
        for part in followed {
            // A dropped table is reported later, in order.
            guard try site.reading(part.locate(in: snapshot)) else { continue }
            try execution.access.require(.read, PermissionScope(part.table), in: snapshot, at: site)
        }
    }

    private func follow(_ item: FeedQueue.Item) throws(ReQLError) {
        switch item {
        case .change(let change, let commit, let source):
            place?.reach(commit)
            let part = followed[source]
            guard part.tellsWholeCommits else { return try part.tell(change, put) }
            var changes = [change]
            while case .change(let next, commit, source)? = items.first {
                changes.append(next)
                items.removeFirst()
            }
            try part.tell(squashed: changes, put)
        case .metadataChanged: for part in systemParts { part.lookSoon() }
        case .renewed: renewals.removeFirst().passRenewal()
        case .skipped(let count):
            try put(.skipped(count))
            for part in followed { try part.recover(put) }
        }
    }

    /// Makes one change of all those of a document, and has them told as far as they lie between the items that are none.
    /// - Returns: what is left to be followed.
    private func squash(_ items: [FeedQueue.Item]) throws(ReQLError) -> [FeedQueue.Item] {
        struct Document: Hashable {
            let source: Int
            let key: [UInt8]
        }
        var pending: [(source: Int, change: DocumentChange?)] = []
        var positions: [Document: Int] = [:]
        // The newest commit of which nothing can be left in the queue.
        var newest: CommitNumber?
        var last: CommitNumber?
        func tellPending() throws(ReQLError) {
            var notices: [FeedNotice] = []
            for (source, part) in followed.enumerated() {
                let changes = pending.filter { $0.source == source }.compactMap(\.change)
                if changes.count != 1, part.tellsTogether {
                    try part.tell(squashed: changes) { if isNews($0) { notices.append($0) } }
                    continue
                }
                for change in changes {
                    let count = notices.count
                    try part.tell(change) { if isNews($0) { notices.append($0) } }
                    // The values of a document are the same at all its places.
                    if part.makesValues, notices.count > count { try site.locating(held.add(byteCount: notices[count].heldByteCount)) }
                }
            }
            pending = []
            positions = [:]
            // The resume point moves only with the last notice.
            for notice in notices.dropLast() { try put(notice, .begun) }
            if let newest { place?.pass(newest) }
            if let notice = notices.last { try put(notice, .ended) }
        }
        for item in items {
            guard case .change(let change, let commit, let source) = item else {
                try tellPending()
                try follow(item)
                continue
            }
            // What a commit did to several sources is put into the queue source by source.
            if followed.count == 1 { newest = commit } else if commit != last { newest = last }
            last = commit
            let document = Document(source: source, key: change.key)
            if let position = positions[document] {
                // A change that was taken back may be followed by another one.
                pending[position].change = pending[position].change.map { $0.followed(by: change) } ?? change
            } else {
                positions[document] = pending.count
                pending.append((source, change))
            }
        }
        try tellPending()
        return []
    }

    // MARK: Notices

    /// Which commits' changes are told as one.
    private enum Telling {
        /// Of one, as it is.
        case commit
        /// Of several, with more changes to come, or with this the last one.
        case begun, ended
    }

    private func put(_ notice: FeedNotice) throws(ReQLError) { try put(notice, .commit) }

    /// Whether there is a difference in what the reader is told of.
    private func isNews(_ notice: FeedNotice) -> Bool {
        guard case .change(let old, let new, let oldOffset, let newOffset) = notice else { return true }
        let isSame = (old ?? .null).isIdentical(to: new ?? .null)
        return !isSame || options.includesOffsets && oldOffset != newOffset
    }

    private func put(_ notice: FeedNotice, _ telling: Telling) throws(ReQLError) {
        var commit: CommitPoint?
        var fields: [(String, Datum)] = []
        let type: Datum
        switch notice {
        case .initializing: (fields, type) = ([("state", "initializing")], "state")
        case .ready:
            (fields, type) = ([("state", "ready")], "state")
            commit = place?.point
        case .skipped(let count):
            // The words that client libraries look for.
            let text = "Changefeed cache over array size limit, skipped \(count) elements."
            ready.append([("error", Datum(text))])
            return
        case .initial(let value, let offset):
            fields = [("new_val", value)]
            if options.includesOffsets, let offset { fields.append(("new_offset", Datum(offset))) }
            type = "initial"
        case .change(let old, let new, let oldOffset, let newOffset):
            guard isNews(notice) else { return }
            if telling == .commit, place?.tell() == false { return }
            if telling != .begun { commit = place?.point }
            fields = [("old_val", old ?? .null), ("new_val", new ?? .null)]
            if options.includesOffsets {
                fields.append(("old_offset", oldOffset.map { Datum($0) } ?? .null))
                fields.append(("new_offset", newOffset.map { Datum($0) } ?? .null))
            }
            type = old?.isNull ?? true ? "add" : new?.isNull ?? true ? "remove" : "change"
        }
        if options.includesCommits, let commit { fields.append(("commit", Datum(commit.description))) }
        if options.includesTypes { fields.append(("type", type)) }
        ready.append(fields)
    }
}
