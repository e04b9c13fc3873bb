/// Cells that together hold all of a shape.
struct SphereCovering {
    let cells: [SphereCell]

    /// As many as a query looks into at most. More of them follow the shape more closely.
    static let queryCount = 32

    /// What is nearer than this to a cell counts as being in it: far more than roundings do, and little beside the smallest cell.
    static let slack = 1e-12

    /// - Parameter maximumCount: At least 6.
    /// - Complexity: O(levels · `maximumCount` · edges) at worst; edges far from a cell are not asked again for its parts.
    init(_ shape: SphericalShape, maximumCount: Int) {
        let parts = Parts(shape)
        var covering: [SphereCell] = []
        var open = SphereCell.faces.compactMap { parts.candidate($0, among: nil) }
        // The largest first: what there is room for goes where most is gained.
        var next = 0
        while next < open.count {
            let candidate = open[next]
            next += 1
            if !candidate.isInside, candidate.cell.level < SphereCell.maximumLevel {
                let children = candidate.cell.children.compactMap { parts.candidate($0, among: candidate.edges) }
                if covering.count + (open.count - next) + children.count <= maximumCount {
                    open += children
                    continue
                }
            }
            covering.append(candidate.cell)
        }
        cells = covering
    }

    /// The cells that a geometry has entries for in an index: of a point the one that it is in, of others 8 at most. Entries are found
    /// again by covering the geometry again, so all that decides which cells these are is part of the index's form.
    static func indexed(_ shape: SphericalShape) -> [SphereCell] {
        if case .point(let point) = shape { return [SphereCell(point)] }
        return SphereCovering(shape, maximumCount: 8).cells
    }

    /// The numbers of all cells that a geometry in one of these may have been put into: those inside, and those around. In order and apart.
    var ranges: [ClosedRange<Int>] {
        var ranges = cells.map(\.range)
        var around: Set<SphereCell> = []
        for cell in cells {
            var cell = cell
            while let parent = cell.parent, around.insert(parent).inserted { cell = parent }
        }
        ranges += around.map { $0.id...$0.id }
        ranges.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
        var merged: [ClosedRange<Int>] = []
        for range in ranges {
            // Between neighbours is at most the number of a cell around both.
            if let last = merged.last, range.lowerBound <= last.upperBound + 2 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

/// A shape as the search for cells asks it.
private struct Parts {
    let shape: SphericalShape
    let edges: [SphericalArc]

    /// A cell that some of the shape is in, or may be.
    struct Candidate {
        let cell: SphereCell
        /// Which edges come near it.
        let edges: [Int]
        /// The whole cell belongs to the shape.
        let isInside: Bool
    }

    init(_ shape: SphericalShape) {
        self.shape = shape
        edges =
            switch shape {
            case .point: []
            case .line(let arcs): arcs
            case .polygon(let polygon): polygon.arcs
            }
    }

    /// Nil if nothing of the shape is in the cell.
    ///
    /// - Parameter candidates: The edges near the cell around this one; nil for all.
    func candidate(_ cell: SphereCell, among candidates: [Int]?) -> Candidate? {
        let (center, chord) = cell.circle
        let reach = (chord + SphereCovering.slack) * (chord + SphereCovering.slack)
        func isNear(_ point: SphereVector) -> Bool { (point - center).squaredLength <= reach }
        if case .point(let point) = shape { return isNear(point) ? Candidate(cell: cell, edges: [], isInside: false) : nil }
        let near = (candidates ?? Array(edges.indices)).filter { isNear(edges[$0].nearest(to: center)) }
        if !near.isEmpty { return Candidate(cell: cell, edges: near, isInside: false) }
        // Without an edge in it a cell is in or out as a whole.
        guard case .polygon(let polygon) = shape, polygon.location(of: center) != .outside else { return nil }
        return Candidate(cell: cell, edges: [], isInside: true)
    }
}
