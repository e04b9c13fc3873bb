/// The options of `tableCreate` and `reconfigure` that share a table out among servers. Of a file there is one server, so all that is left of
/// them is the number of shards, which the table remembers; an engine has as many copies as it has, of tables that are not shared out.
struct Replication {
    static let maximumShards = 64

    private let shards: Node?
    private let replicas: Node?
    private let primaryTag: Node?
    private let nonvotingTags: Node?

    init(_ call: Call) {
        shards = call.option("shards")
        replicas = call.option("replicas")
        primaryTag = call.option("primary_replica_tag")
        nonvotingTags = call.option("nonvoting_replica_tags")
    }

    var isGiven: Bool { shards != nil || replicas != nil || primaryTag != nil || nonvotingTags != nil }

    /// Checks all of them.
    /// - Parameter isRequired: whether `shards` and `replicas` must be there.
    func shardCount(_ execution: Execution, isRequired: Bool, at site: Site) throws(ReQLError) -> Int {
        if isRequired {
            for (name, node) in [("shards", shards), ("replicas", replicas)] where node == nil {
                throw site.error(.queryLogic, "Missing required argument `\(name)`.")
            }
        }
        let count = try shards?.integer(execution) ?? 1
        if let shards {
            guard count > 0 else { throw shards.site.error(.queryLogic, "Every table must have at least one shard.") }
            guard count <= Self.maximumShards else {
                throw shards.site.error(.operationFailed, "A table has at most \(Self.maximumShards) shards, not \(count).")
            }
        }
        let primary = try primaryTag?.string(execution)
        let nonvoting = try nonvoting(execution)
        let view = try execution.systemView(at: site)
        let wanted = try wanted(primary, nonvoting, execution)
        if let company = try view.engineCompany() {
            let layout = company.layout
            // Servers of an engine have no tags of their own.
            for (tag, count) in wanted.sorted(by: { $0.key < $1.key }) where tag != ServerSettings.defaultTag && count > 0 {
                throw Self.tooFewServers(tag, wanted: count, present: 0, at: site)
            }
            try requireTags(primary, nonvoting, wanted, at: site)
            // Whoever makes a table asks for one shard and one replica where nothing is said.
            guard count == layout.count || !isRequired && count == 1 else {
                let what = company.shards.isEmpty ? "it does not share out a table" : "it shares out all tables itself"
                throw refusal("\(what): `shards` is \(layout.count), not \(count)", company, at: site)
            }
            let (given, present) = (wanted.values.reduce(0, +), layout[0].replicas.count)
            guard given == present || !isRequired && given == 1 else {
                throw refusal("it has \(present) copies of every table: `replicas` is \(present), not \(given)", company, at: site)
            }
            return 1
        }
        let settings = try view.settings
        for (tag, count) in wanted.sorted(by: { $0.key < $1.key }) {
            let present = settings.tags.contains(tag) ? 1 : 0
            guard count <= present else { throw Self.tooFewServers(tag, wanted: count, present: present, at: site) }
        }
        guard wanted.values.reduce(0, +) > 0 else {
            throw site.error(.operationFailed, "`replicas` must be at least one: it counts the primary replica, where the data is.")
        }
        try requireTags(primary, nonvoting, wanted, at: site)
        return count
    }

    /// Tags that others speak of are to have replicas.
    private func requireTags(_ primary: String?, _ nonvoting: [String]?, _ wanted: [String: Int], at site: Site) throws(ReQLError) {
        guard replicas != nil else { return }
        if let primary, wanted[primary] ?? 0 == 0 {
            throw site.error(.operationFailed, "The tag `\(primary)` of primary replicas has no replicas.")
        }
        for tag in nonvoting ?? [] where wanted[tag] == nil {
            throw site.error(.operationFailed, "The tag `\(tag)` is to be without a vote, and `replicas` does not have it.")
        }
    }

    /// In RethinkDB's words.
    private static func tooFewServers(_ tag: String, wanted: Int, present: Int, at site: Site) -> ReQLError {
        site.error(
            .operationFailed,
            "Can't put \(wanted) replicas on servers with the tag `\(tag)` because there are only \(present) servers with the tag `\(tag)`. "
                + "It's impossible to have more replicas of the data than there are servers.")
    }

    private func refusal(_ what: String, _ company: EngineCompany, at site: Site) -> ReQLError {
        site.error(.operationFailed, EngineRefusal.message(what, company))
    }

    private func nonvoting(_ execution: Execution) throws(ReQLError) -> [String]? {
        guard let node = nonvotingTags else { return nil }
        let tags = try node.datum(execution)
        guard tags.kind == .array else { throw node.site.mismatch(tags, expected: "an ARRAY") }
        var names: [String] = []
        for tag in tags.elements {
            guard let name = tag.string else { throw node.site.mismatch(tag, expected: "a STRING") }
            names.append(name)
        }
        return names
    }

    /// How many replicas each tag is to have.
    private func wanted(_ primary: String?, _ nonvoting: [String]?, _ execution: Execution) throws(ReQLError) -> [String: Int] {
        guard let node = replicas else { return ["default": 1] }
        let value = try node.datum(execution)
        guard value.kind == .object else {
            for (name, isGiven) in [("primary_replica_tag", primary != nil), ("nonvoting_replica_tags", nonvoting != nil)] where isGiven {
                throw node.site.error(.queryLogic, "`replicas` must be an OBJECT if `\(name)` is specified.")
            }
            guard value.kind == .number else { throw node.site.mismatch(value, expected: "an OBJECT or a NUMBER") }
            return ["default": try Self.count(value, at: node.site)]
        }
        guard primary != nil else {
            throw node.site.error(.queryLogic, "`primary_replica_tag` must be specified when `replicas` is an OBJECT.")
        }
        var wanted: [String: Int] = [:]
        for field in value.fields { wanted[field.key] = try Self.count(field.value, at: node.site) }
        return wanted
    }

    private static func count(_ value: Datum, at site: Site) throws(ReQLError) -> Int {
        guard value.kind == .number else { throw site.mismatch(value, expected: "a NUMBER") }
        guard let count = value.integer, abs(count) <= Int(Int32.max) else {
            throw site.error(.queryLogic, "A number of replicas is an integer, found \(value.shortText).")
        }
        guard count >= 0 else { throw site.error(.queryLogic, "Can't have a negative number of replicas.") }
        return count
    }
}
