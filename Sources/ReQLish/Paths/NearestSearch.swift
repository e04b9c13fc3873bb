#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// Looks for the geometries of a geo index that are nearest to a place.
///
/// The nearest of the cells seen so far is always the next: one without entries is passed over, for counting them costs
/// O(log n); one with few is read; one with many is taken apart. When it is further away than what is already found, that is the
/// answer. So it takes no guess of a radius, and reads little beyond the answer wherever the geometries are dense or rare.
struct NearestSearch {
    struct Found {
        /// In meters.
        let distance: Double
        let primaryKey: Datum
        let row: Datum

        /// Nearer, or as near and with the lesser key.
        func precedes(_ other: Found) -> Bool {
            distance != other.distance ? distance < other.distance : primaryKey < other.primaryKey
        }
    }

    let table: TableReference
    let index: IndexConfig
    let place: Position
    let geodesic: Geodesic
    /// In meters.
    let maximumDistance: Double
    let maximumCount: Int

    /// A cell with this many entries is read rather than taken apart.
    private static let fewEntries = 32

    /// A cell, and what no geometry in it is nearer than.
    private struct Candidate {
        let cell: SphereCell
        let distance: Double
    }

    /// The nearest first; those that are as near in the order of their keys.
    func run(_ execution: Execution, at site: Site) throws(ReQLError) -> [Found] {
        let start = SphereVector(place)
        var open = Heap<Candidate> { $0.distance < $1.distance }
        for cell in SphereCell.faces { open.insert(candidate(cell, from: start)) }
        // The furthest first, so that it is the one to go.
        var found = Heap<Found> { $1.precedes($0) }
        var seen: Set<Datum> = []
        let held = HeldMemory(execution.memory)
        while let next = open.popFirst() {
            try execution.check()
            guard next.distance <= maximumDistance else { break }
            if found.count == maximumCount, let last = found.first, next.distance > last.distance { break }
            let children = next.cell.children
            let count = try table.entryCount(of: index, KeyBounds(cells: next.cell.range), at: site)
            guard count > 0 else { continue }
            let isTakenApart = count > Self.fewEntries && !children.isEmpty
            try read(isTakenApart ? next.cell.id...next.cell.id : next.cell.range, into: &found, &seen, held, start, execution, site)
            if isTakenApart { for child in children { open.insert(candidate(child, from: start)) } }
        }
        return found.elements.sorted { $0.precedes($1) }
    }

    private func read(
        _ cells: ClosedRange<Int>, into found: inout Heap<Found>, _ seen: inout Set<Datum>, _ held: HeldMemory, _ start: SphereVector,
        _ execution: Execution, _ site: Site
    ) throws(ReQLError) {
        let cursor = try site.reading(table.snapshot.entries(of: index, in: table.config, KeyBounds(cells: cells)))
        while let hit = try site.reading(cursor.next()) {
            try execution.check()
            guard seen.insert(hit.primaryKey).inserted else { continue }
            try site.locating(held.add(hit.primaryKey))
            let geometries = try site.reading(hit.documentValues()).compactMap(Geometry.init(indexed:))
            for geometry in geometries {
                guard let shape = try? geometry.shape() else { continue }
                let distance = geodesic.distance(start.position, shape.nearest(to: start).position)
                guard distance <= maximumDistance else { continue }
                let row = try site.reading(hit.document())
                found.insert(Found(distance: distance, primaryKey: hit.primaryKey, row: row))
                if found.count > maximumCount { _ = found.popFirst() }
                if found.count > execution.arrayLimit { try execution.checkArray(found.count, at: site) }
            }
        }
    }

    /// On the ellipsoid a step is nowhere shorter than a (1 − f)² times the same step on the sphere of directions: at the equator that is
    /// the curve of the meridian.
    private func candidate(_ cell: SphereCell, from start: SphereVector) -> Candidate {
        let (center, chord) = cell.circle
        let angle = 2 * asin(min((center - start).squaredLength.squareRoot() / 2, 1))
        let reach = 2 * asin(min(chord / 2, 1))
        let shortest = geodesic.a * geodesic.f1 * geodesic.f1
        // Less what roundings may take away: a wrong order would lose an answer, one step more loses nothing.
        return Candidate(cell: cell, distance: max(0, angle - reach - SphereCovering.slack) * shortest * (1 - 1e-9) - 1e-6 * shortest / 6e6)
    }
}
