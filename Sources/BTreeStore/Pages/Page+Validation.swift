import Ground

// What makes a page safe to read and to change without checks: every cell lies inside it and apart from the others, and no key is
// too long. This is tested once for each page and opening, together with the checksum. The order of keys and the sums of counts can
// be wrong without harm to memory; they are left to the full check.

extension Page {
    /// What is wrong with the page's structure: nil if nothing is.
    ///
    /// - Parameter keyLimit: the longest key, in bytes.
    func structuralFault(capacity: Int, keyLimit: Int, level expected: Int, inMemory: Bool = false) -> String? {
        guard level == expected else { return "it is of level \(level) where level \(expected) belongs" }
        guard kind == (expected == 0 ? Self.leafKind : Self.branchKind) else { return "its kind is \(kind)" }
        let count = self.count
        guard count > 0 else { return "it is empty" }
        let isLeaf = expected == 0
        guard !isLeaf || !hasDigests else { return "it is a leaf, and says that it has digests" }
        guard prefixLength <= keyLimit else { return "its prefix has \(prefixLength) bytes" }
        let slotsEnd = headsOffset + count * slotSize
        guard slotsEnd + heapBytes <= capacity else { return "its slots and cells overlap" }
        let heapStart = capacity - heapBytes
        let cellHeader = isLeaf ? Self.leafCellHeaderSize : Self.branchCellHeaderSize

        var heapUsed = 0
        var overflows = 0
        for index in (isLeaf ? 0 : 1)..<count {
            let offset = cellOffset(index)
            guard offset >= heapStart, offset + cellHeader <= capacity else { return "cell \(index) lies outside its cells" }
            let suffixLength = unsafe base.load16(offset) & ~Self.overflowFlag
            guard prefixLength + suffixLength <= keyLimit else { return "key \(index) is too long" }
            var size = cellHeader + suffixLength
            if isLeaf {
                // The lengths must be known to be readable before the cell is taken apart.
                size += unsafe base.load16(offset + 2)
                guard offset + size <= capacity else { return "cell \(index) reaches beyond the page" }
                let cell = leafCell(index)
                if cell.isOverflow {
                    overflows += 1
                    guard isRunPayload(cell.payloadLength, capacity: capacity), inMemory || isPlausible(cell.run) else {
                        return "cell \(index) has a malformed overflow reference"
                    }
                }
            } else if unsafe base.load16(offset) & Self.overflowFlag != 0 {
                return "cell \(index) is malformed"
            }
            guard offset + size <= capacity else { return "cell \(index) reaches beyond the page" }
            heapUsed += size
        }
        if !isLeaf {
            for index in 0..<count where !inMemory && !isPlausible(child(index)) { return "child \(index) has a malformed reference" }
        }
        guard heapUsed + garbage == heapBytes else { return "its cells take \(heapUsed) bytes where \(heapBytes - garbage) were noted" }
        guard !isLeaf || overflow == overflows else { return "it has \(overflows) large values where \(overflow) were noted" }
        guard cellsLieApart(capacity: capacity) else { return "its cells overlap" }
        return nil
    }

    /// Whether a cell of an overflow run has the right length: in an encrypted file with digests the value's hash stands behind the reference.
    private func isRunPayload(_ byteCount: Int, capacity: Int) -> Bool {
        byteCount == PageReference.byteCount
            || byteCount == PageReference.byteCount + Self.valueHashByteCount && Self.isSealed(capacity: capacity)
    }

    /// Whether no byte belongs to two cells: a change of one would change the other's lengths. The cells must lie inside the page.
    private func cellsLieApart(capacity: Int) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: (capacity + 63) / 64) { taken in
            unsafe taken.initialize(repeating: 0)
            for index in (isLeaf ? 0 : 1)..<count {
                let offset = cellOffset(index)
                let size = isLeaf ? leafCell(index).byteCount : Self.branchCellHeaderSize + branchSuffix(index).count
                var byte = offset
                while byte < offset + size {
                    let bit = byte & 63
                    let bits = min(64 - bit, offset + size - byte)
                    let mask = (bits == 64 ? ~0 : (1 &<< UInt64(bits)) &- 1) &<< UInt64(bit)
                    if unsafe taken[byte >> 6] & mask != 0 { return false }
                    unsafe taken[byte >> 6] |= mask
                    byte += bits
                }
            }
            return true
        }
    }

    /// A reference in the file never carries the bit that would make an address of it, and nothing is younger than its parent.
    private func isPlausible(_ reference: PageReference) -> Bool {
        !reference.isInMemory && reference.page >= .first && reference.birth <= birth
    }
}
