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
        // A hole that leaves its shell at a vertex in common has all other arcs where they may be.
        #expect(throws: ReQLError.self) { try Geometry.polygon([Self.square(0, 0, 80), Self.square(80, 80, 1)]).shape() }
        for hole in [Self.square(1.2, 1.2, 0.1), Self.square(1.3, 1.3, 0.5), Self.square(0.9, 0.9, 0.7), Self.square(0.5, 0.5, 79)] {
            #expect(throws: ReQLError.self) { try Self.polygon(with: [hole]).shape() }
        }
    }

    /// Teeth side by side, each longer than all of them are wide.
    private static func comb(of count: Int, turned degrees: Double) -> [Position] {
        let turn = SineCosine(reproducibleDegrees: degrees)
        func place(_ x: Double, _ y: Double) -> Position {
            Position(longitude: 10 + x * turn.cosine - y * turn.sine, latitude: x * turn.sine + y * turn.cosine)
        }
        var places = [place(-0.01, 0)]
        for tooth in 0..<count {
            let y = 0.1 * Double(tooth) / Double(count)
            places += [place(0.2, y + 0.025 / Double(count)), place(0, y + 0.05 / Double(count))]
        }
        places.append(place(-0.01, 0.1))
        return places + [places[0]]
    }

    /// Boxes around the teeth overlap if they lie aslant, and what is compared in vain would be the square of their number.
    @Test(arguments: [0, 33, 45, 90]) func combsAreLookedThroughInTime(degrees: Double) throws {
        guard case .polygon(let comb) = try Geometry.polygon([Self.comb(of: 3000, turned: degrees)]).shape() else {
            Issue.record("no polygon")
            return
        }
        #expect(comb.arcs.count == 6002)
        var crossed = Self.comb(of: 3000, turned: degrees)
        crossed.swapAt(3000, 3004)
        #expect(throws: ReQLError.self) { try Geometry.polygon([crossed]).shape() }
    }
}
