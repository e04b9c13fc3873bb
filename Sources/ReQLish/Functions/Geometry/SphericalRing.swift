import Catalog

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// The place of a point, seen from an area.
enum Location {
    case inside
    case boundary
    case outside
}

/// A closed way on the sphere that does not meet itself. Its inside is the smaller of the two areas that it divides the sphere
/// into, whichever way round it is written.
struct SphericalRing {
    /// With the inside on the left.
    let arcs: [SphericalArc]

    /// Nil if the ring meets itself, or has no area.
    ///
    /// - Parameter points: At least three; no two neighbours, nor the last and the first, coincide or are opposite each other.
    init?(_ points: [SphereVector]) {
        let arcs = [SphericalArc](through: points + points.prefix(1))
        guard arcs.count >= 3, !Self.meetsItself(arcs) else { return nil }
        // The sum of all turns is 2π less the area on the left.
        var turning = 0.0
        for (index, arc) in arcs.enumerated() {
            let previous = arcs[(index + arcs.count - 1) % arcs.count].normal
            turning += atan2(previous.cross(arc.normal).dot(arc.start), previous.dot(arc.normal))
        }
        self.arcs = turning >= 0 ? arcs : arcs.reversed().map { SphericalArc($0.end, $0.start) }
    }

    private static func meetsItself(_ arcs: [SphericalArc]) -> Bool {
        let last = arcs.count - 1
        return arcs.hasPair(with: arcs) { first, second in
            guard first < second else { return false }
            if second == first + 1 || first == 0 && second == last { return arcs[first].conflicts(arcs[second]) }
            return arcs[first].touches(arcs[second])
        }
    }

    /// - Complexity: O(count of arcs)
    func location(of point: SphereVector) -> Location {
        if arcs.contains(where: { $0.touches(point) }) { return .boundary }
        return isBesides(point) ? .inside : .outside
    }

    /// Whether a point that is not on the ring is inside.
    ///
    /// On the way from a point of the ring, which leaves it to the left (inside) or to the right, each arc that is crossed
    /// changes the side. Ways that run through a vertex are not used.
    private func isBesides(_ point: SphereVector) -> Bool {
        let attempts = min(arcs.count, 64)
        for attempt in 0..<attempts * 2 {
            let index = attempt % attempts
            let arc = arcs[index]
            let weight = attempt < attempts ? 0.5 : 0.37
            let origin = (arc.start * weight + arc.end * (1 - weight)).normalized
            let isLast = attempt == attempts * 2 - 1
            let side = arc.normal.dot(point)
            guard isLast || abs(side) > 1e-12, (origin + point).squaredLength > 1e-24 else { continue }
            if let isOdd = crossesOddly(SphericalArc(origin, point), leaving: index, margin: isLast ? 0 : 1e-13) {
                return (side > 0) != isOdd
            }
        }
        return false
    }

    /// Whether a way crosses an odd number of arcs, not counting the one it begins on; nil if it comes too near a vertex.
    private func crossesOddly(_ way: SphericalArc, leaving own: Int, margin: Double) -> Bool? {
        var isOdd = false
        var startSide = way.normal.dot(arcs[0].start)
        for (index, arc) in arcs.enumerated() {
            guard abs(startSide) >= margin else { return nil }
            let endSide = way.normal.dot(arc.end)
            defer { startSide = endSide }
            guard index != own, (startSide > 0) != (endSide > 0) else { continue }
            // The arc's great circle separates the ends of the way, and on this side of the sphere, not on the far one.
            let from = arc.normal.dot(way.start) > 0
            let to = arc.normal.dot(way.end) > 0
            if from != to, (startSide > 0) != from { isOdd.toggle() }
        }
        return isOdd
    }

