import Catalog

/// The options of `changes`.
struct FeedOptions {
    enum Squash: Equatable {
        /// Every change is told.
        case none
        /// What is pending is told as one change for each row, once it has been pending for so long.
        case after(Duration)
    }

    /// Changes that a feed keeps for a slow reader, if it does not say.
    static let defaultCapacity = 100_000

    var squash = Squash.none
    var includesInitial = false
    var includesStates = false
    var includesOffsets = false
    var includesTypes = false
    var includesCommits = false
    /// Where an earlier feed stood, which this one goes on from.
    var since: CommitPoint?
    var capacity = defaultCapacity
}

/// These options, compiled.
struct FeedOptionNodes {
    private let squash: Node?
    private let capacity: Node?
    private let initial: Node?
    private let states: Node?
    private let types: Node?
    private let commits: Node?
    let since: Node?
    let offsets: Node?

    init(_ call: Call) {
        squash = call.option("squash")
        capacity = call.option("changefeed_queue_size")
        initial = call.option("include_initial")
        states = call.option("include_states")
        offsets = call.option("include_offsets")
        types = call.option("include_types")
        commits = call.option("include_commit")
        since = call.option("since")
    }

    func values(_ execution: Execution) throws(ReQLError) -> FeedOptions {
        var options = FeedOptions()
        if let squash { options.squash = try value(of: squash, execution) }
        if let capacity {
            let number = try capacity.datum(execution)
            guard let count = number.integer, count >= 1 else {
                throw capacity.site.error(
                    .queryLogic, "`changefeed_queue_size` is an integer, at least 1, found \(number.shortText).")
            }
            options.capacity = count
        }
        options.includesInitial = try initial?.truth(execution) ?? false
        options.includesStates = try states?.truth(execution) ?? false
        options.includesOffsets = try offsets?.truth(execution) ?? false
        options.includesTypes = try types?.truth(execution) ?? false
        options.includesCommits = try commits?.truth(execution) ?? false
        if let since { options.since = try point(of: since, execution) }
        return options
    }

    private func point(of since: Node, _ execution: Execution) throws(ReQLError) -> CommitPoint? {
        let value = try since.datum(execution)
        if value.isNull { return nil }
        guard let point = value.string.flatMap({ CommitPoint($0) }) else {
            throw since.site.error(.queryLogic, "`since` is the `commit` of a change that a feed has told, found \(value.shortText).")
        }
        return point
    }

    private func value(of squash: Node, _ execution: Execution) throws(ReQLError) -> FeedOptions.Squash {
        let value = try squash.datum(execution)
        if let bool = value.bool { return bool ? .after(.zero) : .none }
        if let seconds = value.number, seconds >= 0 { return .after(.seconds(min(seconds, 1e9))) }
        throw squash.site.error(.queryLogic, "`squash` is true, false, or a number of seconds from 0 on, found \(value.shortText).")
    }
}
