/// First in, first out, in a ring that grows.
struct JobQueue {
    private var ring: [RequestWorkers.Job?] = Array(repeating: nil, count: 64)
    private var first = 0
    private(set) var count = 0

    mutating func append(_ job: RequestWorkers.Job) {
        if count == ring.count {
            ring = (0..<count).map { ring[(first + $0) % ring.count] } + Array(repeating: nil, count: count)
            first = 0
        }
        ring[(first + count) % ring.count] = job
        count += 1
    }

    mutating func popFirst() -> RequestWorkers.Job? {
        guard count > 0 else { return nil }
        let job = ring[first]
        ring[first] = nil
        first = (first + 1) % ring.count
        count -= 1
        return job
    }
}
