import Ground
import TestSupport
import Testing

@testable import Catalog

/// The states that a file keeps of its past by itself, and which one a time or a commit means.
@Suite struct HistoryTests {
    private let directory: TemporaryDirectory
    private let catalog: Catalog
    private let table: TableConfig
    /// A minute of a day, on which slots of every length begin.
    private static let start = 1_800_057_600.0

    init() throws {
        directory = try TemporaryDirectory()
        catalog = try Catalog.open(path: directory.file("a.pando"))
        table = try catalog.fill("app", "users")
    }

    private func put(_ value: Int) throws { try catalog.write { try $0.put(["id": "a", "value": Datum(value)], in: table) } }

    private func value(_ state: StateReference) throws -> Int? {
        try catalog.snapshot(asOf: state).get("a", in: table)?[field: "value"]?.integer
    }

    private func names() throws -> [String] { try catalog.states().map(\.name) }

    @Test func aStateAMinute() throws {
        for minute in 0..<10 {
            catalog.clock.set(Self.start + Double(minute) * 60)
            try put(minute)
            try catalog.keepHistory(.seconds(86_400))
        }
        #expect(try names().count == 10)
        #expect(try names().first == "history.2027-01-16T00.00.00Z")
        // The newest state that is not younger than asked.
        for (seconds, expected) in [(0.0, 0), (59, 0), (60, 1), (300, 5), (359.9, 5), (540, 9), (99_999, 9)] {
            #expect(try value(.time(Self.start + seconds)) == expected, "\(seconds)")
        }
        let states = try catalog.states()
        #expect(try value(.commit(states[4].transaction)) == 4)
        #expect(try value(.commit(states[5].transaction - 1)) == 4)
        #expect(try value(.named(states[3].name)) == 3 && value(.named("\(states[3].transaction)")) == 3)
        #expect(try value(.commit(catalog.snapshot().transaction)) == 9)
        for (state, part) in [
            (StateReference.time(Self.start - 1), "the history begins at 2027-01-16T00:00:00Z"), (.commit(1), "the history begins at"),
            (.commit(1 << 50), "There is no commit"), (.named("x"), "no state x"), (.time(-1e300), "begins"), (.time(.infinity), ""),
        ] where part != "" {
            let error = #expect(throws: CatalogError.self) { try value(state) }
            #expect(error?.kind == .stateNotFound && error?.message.contains(part) == true, "\(state): \(error?.message ?? "")")
        }
        try catalog.close()
    }

    /// While nothing is written nothing is kept, whoever opens the file again; the state before the window stays for as long as it is what
    /// the file was when the window began.
    @Test func whatRestsCostsNothing() throws {
        var catalog = catalog
        catalog.clock.set(Self.start)
        try put(1)
        for minute in 0..<5 {
            catalog.clock.set(Self.start + Double(minute) * 60)
            try catalog.keepHistory(.seconds(3600))
            try catalog.sync()
        }
        #expect(try names().count == 1)
        try catalog.close()
        catalog = try Catalog.open(path: directory.file("a.pando"))
        catalog.clock.set(Self.start + 30 * 3600)
        try catalog.keepHistory(.seconds(3600))
        #expect(try catalog.states().map(\.name) == ["history.2027-01-16T00.00.00Z"])
        try catalog.write { try $0.put(["id": "a", "value": 2], in: table) }
        try catalog.keepHistory(.seconds(3600))
        #expect(try catalog.states().count == 2)
        catalog.clock.set(Self.start + 32 * 3600)
        try catalog.keepHistory(.seconds(3600))
        #expect(try catalog.states().map(\.name) == ["history.2027-01-17T06.00.00Z"])
        // A state that somebody named stays, and stands for a time where the history does.
        try catalog.createState("mine")
        try catalog.write { try $0.put(["id": "a", "value": 3], in: table) }
        catalog.clock.set(Self.start + 32 * 3600 + 60)
        try catalog.keepHistory(.seconds(3600))
        #expect(try catalog.snapshot(asOf: .time(Self.start + 32 * 3600 + 59)).get("a", in: table)?[field: "value"] == 2)
        try catalog.keepHistory(.zero)
        #expect(try catalog.states().map(\.name) == ["mine"])
        #expect(throws: CatalogError.self) { try catalog.snapshot(asOf: .time(Self.start + 40 * 3600)) }
        try catalog.close()
    }

