import ReQLish
import Testing

@testable import SQL

/// Aggregates over frames that slide.
@Suite struct WindowTests {
    private let session: TestSession
    private let rows: [(order: Int, value: Int?)]

    init() throws {
        session = try TestSession()
        rows = (0..<150).map { ($0 / 3 * 2 + Int.random(in: 0...1), Int.random(in: 0..<8) == 0 ? nil : Int.random(in: -50...50)) }
            .sorted { $0.0 < $1.0 }
        let values = rows.enumerated().map { "(\($0.offset), \($0.element.order), \($0.element.value.map(String.init) ?? "NULL"))" }
        try session.rows("CREATE TABLE w (id int, o int, v int); INSERT INTO w VALUES \(values.joined(separator: ", "))")
    }

    /// The rows of the frame of a row, by looking at each.
    private func frame(_ place: Int, _ unit: String, _ low: Int, _ high: Int, _ exclusion: String) -> [Int] {
        rows.indices.filter { other in
            let distance = unit == "ROWS" ? other - place : rows[other].order - rows[place].order
            let isPeer = unit == "ROWS" ? other == place : rows[other].order == rows[place].order
            guard distance >= low, distance <= high else { return false }
            switch exclusion {
            case "EXCLUDE CURRENT ROW": return other != place
            case "EXCLUDE GROUP": return !isPeer
            case "EXCLUDE TIES": return other == place || !isPeer
            default: return true
            }
        }
    }

    private func text(_ distance: Int) -> String {
        distance == 0 ? "CURRENT ROW" : distance < 0 ? "\(-distance) PRECEDING" : "\(distance) FOLLOWING"
    }

    @Test func framesAgreeWithAModel() throws {
        for _ in 0..<25 {
            for unit in ["ROWS", "RANGE"] {
                let (one, other) = (Int.random(in: -12...12), Int.random(in: -12...12))
                let (low, high) = (min(one, other), max(one, other))
                let exclusion = ["", "", "EXCLUDE CURRENT ROW", "EXCLUDE GROUP", "EXCLUDE TIES"].randomElement() ?? ""
                // Rows of one order have no order among themselves; where that counts, their numbers are part of it.
                let order = unit == "ROWS" ? "o, id" : "o"
                let window = "(ORDER BY \(order) \(unit) BETWEEN \(text(low)) AND \(text(high)) \(exclusion))"
                let found = try session.rows(
                    """
                    SELECT id, count(*) OVER w, count(v) OVER w, sum(v) OVER w, sum(v::numeric / 4) OVER w, sum(v::float8) OVER w, min(v) OVER w,
                        max(v) OVER w, bool_or(v > 40) OVER w, avg(v) OVER w = sum(v) OVER w::numeric / count(v) OVER w,
                        sum(v) FILTER (WHERE v > 0) OVER w
                    FROM w WINDOW w AS \(window) ORDER BY id
                    """.replacing("OVER w::numeric", with: "OVER w ::numeric"))
                for place in rows.indices {
                    let frame = frame(place, unit, low, high, exclusion)
                    let values = frame.compactMap { rows[$0].value }
                    func orNull(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "NULL" }
                    let sum = values.isEmpty ? nil : values.reduce(0, +)
                    let positive = values.filter { $0 > 0 }
                    let parts = found[place].split(separator: "|").map(String.init)
                    let message = "\(window) \(place)"
                    #expect(parts[1] == "\(frame.count)" && parts[2] == "\(values.count)", "\(message)")
                    #expect(parts[3] == orNull(sum) && parts[5] == orNull(sum), "\(message)")
                    #expect(Double(parts[4]) == sum.map { Double($0) / 4 }, "\(message)")
                    #expect(parts[6] == orNull(values.min()) && parts[7] == orNull(values.max()), "\(message)")
                    #expect(parts[8] == (values.isEmpty ? "NULL" : values.contains { $0 > 40 } ? "t" : "f"), "\(message)")
                    #expect(parts[9] == (values.isEmpty ? "NULL" : "t"), "\(message)")
                    #expect(parts[10] == (positive.isEmpty ? "NULL" : "\(positive.reduce(0, +))"), "\(message)")
                }
            }
        }
    }

    /// Digits behind the point are those of the numbers in the frame, not of those that were.
    @Test func sumsForgetTheirDigits() throws {
        let rows = try session.rows(
            "SELECT sum(n) OVER (ORDER BY i ROWS 1 PRECEDING) FROM (VALUES (1, 1.25), (2, 2.5), (3, 1), (4, 2), (5, 'NaN'), (6, 1), (7, 2)) t (i, n)"
        )
        #expect(rows == ["1.25", "3.75", "3.5", "3", "NaN", "NaN", "3"])
    }

    private final class Counting: Accumulator {
        private(set) var steps = 0
        func add(_ arguments: [SQLValue]) throws(SQLError) { steps += 1 }
        func result() throws(SQLError) -> SQLValue { .null }
        var byteCount: Int { 0 }
        var canRemove: Bool { true }
        func remove(_ arguments: [SQLValue]) throws(SQLError) -> Bool {
            steps += 1
            return true
        }
    }

    /// No row is looked at more than a few times, however wide frames are.
    @Test func slidingTakesFewSteps() throws {
        let connection = Session(session.pando, user: nil, database: "shop")
        let run = Run(connection, try connection.transaction.readState(), parameters: [], slotCount: 0, Cancellation())
        let count = 4000
        var arguments = CallArguments(width: 1, count: count)
        for _ in 0..<count { arguments.append([.int(1)]) }
        for isWithHole in [false, true] {
            var made: [Counting] = []
            let aggregate = WindowAggregate(
                make: {
                    let accumulator = Counting()
                    made.append(accumulator)
                    return accumulator
                }, arguments: arguments, counts: Array(repeating: true, count: count), collects: false, run: run)
            let frames = WindowFrames(count: count, onlyGrow: false) { place in
                let (low, high) = (max(0, place - 1000), min(count, place + 1000))
                return isWithHole ? [low..<place, place + 1..<max(high, place + 1)].filter { !$0.isEmpty } : [low..<high]
            }
            _ = try aggregate.results(frames)
            #expect(made.reduce(0) { $0 + $1.steps } <= 6 * count)
        }
    }
}
