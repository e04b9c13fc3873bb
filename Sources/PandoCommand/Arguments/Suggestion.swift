/// The candidate that a misspelt word was probably meant to be, if one is near enough: about a third of the letters may be
/// wrong, missing, added or swapped with their neighbour.
func nearest(to word: String, among candidates: [String]) -> String? {
    let limit = max(1, min(word.count, 9) / 3)
    let scored = candidates.map { (name: $0, distance: editDistance(word.lowercased(), $0)) }
    guard let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= limit else {
        let completions = candidates.filter { word.count >= 3 && $0.hasPrefix(word) }
        // One, or that which the others go on from: restore, beside restore-chain.
        guard let shortest = completions.min(by: { $0.count < $1.count }) else { return nil }
        return completions.allSatisfy { $0.hasPrefix(shortest) } ? shortest : nil
    }
    return best.name
}

/// ` Did you mean …?` for a near miss, else nothing: to stand behind a message.
func suggestion(for word: String, among candidates: [String], prefix: String = "") -> String {
    nearest(to: word, among: candidates).map { " Did you mean \(prefix)\($0)?" } ?? ""
}

/// How many letters must be changed, added, removed or swapped with their neighbour to make one word the other.
func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in 0..<a.count {
        var current = [i + 1]
        for j in 0..<b.count {
            var best = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforePrevious[j - 1] + 1) }
            current.append(best)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[b.count]
}
