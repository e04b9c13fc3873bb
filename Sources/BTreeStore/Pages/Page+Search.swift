import Ground

// The search inside one page: the loop that a point read spends its time in.

extension Page {
    /// The first entry from `first` on whose key is not below `key`, and whether it is equal. `count` if there is none.
    ///
    /// `known` leading bytes of `key` are known to be those of every key of this page. They are not compared again.
    @inline(__always)
    func search(_ key: Bytes, known: Int, first: Int, cellHeader: Int) -> (index: Int, found: Bool) {
        let count = self.count
        let prefixLength = self.prefixLength
        if known < prefixLength {
            let compared = min(key.count, prefixLength)
            let order = unsafe compareBytes(
                key.base + known, compared &- known, base + (Self.headerSize &+ known), prefixLength &- known)
            if order != 0 { return (order < 0 ? first : count, false) }
        }

        // Heads first: they lie together, and no branch depends on how they compare.
        let head = key.head(at: prefixLength)
        let heads = unsafe base + (Self.headerSize &+ prefixLength)
        var low = first
        var length = count &- first
        while length > 1 {
            let half = length &>> 1
            low = unsafe heads.load32(4 &* (low &+ half &- 1)) < head ? low &+ half : low
            length &-= half
        }
        if length == 1, unsafe heads.load32(4 &* low) < head { low &+= 1 }
        guard low < count, unsafe heads.load32(4 &* low) == head else { return (low, false) }

        // Then what follows, from the first entry with the same head on.
        @inline(__always) func order(_ index: Int) -> Int {
            let cell = unsafe self.cell(index)
            let suffixLength = unsafe cell.load16(0) & ~Self.overflowFlag
            let rest = key.count &- prefixLength
            let same = min(4, suffixLength, rest)
            return unsafe compareBytes(
                cell + (cellHeader &+ same), suffixLength &- same, key.base + (prefixLength &+ same), rest &- same)
        }
        let firstOrder = order(low)
        if firstOrder >= 0 { return (low, firstOrder == 0) }
        var high = count
        low &+= 1
        while low < high {
            let middle = (low &+ high) &>> 1
            let below = unsafe heads.load32(4 &* middle) == head && order(middle) < 0
            if below { low = middle &+ 1 } else { high = middle }
        }
        guard low < count, unsafe heads.load32(4 &* low) == head else { return (low, false) }
        return (low, order(low) == 0)
    }

    /// The first record whose key is not below `key`.
    @inline(__always)
    func searchLeaf(_ key: Bytes, known: Int = 0) -> (index: Int, found: Bool) {
        search(key, known: known, first: 0, cellHeader: Self.leafCellHeaderSize)
    }

    /// The child whose subtree `key` belongs in. Sets `known` to how many leading bytes of `key` every key in there shares.
    @inline(__always)
    func searchBranch(_ key: Bytes, known: inout Int) -> Int {
        let (index, found) = search(key, known: known, first: 1, cellHeader: Self.branchCellHeaderSize)
        let child = found ? index : index &- 1
        // Between two separators of one page every key has their common prefix; outside, only what was known above.
        if child > 0 && child &+ 1 < count { known = max(known, prefixLength) }
        return child
    }

    // MARK: Single keys

    /// Whether a key is that of an entry.
    func isKey(_ index: Int, equal key: Bytes) -> Bool {
        let suffix = suffix(index)
        return key.count == prefixLength + suffix.count && key.hasPrefix(prefix)
            && Bytes.compare(suffix, key.dropFirst(prefixLength)) == 0
    }

    /// Whether the separator of a branch before child `index` > 0 sorts above a key.
    func isSeparator(_ index: Int, above key: Bytes) -> Bool {
        let common = min(prefixLength, key.count)
        let order = unsafe compareBytes(key.base, common, base + Self.headerSize, prefixLength)
        if common < prefixLength || order != 0 { return order < 0 }
        return Bytes.compare(key.dropFirst(prefixLength), branchSuffix(index)) < 0
    }

    /// How many leading bytes a leaf's first key has in common with a key.
    func sharedLength(_ key: Bytes) -> Int {
        let shared = prefix.commonLength(key)
        if shared < prefixLength { return shared }
        return shared + suffix(0).commonLength(key.dropFirst(shared))
    }
}
