import Foundation
import Testing

@testable import ReQLish

/// A line of `Golden/geodesics.txt`: what GeographicLib computed.
private struct KnownGeodesic {
    let line: Int
    let geodesic: Geodesic
    let start: Position
    let azimuth: Double
    let end: Position
    let distance: Double

    static func all() throws -> [KnownGeodesic] {
        let text = try String(contentsOfFile: Bundle.module.bundlePath + "/Golden/geodesics.txt", encoding: .utf8)
        return try text.split(separator: "\n").enumerated().filter { !$0.element.hasPrefix("#") }.map { index, line in
            let numbers = try line.split(separator: " ").dropFirst().map { try #require(Double($0)) }
            try #require(numbers.count == 8)
            return KnownGeodesic(
                line: index + 1, geodesic: Geodesic(a: numbers[0], f: numbers[1]),
                start: Position(longitude: numbers[3], latitude: numbers[2]), azimuth: numbers[4],
                end: Position(longitude: numbers[6], latitude: numbers[5]), distance: numbers[7])
        }
    }
}

@Suite struct GeodesicTests {
    static let earth = Geodesic(a: 6_378_137, f: 1 / 298.257223563)

    @Test func distancesAreGeographicLibs() throws {
        let known = try KnownGeodesic.all()
        #expect(known.count > 300)
        for line in known {
            // 15 nanometres on the Earth, the same in proportion on other ellipsoids.
            let tolerance = 15e-9 * line.geodesic.a / 6.4e6
            let there = line.geodesic.distance(line.start, line.end)
            let back = line.geodesic.distance(line.end, line.start)
            #expect(abs(there - line.distance) <= tolerance, "line \(line.line): \(there), not \(line.distance)")
            #expect(abs(back - there) <= tolerance, "line \(line.line), backwards: \(back), not \(there)")
        }
    }

    @Test func destinationsAreGeographicLibs() throws {
        for line in try KnownGeodesic.all() {
            let end = line.geodesic.destination(from: line.start, azimuth: line.azimuth, distance: line.distance)
            let miss = line.geodesic.distance(end, line.end)
            #expect(miss <= 30e-9 * line.geodesic.a / 6.4e6, "line \(line.line): \(end) misses \(line.end) by \(miss)")
        }
    }

    /// Sines and cosines that are the same everywhere agree with the library's, and are exact where they can be.
    @Test func reproducibleSines() {
        for step in -3600...3600 {
            let degrees = Double(step) / 20 + Double(step) * 1e-9
            let ours = SineCosine(reproducibleDegrees: degrees)
            let library = SineCosine(radians: degrees.remainder(dividingBy: 360) * .pi / 180)
            #expect(abs(ours.sine - library.sine) < 1e-15 && abs(ours.cosine - library.cosine) < 1e-15, "\(degrees)")
        }
        let poles = SphereVector(reproducible: Position(longitude: 12, latitude: 90))
        #expect(poles == SphereVector(0, 0, 1))
        #expect(
            SphereVector(reproducible: Position(longitude: 180, latitude: 7))
                == SphereVector(reproducible: Position(longitude: -180, latitude: 7)))
    }

    /// Well-known values: the Earth's quarter meridian and equator, and a way between two airports.
    @Test func wellKnownDistances() {
        func distance(_ lat1: Double, _ lon1: Double, _ lat2: Double, _ lon2: Double) -> Double {
            Self.earth.distance(Position(longitude: lon1, latitude: lat1), Position(longitude: lon2, latitude: lat2))
        }
        #expect(abs(distance(0, 0, 90, 0) - 10_001_965.729312724) < 1e-8)
        #expect(abs(distance(0, 0, 0, 90) - .pi / 2 * 6_378_137) < 1e-8)
        // Half around the equator it is shorter over a pole.
        #expect(abs(distance(0, 0, 0, 180) - 2 * 10_001_965.729312724) < 1e-8)
        #expect(abs(distance(40.6, -73.8, 51.6, -0.5) - 5_551_759.4003186785) < 1e-8)
        #expect(distance(12, 34, 12, 34) == 0)
    }

    @Test func onTheUnitSphereDistancesAreAngles() {
        let sphere = Geodesic(a: 1, f: 0)
        for degrees in [0.001, 1, 30, 90, 135, 179.999, 180] {
            let angle = degrees * .pi / 180
            let alongEquator = sphere.distance(Position(longitude: -20, latitude: 0), Position(longitude: degrees - 20, latitude: 0))
            #expect(abs(alongEquator - angle) < 1e-14, "\(degrees)")
            let start = Position(longitude: 10, latitude: -90)
            #expect(abs(sphere.distance(start, Position(longitude: 77, latitude: degrees - 90)) - angle) < 1e-14, "\(degrees)")
        }
    }

    @Test func quarterTurnsAreExact() {
        for quarter in -4...4 {
            let angle = SineCosine(reproducibleDegrees: Double(quarter) * 90)
            #expect(abs(angle.sine) == (quarter % 2 == 0 ? 0 : 1) && abs(angle.cosine) == (quarter % 2 == 0 ? 1 : 0))
        }
        let north = Self.earth.destination(from: Position(longitude: 5, latitude: 0), azimuth: 0, distance: 1000)
        #expect(north.longitude == 5)
    }
}
