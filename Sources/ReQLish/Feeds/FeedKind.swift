/// The kind of a feed, as the driver protocol notes it.
public enum FeedNote: Int, Sendable, Hashable {
    case sequenceFeed = 1
    case atomFeed = 2
    case orderByLimitFeed = 3
    case unionedFeed = 4
    case includesStates = 5
}

extension FeedSource {
    var kind: FeedNote {
        switch self {
        case .row: .atomFeed
        case .rows: .sequenceFeed
        case .first: .orderByLimitFeed
        case .aggregate(_, let aggregate): aggregate.groups == nil ? .atomFeed : .sequenceFeed
        case .union: FeedNote.common(parts.map(\.kind))
        }
    }
}

extension FeedNote {
    /// The kind of several feeds together.
    static func common(_ kinds: [FeedNote]) -> FeedNote {
        guard let first = kinds.first, kinds.allSatisfy({ $0 == first }) else { return kinds.isEmpty ? .sequenceFeed : .unionedFeed }
        return first
    }
}
