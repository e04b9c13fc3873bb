import TestSupport

@testable import ReQLish

/// Geometries where cells and coordinates have their seams as well as anywhere else.
struct RandomGeometries {
    var random: SeededGenerator

    private static let seams = [
        Position(longitude: 0, latitude: 90), Position(longitude: 0, latitude: -90), Position(longitude: 180, latitude: 10),
        Position(longitude: -180, latitude: -33), Position(longitude: 45, latitude: 0), Position(longitude: 135, latitude: 35.26438968),
        Position(longitude: 0, latitude: 0), Position(longitude: -45, latitude: 45),
    ]

    /// From −1 to 1.
    private mutating func signed() -> Double { Double(random.next() >> 11) / 0x1p52 - 1 }

    private mutating func anchor() -> Position {
        random.below(5) == 0
            ? Position(longitude: signed() * 180, latitude: signed() * 90) : Self.seams[random.below(Self.seams.count)]
    }

    /// Somewhere near: meters on the Earth.
    private mutating func place(near anchor: Position, within distance: Double) -> Position {
        if random.below(8) == 0 { return anchor }
        return GeodesicTests.earth.destination(from: anchor, azimuth: signed() * 180, distance: abs(signed()) * distance)
    }

    mutating func position() -> Position { place(near: anchor(), within: 300_000) }

    mutating func geometry() -> Geometry {
        while true {
            let anchor = anchor()
            let size = [0.3, 2000, 100_000, 2_000_000][random.below(4)]
            let geometry: Geometry
            switch random.below(4) {
            case 0: geometry = .point(place(near: anchor, within: 1_000_000))
            case 1: geometry = .lineString((0..<(2 + random.below(3))).map { _ in place(near: anchor, within: size) })
            default:
                // A star around a place near by, which never crosses itself.
                let center = place(near: anchor, within: size)
                let count = 3 + random.below(6)
                var ring = (0..<count).map { index in
                    GeodesicTests.earth.destination(
                        from: center, azimuth: 360 / Double(count) * Double(index) - 180, distance: (0.2 + abs(signed())) * size)
                }
                ring.append(ring[0])
                geometry = .polygon([ring])
            }
            if (try? geometry.shape()) != nil { return geometry }
        }
    }
}
