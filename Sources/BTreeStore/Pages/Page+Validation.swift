// What makes a page safe to read and to change without checks: every cell lies inside it and apart from the others, and no key is
// too long. Run once a page and opening, with the checksum; order of keys and sums of counts can be wrong without harm to memory
// and are the full check's matter.

extension Page {
    /// What is wrong with the page's structure: nil if nothing is.
    func structuralFault(pageSize: Int, level expected: Int, inMemory: Bool = false) -> String? {
        guard level == expected else { return "it is of level \(level) where level \(expected) belongs" }
        guard kind == (expected == 0 ? Self.leafKind : Self.branchKind) else { return "its kind is \(kind)" }
        let count = self.count
        guard count > 0 else { return "it is empty" }
        let isLeaf = expected == 0
        let keyLimit = Store.maximumKeyLength(pageSize: pageSize)
        guard prefixLength <= keyLimit else { return "its prefix has \(prefixLength) bytes" }
        let slotsEnd = headsOffset + count * (isLeaf ? Self.leafSlotSize : Self.branchSlotSize)
        guard slotsEnd + heapBytes <= pageSize else { return "its slots and cells overlap" }
        let heapStart = pageSize - heapBytes
        let cellHeader = isLeaf ? Self.leafCellHeaderSize : Self.branchCellHeaderSize

        var heapUsed = 0
        var overflows = 0
        for index in (isLeaf ? 0 : 1)..<count {
            let offset = cellOffset(index)
            guard offset >= heapStart, offset + cellHeader <= pageSize else { return "cell \(index) lies outside its cells" }
            let suffixLength = unsafe base.load16(offset) & ~Self.overflowFlag
            guard prefixLength + suffixLength <= keyLimit else { return "key \(index) is too long" }
            var size = cellHeader + suffixLength
            if isLeaf {
                // The lengths must be known to be readable before the cell is taken apart.
                size += unsafe base.load16(offset + 2)
                guard offset + size <= pageSize else { return "cell \(index) reaches beyond the page" }
                let cell = leafCell(index)
                if cell.isOverflow {
                    overflows += 1
                    guard cell.payloadLength == PageReference.byteCount, inMemory || isPlausible(cell.run) else {
                        return "cell \(index) has a malformed overflow reference"
                    }
                }
            } else if unsafe base.load16(offset) & Self.overflowFlag != 0 {
                return "cell \(index) is malformed"
            }
            guard offset + size <= pageSize else { return "cell \(index) reaches beyond the page" }
            heapUsed += size
        }
        if !isLeaf {
            for index in 0..<count where !inMemory && !isPlausible(child(index)) { return "child \(index) has a malformed reference" }
        }
        guard heapUsed + garbage == heapBytes else { return "its cells take \(heapUsed) bytes where \(heapBytes - garbage) were noted" }
        guard !isLeaf || overflow == overflows else { return "it has \(overflows) large values where \(overflow) were noted" }
        guard cellsLieApart(pageSize: pageSize) else { return "its cells overlap" }
        return nil
    }

    /// Whether no byte belongs to two cells, which must lie inside the page: a change of one would change the other's lengths.
    private func cellsLieApart(pageSize: Int) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: pageSize / 64) { taken in
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
        !reference.isInMemory && reference.page >= 2 && reference.birth <= birth
    }
}