    /// Minutes, then tens of minutes, hours and days: whenever the history is asked for, every time in the window has a state, and none is
    /// further from the next one than its age allows.
    @Test func olderOnesAreFewer() throws {
        var times: [Double] = []
        var generator = SeededGenerator(seed: 5)
        let window = 10 * 86_400.0
        var now = Self.start
        for round in 0..<6000 {
            // An hour of each six of the last day has a write a minute, the others one in five minutes.
            now += Double(round % 60 < 10 ? Int.random(in: 55...65, using: &generator) : 300)
            times.append(now)
            let dropped = Set(HistoryGrid.superfluous(times, at: now, window: window))
            times = times.indices.filter { !dropped.contains($0) }.map { times[$0] }
            guard round % 250 == 249 else { continue }
            #expect(times.count < 60 + 140 + 146 + 6)
            for _ in 0..<50 {
                let asked = Double.random(in: max(Self.start + 300, now - window)...now, using: &generator)
                let found = try #require(times.last { $0 <= asked }, "\(now - asked) seconds ago")
                let age = now - found
                let step = age <= 3600 ? 60.0 : age <= 86_400 ? 600 : age <= 604_800 ? 3600 : 86_400
                #expect(asked - found <= 2 * step + 300)
            }
        }
        // Asking more seldom drops no less.
        #expect(HistoryGrid.superfluous(times, at: now, window: window).isEmpty)
        #expect(HistoryGrid.superfluous([], at: now, window: window).isEmpty)
        #expect(HistoryGrid.superfluous([now + 100, now + 101], at: now, window: 60) == [1])
    }

    /// Hours of writing, with the file opened again in between: what is kept is what was there, what is dropped is free to use again, and
    /// the file is sound.
    @Test func hoursOfWriting() throws {
        var catalog = catalog
        let padding = Datum(String(repeating: "x", count: 500))
        try catalog.write { for key in 0..<200 { try $0.put(["id": Datum(key), "text": padding], in: table) } }
        let window = Duration.seconds(3600)
        var now = Self.start
        for minute in 0..<120 {
            now += 60
            catalog.clock.set(now)
            try catalog.write {
                try $0.put(["id": "a", "value": Datum(minute)], in: table)
                try $0.put(["id": Datum(minute % 200), "text": padding, "minute": Datum(minute)], in: table)
            }
            try catalog.keepHistory(window)
            guard minute % 40 == 39 else { continue }
            try catalog.close()
            catalog = try Catalog.open(path: directory.file("a.pando"))
            catalog.clock.set(now)
            for state in try catalog.states() {
                let value = try catalog.snapshot(asOf: .time(state.time)).get("a", in: table)?[field: "value"]?.integer
                #expect(value == Int((state.time - Self.start) / 60) - 1)
            }
        }
        let states = try catalog.states()
        #expect((60...62).contains(states.count), "\(states.count)")
        #expect(try #require(states.oldestOfHistory).time <= now - 3600)
        #expect(try catalog.check().isSound)
        #expect(try catalog.compact().pins.contains { $0.state.map(NamedState.isOfHistory) ?? false })
        try catalog.keepHistory(.zero)
        #expect(try catalog.states().isEmpty)
        #expect(try catalog.compact().pins.allSatisfy { $0.state == nil })
        #expect(try catalog.check().isSound)
        try catalog.close()
    }

    @Test func whoCanHaveNone() throws {
        let error = #expect(throws: CatalogError.self) { try catalog.createState("history.mine") }
        #expect(error?.kind == .invalidState)
        let memory = try Catalog.inMemory()
        #expect(throws: CatalogError.self) { try memory.keepHistory(.seconds(3600)) }
        try catalog.close()
        var options = CatalogOptions()
        options.readOnly = true
        let reading = try Catalog.open(path: directory.file("a.pando"), options: options)
        #expect(throws: CatalogError.self) { try reading.keepHistory(.seconds(3600)) }
    }
}
