import TestSupport
import Testing

@testable import ReQLish

@Suite struct GeoIndexTests {
    /// A table of geometries, in `g` one, in `m` several.
    private func filled(_ geometries: inout RandomGeometries, count: Int) throws -> QueryRunner {
        let run = try QueryRunner(table: "t")
        var rows: [Datum] = []
        for id in 0..<count {
            var several: [Datum] = []
            for _ in 0..<geometries.random.below(4) { several.append(try geometries.geometry().datum()) }
            if id % 10 == 3 { several.append("no geometry") }
            rows.append(["id": Datum(id), "g": try geometries.geometry().datum(), "m": try .array(several)])
        }
        // Some are there before the indexes, and some of those that were change or go.
        let insert = { (rows: ArraySlice<Datum>) in
            _ = try run.pando.start(r.table("t").insert(Query(.array(Array(rows)))).tree())
        }
        try insert(rows.prefix(count / 2))
        _ = try run.value("r.table('t').indexCreate('g', {geo: true})")
        _ = try run.value("r.table('t').indexCreate('m', {geo: true, multi: true})")
        _ = try run.value("r.table('t').indexWait()")
        try insert(rows.dropFirst(count / 2))
        _ = try run.value("r.table('t').getAll(1, 2, 3).delete()")
        _ = try run.value(
            "r.table('t').filter(d => d('id').mod(7).eq(0)).update(d => ({g: d('m').filter(x => x.typeOf().eq('PTYPE<GEOMETRY>'))(0).default(d('g'))}))"
        )
        return run
    }

    private func answer(_ run: QueryRunner, _ query: Query) throws -> Datum { try run.pando.start(query.tree()).collected() }

    @Test(arguments: 1...2 as ClosedRange<UInt64>)
    func intersectionsAreThoseOfAScan(seed: UInt64) throws {
        var geometries = RandomGeometries(random: SeededGenerator(seed: seed))
        let run = try filled(&geometries, count: 50)
        var hits = 0
        for _ in 0..<12 {
            let wanted = Query(try geometries.geometry().datum())
            let found = try answer(run, r.table("t").getIntersecting(wanted, index: "g")["id"].orderBy { $0 })
            let scanned = try answer(run, r.table("t").filter { $0["g"].intersects(wanted) }["id"].coerceTo("array").orderBy { $0 })
            #expect(found == scanned, "seed \(seed), \(wanted)")
            hits += found.count
            let multi = try answer(run, r.table("t").getIntersecting(wanted, index: "m")["id"].orderBy { $0 })
            let each = try answer(
                run,
                r.table("t").concatMap { row in
                    row["m"].filter { $0.typeOf() == "PTYPE<GEOMETRY>" && $0.intersects(wanted) }.map { _ in row["id"] }
                }.coerceTo("array").orderBy { $0 })
            #expect(multi == each, "seed \(seed), \(wanted)")
        }
        #expect(hits > 12)
        #expect(try run.pando.catalog.check().isSound, "seed \(seed)")
    }

    @Test(arguments: 11...12 as ClosedRange<UInt64>)
    func theNearestAreThoseOfAScan(seed: UInt64) throws {
        var geometries = RandomGeometries(random: SeededGenerator(seed: seed))
        let run = try filled(&geometries, count: 50)
        var hits = 0
        for round in 0..<12 {
            let place = try Geometry.point(geometries.position()).datum()
            let count = [1, 5, 1000][round % 3]
            let limit = [3_000_000.0, 500, 30_000_000][geometries.random.below(3)]
            let system: Query.GeoSystem? = round % 5 == 4 ? .ellipsoid(a: 6_000_000, f: 0.3) : nil
            let found = try answer(
                run, r.table("t").getNearest(Query(place), index: "g", maxResults: count, maxDist: limit, geoSystem: system))
            let scanned = try answer(
                run,
                r.table("t").map { ["dist": $0["g"].distance(Query(place), geoSystem: system), "doc": $0] }
                    .filter { $0["dist"] <= limit }.orderBy("dist", r.row["doc"]["id"]).limit(count).coerceTo("array"))
            #expect(found == scanned, "seed \(seed), \(place), \(count) within \(limit)")
            hits += found.count
        }
        #expect(hits > 12)
    }