    /// Some point inside.
    ///
    /// - Parameter others: Arcs on whose far side it must not be.
    /// - Parameter isInside: What else is asked of it.
    func innerPoint(besides others: [SphericalArc] = [], where isInside: (SphereVector) -> Bool = { _ in true }) -> SphereVector? {
        for (index, arc) in arcs.enumerated() where !QueryMemory.isThreadStopped {
            // From the arc's middle to the left, half the way to what is met first.
            let middle = arc.middle
            let way = SphericalArc(middle, arc.normal)
            var nearest = arc.normal
            for (other, candidate) in arcs.enumerated() where other != index {
                guard let point = way.crossing(candidate) else { continue }
                if (point - middle).squaredLength < (nearest - middle).squaredLength { nearest = point }
            }
            for other in others {
                guard let point = way.crossing(other) else { continue }
                if (point - middle).squaredLength < (nearest - middle).squaredLength { nearest = point }
            }
            let point = (middle + nearest).normalized
            if location(of: point) == .inside, isInside(point) { return point }
        }
        return nil
    }

    /// Whether another ring is inside this one, with no more than vertices and whole arcs in common.
    func encloses(_ other: SphericalRing) -> Bool {
        var shared: Set<Int> = []
        // What is not crossed goes out or in at vertices in common only: one arc behind each of these tells of those that follow.
        var tested: Set<Int> = [0]
        let isCrossed = arcs.hasPair(with: other.arcs) { own, its in
            let (arc, edge) = (arcs[own], other.arcs[its])
            if arc.isSame(as: edge) {
                shared.insert(its)
                tested.insert((its + 1) % other.arcs.count)
                return false
            }
            if arc.conflicts(edge) { return true }
            if arc.start.coincides(with: edge.start) || arc.end.coincides(with: edge.start) { tested.insert(its) }
            if arc.start.coincides(with: edge.end) || arc.end.coincides(with: edge.end) { tested.insert((its + 1) % other.arcs.count) }
            return false
        }
        return !isCrossed && tested.allSatisfy { shared.contains($0) || location(of: other.arcs[$0].middle) == .inside }
    }

    /// The arcs that hang together once some are left out.
    func lines(without left: Set<Int>) -> [[SphericalArc]] {
        guard let first = left.first else { return [arcs] }
        var lines: [[SphericalArc]] = []
        var line: [SphericalArc] = []
        for offset in 1...arcs.count {
            let index = (first + offset) % arcs.count
            if !left.contains(index) {
                line.append(arcs[index])
            } else if !line.isEmpty {
                lines.append(line)
                line = []
            }
        }
        return lines
    }

    /// A circle that the ring and its inside are in; nil if they take up nearly half of the sphere, or more.
    ///
    /// A circle of less than a quarter of the way around has the arcs between points in it in it, and all that is outside it is on one side
    /// of the ring, which is the larger one.
    var circle: (center: SphereVector, angle: Double)? {
        let sum = arcs.reduce(SphereVector()) { $0 + $1.start }
        guard sum.squaredLength > 1e-6 else { return nil }
        let center = sum.normalized
        let square = arcs.reduce(0.0) { max($0, ($1.start - center).squaredLength) }
        return square < 1.9 ? (center, 2 * asin(square.squareRoot() / 2) + 1e-6) : nil
    }

    /// Whether two circles have a point in common, as far as is known.
    static func mayMeet(_ one: (center: SphereVector, angle: Double)?, _ other: (center: SphereVector, angle: Double)?) -> Bool {
        guard let one, let other else { return true }
        let chord = (one.center - other.center).squaredLength.squareRoot()
        return 2 * asin(min(chord / 2, 1)) <= one.angle + other.angle
    }

    /// Whether another ring is outside this one, and this one outside it, with no more than vertices in common.
    func isApart(from other: SphericalRing) -> Bool {
        !arcs.hasPair(with: other.arcs) { arcs[$0].conflicts(other.arcs[$1]) }
            && location(of: other.arcs[0].middle) == .outside && other.location(of: arcs[0].middle) == .outside
    }
}
