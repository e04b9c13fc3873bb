import Catalog

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// A point of the unit sphere, as its vector from the centre.
typealias SphereVector = SIMD3<Double>

extension SphereVector {
    /// The place's direction, taking the globe for a sphere.
    init(_ position: Position) {
        let latitude = position.latitude * (.pi / 180)
        let longitude = position.longitude * (.pi / 180)
        let radius = cos(latitude)
        self.init(cos(longitude) * radius, sin(longitude) * radius, sin(latitude))
    }

    /// The place's direction, the same on every machine, as the cells of a geo index must be.
    init(reproducible position: Position) {
        let latitude = SineCosine(reproducibleDegrees: position.latitude)
        let longitude = SineCosine(reproducibleDegrees: position.longitude)
        self.init(longitude.cosine * latitude.cosine, longitude.sine * latitude.cosine, latitude.sine)
    }

    var position: Position {
        Position(
            longitude: (180 / .pi) * atan2(y, x), latitude: (180 / .pi) * atan2(z, (x * x + y * y).squareRoot()))
    }

    func dot(_ other: SphereVector) -> Double { x * other.x + y * other.y + z * other.z }

    func cross(_ other: SphereVector) -> SphereVector {
        SphereVector(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    var squaredLength: Double { dot(self) }
    var normalized: SphereVector { self / squaredLength.squareRoot() }

    /// The direction of the cross product of two unit vectors, with all its digits where they are near each other.
    func normal(with other: SphereVector) -> SphereVector {
        (self + other).cross(other - self).normalized
    }

    /// Whether two points are so near each other that they count as one.
    func coincides(with other: SphereVector) -> Bool {
        (self - other).squaredLength <= SphericalArc.touching * SphericalArc.touching
    }
}

/// The shorter arc of the great circle through two points, which neither coincide nor are opposite each other.
struct SphericalArc {
    let start: SphereVector
    let end: SphereVector
    /// The pole of the great circle, on the left of the way from start to end.
    let normal: SphereVector

    /// What is nearer than this, in radians, touches: about 25 nanometres on the Earth. A unit vector in doubles is right to
    /// 2·10⁻¹⁶, and what is computed from a few of them to a few times that.
    static let touching = 4e-15

    init(_ start: SphereVector, _ end: SphereVector) {
        self.start = start
        self.end = end
        normal = start.normal(with: end)
    }

    var middle: SphereVector { (start + end).normalized }

    /// Whether a point of the great circle is between the ends, or one of them.
    func spans(_ point: SphereVector) -> Bool {
        normal.cross(start).dot(point) >= 0 && end.cross(normal).dot(point) >= 0
    }

    /// The arc's point that is nearest to a point.
    func nearest(to point: SphereVector) -> SphereVector {
        // With the normal as long as it comes out, which has a rounding less than one of length 1.
        let cross = (start + end).cross(end - start)
        let foot = point - (point.dot(cross) / cross.squaredLength) * cross
        if foot.squaredLength > 1e-30, spans(foot) { return foot.normalized }
        return (point - start).squaredLength <= (point - end).squaredLength ? start : end
    }

    func touches(_ point: SphereVector) -> Bool {
        abs(normal.dot(point)) > Self.apart ? false : nearest(to: point).coincides(with: point)
    }

    /// Where two arcs of different great circles meet.
    func crossing(_ other: SphericalArc) -> SphereVector? {
        let direction = normal.cross(other.normal)
        guard direction.squaredLength > 1e-30 else { return nil }
        let point = direction.normalized
        if spans(point), other.spans(point) { return point }
        if spans(-point), other.spans(-point) { return -point }
        return nil
    }

    /// Whether all of another arc is on one side of this one's great circle, and too far away from it to touch it. What is between two points
    /// of one side is no nearer than they are.
    private func hasOnOneSide(_ other: SphericalArc) -> Bool {
        let (start, end) = (normal.dot(other.start), normal.dot(other.end))
        return abs(start) > Self.apart && abs(end) > Self.apart && (start > 0) == (end > 0)
    }

    /// Whether it is easily seen that the arcs have no point in common.
    func isClearlyApart(from other: SphericalArc) -> Bool { hasOnOneSide(other) || other.hasOnOneSide(self) }

    /// Many times what touches, and what roundings make of it.
    private static let apart = 1e-13

    /// Whether the arcs have a point in common.
    func touches(_ other: SphericalArc) -> Bool {
        if isClearlyApart(from: other) { return false }
        return touches(other.start) || touches(other.end) || other.touches(start) || other.touches(end) || crossing(other) != nil
    }

    /// Whether the arcs have both ends in common, whichever way round.
    func isSame(as other: SphericalArc) -> Bool {
        start.coincides(with: other.start) && end.coincides(with: other.end)
            || start.coincides(with: other.end) && end.coincides(with: other.start)
    }

    /// Whether the arcs have more in common than one point that is an end of both.
    func conflicts(_ other: SphericalArc) -> Bool {
        guard touches(other) else { return false }
        for (own, ownOther) in [(start, end), (end, start)] {
            for (its, itsOther) in [(other.start, other.end), (other.end, other.start)] where own.coincides(with: its) {
                return touches(itsOther) || other.touches(ownOther)
            }
        }
        return true
    }
}

/// A box around an arc, to tell quickly that arcs have nothing to do with each other, and what the arc takes up of a direction.
private struct ArcBox {
    let lower: SphereVector
    let upper: SphereVector
    let first: Double
    let last: Double
    let index: Int
    let isFirst: Bool

    init(_ arc: SphericalArc, along direction: SphereVector, index: Int, isFirst: Bool) {
        // No point of the arc is further from its chord than its middle is.
        let height = 1 - ((arc.start + arc.end) / 2).squaredLength.squareRoot() + 2 * SphericalArc.touching
        lower = pointwiseMin(arc.start, arc.end) - height
        upper = pointwiseMax(arc.start, arc.end) + height
        let (start, end) = (direction.dot(arc.start), direction.dot(arc.end))
        first = min(start, end) - height
        last = max(start, end) + height
        self.index = index
        self.isFirst = isFirst
    }

    /// What others take up together; nil without any.
    init?(around others: [ArcBox]) {
        guard let one = others.first else { return nil }
        var (lower, upper, first, last) = (one.lower, one.upper, one.first, one.last)
        for other in others {
            lower = pointwiseMin(lower, other.lower)
            upper = pointwiseMax(upper, other.upper)
            first = min(first, other.first)
            last = max(last, other.last)
        }
        (self.lower, self.upper, self.first, self.last, index, isFirst) = (lower, upper, first, last, one.index, one.isFirst)
    }

    func overlaps(_ other: ArcBox) -> Bool {
        all(lower .<= other.upper) && all(other.lower .<= upper)
    }
}

extension [SphericalArc] {
    /// The arcs from each point to the next.
    init(through points: [SphereVector]) {
        self = zip(points, points.dropFirst()).map { SphericalArc($0, $1) }
    }

    /// Whether a test holds for one of the pairs of arcs of this list and of the other that come near each other.
    ///
    /// The test is given the places of both. What it costs grows with the square of the count only if most arcs come near most
    /// others, whichever way one looks at them. False if the query was stopped meanwhile, which finds that out by itself then.
    func hasPair(with other: [SphericalArc], where test: (Int, Int) -> Bool) -> Bool {
        if QueryMemory.isThreadStopped { return false }
        let direction = sweepDirection(with: other)
        let own = enumerated().map { ArcBox($1, along: direction, index: $0, isFirst: true) }
        let its = other.enumerated().map { ArcBox($1, along: direction, index: $0, isFirst: false) }
        // A small hole is near few arcs of its shell.
        guard let ownRoom = ArcBox(around: own), let itsRoom = ArcBox(around: its) else { return false }
        var boxes = own.filter { $0.overlaps(itsRoom) } + its.filter { $0.overlaps(ownRoom) }
        boxes.sort { $0.first < $1.first }
        var open: [ArcBox] = []
        var steps = 0
        for box in boxes {
            open.removeAll { $0.last < box.first }
            steps += open.count
            if steps > 1 << 20 {
                steps = 0
                if QueryMemory.isThreadStopped { return false }
            }
            for candidate in open where candidate.isFirst != box.isFirst && candidate.overlaps(box) {
                if box.isFirst ? test(box.index, candidate.index) : test(candidate.index, box.index) { return true }
            }
            open.append(box)
        }
        return false
    }

    /// A direction in which the arcs are short for the room that all of them take: across the teeth of a comb. Few arcs are compared quickly
    /// along the axis in which they take most.
    private func sweepDirection(with other: [SphericalArc]) -> SphereVector {
        let isLarge = count + other.count > 100
        // So many tell enough.
        var some: [SphericalArc] = []
        for list in [self, other] where !list.isEmpty {
            for index in stride(from: 0, to: list.count, by: Swift.max(list.count / 500, 1)) { some.append(list[index]) }
        }
        var directions = [SphereVector(1, 0, 0), SphereVector(0, 1, 0), SphereVector(0, 0, 1)]
        if isLarge {
            let long = some.sorted { ($0.end - $0.start).squaredLength > ($1.end - $1.start).squaredLength }.prefix(64)
            for index in stride(from: 0, to: long.count, by: 2) { directions.append(long[index].normal) }
        }
        var best = (direction: directions[0], share: Double.infinity)
        for direction in directions {
            var (lower, upper, length) = (Double.infinity, -Double.infinity, 0.0)
            for arc in some {
                let (start, end) = (direction.dot(arc.start), direction.dot(arc.end))
                lower = Swift.min(lower, start, end)
                upper = Swift.max(upper, start, end)
                length += abs(end - start)
            }
            let share = !(upper > lower) ? .infinity : isLarge ? length / (upper - lower) : 1 / (upper - lower)
            if share < best.share { best = (direction, share) }
        }
        return best.direction
    }
}
