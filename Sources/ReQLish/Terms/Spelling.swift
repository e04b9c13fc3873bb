/// A search for the word that a misspelling was probably meant to be.
package enum Spelling {
    /// The candidate with the fewest edits from `word`, if they are few for its length; nil otherwise.
    package static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        let bytes = Array(word.lowercased().utf8.prefix(40))
        let allowed = max(1, min(3, bytes.count / 3))
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(bytes, Array(candidate.lowercased().utf8.prefix(40)))
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// Edits (insert, delete, replace, swap neighbours) that lead from one word to the other. O(product of the lengths).
    ///
    /// - Parameter countsSwaps: whether a swap is one edit; otherwise it is two.
    package static func distance(_ a: [UInt8], _ b: [UInt8], countsSwaps: Bool = true) -> Int {
        var older = [Int](), old = Array(0...b.count), new = old
        for i in a.indices {
            new[0] = i + 1
            for j in b.indices {
                new[j + 1] = min(old[j + 1] + 1, new[j] + 1, old[j] + (a[i] == b[j] ? 0 : 1))
                if countsSwaps, i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { new[j + 1] = min(new[j + 1], older[j - 1] + 1) }
            }
            (older, old) = (old, new)
        }
        return old[b.count]
    }
}