    /// Whatever a shape has in it is in a cell that a query for it looks into, and in one that an index has it under.
    @Test(arguments: 21...22 as ClosedRange<UInt64>)
    func coveringsHoldTheirShapes(seed: UInt64) throws {
        var geometries = RandomGeometries(random: SeededGenerator(seed: seed))
        for _ in 0..<40 {
            let geometry = geometries.geometry()
            let shape = try geometry.shape()
            var points: [SphereVector] = []
            switch shape {
            case .point(let point): points = [point]
            case .line(let arcs): points = arcs.flatMap { [$0.start, $0.middle, $0.end] }
            case .polygon(let polygon):
                points = polygon.arcs.flatMap { [$0.start, $0.middle] }
                points += [polygon.shell.innerPoint()].compactMap(\.self)
            }
            let covering = SphereCovering(shape, maximumCount: SphereCovering.queryCount)
            let indexed = SphereCovering.indexed(shape)
            #expect(covering.cells.count <= SphereCovering.queryCount && indexed.count <= 8)
            for point in points {
                let id = SphereCell(point).id
                #expect(covering.ranges.contains { $0.contains(id) }, "seed \(seed), \(geometry)")
                #expect(indexed.contains { $0.range.contains(id) }, "seed \(seed), \(geometry)")
            }
        }
    }

    /// What stands in files: these numbers may not change.
    @Test func cellsArePinned() throws {
        func cells(_ text: String) throws -> [Int] { ReQLIndexFunctions().cells(of: try QueryRunner(table: nil).value(text)) }
        #expect(try cells("r.point(13.4, 52.5)") == [1_626_717_271_506_977])
        #expect(try cells("r.point(0, 90)") == [1_548_112_371_908_609])
        #expect(try cells("r.point(180, 0)") == cells("r.point(-180, 0)"))
        #expect(
            try cells("r.polygon([0, 0], [0, 1], [1, 1], [1, 0])") == [
                422_281_184_542_720, 234_561_048_936_448, 234_569_638_871_040, 328_388_904_484_864, 328_406_084_354_048,
                234_596_750_852_096, 328_456_281_784_320, 140_737_488_355_327,
            ])
        #expect(
            try cells("r.line([179, 0], [-179, 1])") == [
                2_111_079_505_199_104, 1_923_419_499_134_976, 1_923_377_623_203_840, 1_923_401_245_523_968, 1_923_405_540_491_264,
                1_923_424_867_844_096, 2_111_131_313_242_112, 2_017_306_406_289_151,
            ])
        #expect(SphereCell.faces.map(\.id) == (0..<6).map { ($0 * 2 + 1) << 48 })
    }

    @Test func cellsNest() {
        for face in SphereCell.faces {
            for child in face.children.flatMap(\.children) {
                #expect(child.parent?.parent == face)
                #expect(face.range.contains(child.range.lowerBound) && face.range.contains(child.range.upperBound))
                let (center, chord) = child.circle
                for inner in child.children {
                    let (point, _) = inner.circle
                    #expect((point - center).squaredLength.squareRoot() <= chord)
                    #expect(child.range.contains(SphereCell(point).id))
                }
            }
        }
    }

    /// An archive keeps the index; so does the binary form of its function.
    @Test func statusAndBinaryForm() throws {
        let run = try QueryRunner(table: "t")
        _ = try run.value("r.table('t').indexCreate('g', d => d('place'), {geo: true, multi: true})")
        run.expect("r.table('t').indexStatus('g')(0).pluck('geo', 'multi', 'ready')", #"{"geo": true, "multi": true, "ready": true}"#)
        _ = try run.value("r.table('t').indexCreate('h', r.table('t').indexStatus('g')(0)('function'))")
        run.expect("r.table('t').indexStatus('h')(0).pluck('geo', 'multi')", #"{"geo": true, "multi": true}"#)
        let query = try run.value("r.table('t').indexStatus('g')(0)('query')").string
        #expect(query?.contains("{multi: true, geo: true}") == true)
    }
}
