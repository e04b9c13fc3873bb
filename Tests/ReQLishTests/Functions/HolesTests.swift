import Testing

@testable import ReQLish

@Suite struct HolesTests {
    private static func square(_ longitude: Double, _ latitude: Double, _ size: Double) -> [Position] {
        [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)].map { (x: Double, y: Double) in
            Position(longitude: longitude + x * size, latitude: latitude + y * size)
        }
    }

    /// A polygon with thousands of holes, and some more.
    private static func polygon(with holes: [[Position]] = []) -> Geometry {
        let many = (0..<3000).map { square(1 + Double($0 % 60) * 1.3, 1 + Double($0 / 60) * 1.3, 0.5) }
        return .polygon([square(0, 0, 80)] + many + holes)
    }

    @Test func manyHolesAreComparedInTime() throws {
        _ = try Self.polygon().shape()
        // Next to one, in one, across one, around one, and around all.
        _ = try Self.polygon(with: [Self.square(1.6, 1.6, 0.5)]).shape()
        for hole in [Self.square(1.2, 1.2, 0.1), Self.square(1.3, 1.3, 0.5), Self.square(0.9, 0.9, 0.7), Self.square(0.5, 0.5, 79)] {
            #expect(throws: ReQLError.self) { try Self.polygon(with: [hole]).shape() }
        }
    }
}
