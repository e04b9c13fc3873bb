import Ground
import ReQLish

extension ScanThreads {
    /// Has parts of a scan read a chunk each, one behind the other: the first on this thread, each other one on a helper, as long as there are
    /// cores for them. Returns how many parts did.
    func read<Part: Sendable>(
        _ parts: inout [Part], from start: Int, mayHelp: Bool = true, _ makePart: () -> Part,
        _ read: @escaping (_ part: Part, _ count: Int, _ start: Int) -> Void
    ) -> Int {
        begin()
        defer { end() }
        var count = 1
        if mayHelp { while count <= Self.maximumHelperCount, take() { count += 1 } }
        while parts.count < count { parts.append(makePart()) }
        var helpers: [ForkedWork] = []
        for (index, part) in parts.prefix(count).enumerated().dropFirst() {
            helpers.append(
                ForkedWork {
                    read(part, self.chunkCount, start + index * self.chunkCount)
                    self.end()
                })
        }
        read(parts[0], chunkCount, start)
        for helper in helpers { helper.join() }
        return count
    }
}
