/// The portals of a session by their names. The one without a name, which most clients use alone, is found without a search.
struct Portals {
    private var unnamed: Portal?
    private var named: [String: Portal] = [:]

    var count: Int { named.count + (unnamed == nil ? 0 : 1) }

    subscript(name: String) -> Portal? {
        get { name.isEmpty ? unnamed : named[name] }
        set {
            if name.isEmpty { unnamed = newValue } else { named[name] = newValue }
        }
    }

    var all: [(name: String, portal: Portal)] { named.map { ($0, $1) } + (unnamed.map { [("", $0)] } ?? []) }

    /// Closes all of them, and forgets them.
    mutating func removeAll() {
        unnamed?.result?.close()
        unnamed = nil
        guard !named.isEmpty else { return }
        for portal in named.values { portal.result?.close() }
        // Most often there was one, and there will be one again.
        named.removeAll(keepingCapacity: named.count == 1)
    }
}
