import Ground

/// A commit of one file. Numbers only grow, over restarts too, and none is given twice, not even to commits that a crash took.
///
/// The store's own transaction numbers can't be used: after a crash the next opening gives those of lost commits to others.
public struct CommitNumber: Sendable, Hashable, Comparable {
    /// How often the file had been opened for writing.
    public let opening: UInt64
    /// Counts from a number chosen by chance at each opening: so a file and its copy, both opened and written, don't agree by accident.
    public let sequence: UInt64

    package init(opening: UInt64, sequence: UInt64) {
        self.opening = opening
        self.sequence = sequence
    }

    public static func < (left: CommitNumber, right: CommitNumber) -> Bool {
        (left.opening, left.sequence) < (right.opening, right.sequence)
    }
}

/// A feed's place among the commits of a file: from here it can be resumed, if the tables that it follows keep a change log.
///
/// Its text, `<file>:<opening>.<sequence>` or `<file>:<opening>.<sequence>.<told>`, is what clients keep.
public struct CommitPoint: Sendable, Hashable {
    /// The UUID of the file.
    public let file: String
    public let commit: CommitNumber
    /// How many notices the feed has told of the commit; nil: all of them.
    public let told: Int?

    package init(file: String, commit: CommitNumber, told: Int? = nil) {
        self.file = file
        self.commit = commit
        self.told = told
    }
}

extension CommitPoint: LosslessStringConvertible {
    public var description: String {
        "\(file):\(commit.opening).\(commit.sequence)" + (told.map { ".\($0)" } ?? "")
    }

    /// Reads the text of a point; nil if it is none.
    public init?(_ description: String) {
        let halves = description.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, UUID.isText(String(halves[0])) else { return nil }
        let parts = halves[1].split(separator: ".", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let opening = UInt64(parts[0]), let sequence = UInt64(parts[1]) else { return nil }
        var told: Int?
        if parts.count == 3 {
            guard let number = Int(parts[2]), number >= 0 else { return nil }
            told = number
        }
        self.init(file: String(halves[0]), commit: CommitNumber(opening: opening, sequence: sequence), told: told)
    }
}

extension CommitPoint: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let point = CommitPoint(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "This is not a point among the commits of a file.")
        }
        self = point
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
