import CSystem
import Synchronization
import Testing

@testable import Catalog

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct DatumBuilderTests {
    static func kind(_ body: () throws -> Void) -> DatumError.Kind? {
        do {
            try body()
            return nil
        } catch {
            return (error as? DatumError)?.kind
        }
    }

    @Test func aBuilderIsUsedAgain() throws {
        var builder = DatumBuilder()
        for round in 0..<3 {
            try builder.beginObject()
            builder.key("n")
            builder.append(number: Double(round))
            builder.key("list")
            try builder.beginArray()
            builder.append(string: "x")
            builder.append(bool: true)
            builder.appendNull()
            try builder.append(["deep": [1]])
            try builder.endArray()
            try builder.endObject()
            #expect(builder.finish().description == #"{"list":["x",true,null,{"deep":[1]}],"n":\#(round)}"#)
        }
        builder.append(number: 7)
        #expect(builder.finish() == 7)
        builder.append(string: "s")
        #expect(builder.finish() == "s")
        let json = Array(#"{"a":[1]}"#.utf8)
        try builder.append(json: json.span)
        #expect(builder.finish() == ["a": [1]])
    }

    @Test func keysAreSortedHoweverManyThereAre() throws {
        for count in [0, 1, 2, 15, 16, 17, 18, 100, 3000] {
            let keys = (0..<count).map { "k\(($0 * 7919) % 10007)" }
            let object = try Datum.object(keys.enumerated().map { ($1, Datum($0)) })
            #expect(object.fields.map(\.key) == keys.sorted())
            for (index, key) in keys.enumerated() { #expect(object[field: key] == Datum(index)) }
            if count > 0 {
                #expect(Self.kind { _ = try Datum.object((keys + [keys[count / 2]]).map { ($0, 1) }) } == .duplicateKey)
            }
        }
    }

    @Test func pseudoTypesAreMadeFromTheirObjects() throws {
        let time = try Datum.object([("$reql_type$", "TIME"), ("epoch_time", 1.000_000_4), ("timezone", "+02")])
        #expect(time.time! == (1.0, 120))
        let binary = try Datum.object([("data", "AAE="), ("$reql_type$", "BINARY")])
        #expect(binary.binary == [0, 1])
        #expect(Self.kind { _ = try Datum.object([("$reql_type$", "OTHER")]) } == .invalidPseudoType)
        // What stands around such an object is not disturbed by its parts going away.
        let around = try Datum.array(["before", binary, time, "after"])
        #expect(around == ["before", .binary([0, 1]), .time(epochSeconds: 1, offsetMinutes: 0), "after"])
    }

    /// A part that is copied out of a large value takes no more than itself.
    @Test func aPartIsCopiedAlone() throws {
        let large = try Datum.array((0..<1000).map { ["name": Datum("value number \($0)"), "list": [Datum($0), "x"]] })
        let part = try Datum.array([large[500], large[501]])
        #expect(part == [large[500], large[501]])
        #expect(try #require(part.owner as? DatumTree).byteCount < 500)
        #expect(try #require(large.owner as? DatumTree).byteCount > 50_000)
    }

    @Test func timesAreMilliseconds() {
        #expect(Datum.time(epochSeconds: 1.23449, offsetMinutes: 0).time!.epochSeconds == 1.234)
        #expect(Datum.time(epochSeconds: -1.2346, offsetMinutes: 0).time!.epochSeconds == -1.235)
        #expect(Datum.time(epochSeconds: 1e300, offsetMinutes: 0).time!.epochSeconds == 1e300)
        #expect(Datum.time(epochSeconds: 5, offsetMinutes: 60) == Datum.time(epochSeconds: 5, offsetMinutes: -60))
        #expect(Datum.time(epochSeconds: 5, offsetMinutes: -60).time!.offsetMinutes == -60)
        #expect(Datum.time(epochSeconds: -0.0001, offsetMinutes: 0).time!.epochSeconds.sign == .plus)
    }

    @Test(arguments: [
        ("Z", 0), ("+00:00", 0), ("+05", 300), ("-0530", -330), ("+05:30", 330), ("-24:59", -1499), ("+24", 1440),
        ("", nil), ("-00", nil), ("-00:00", nil), ("+1", nil), ("+1:00", nil), ("+01:6", nil), ("+01:60", nil), ("+25", nil),
        ("05:00", nil), ("z", nil), ("+0a", nil), ("+01-00", nil), ("UTC", nil), ("+01:00 ", nil),
    ])
    func zones(text: String, offset: Int?) {
        #expect(TimeZoneText.offsetMinutes(text) == offset)
        if let offset { #expect(TimeZoneText.offsetMinutes(TimeZoneText.string(offset)) == offset) }
    }

    @Test func depthIsBoundedHoweverItIsBuilt() throws {
        var value = Datum.emptyArray
        for _ in 1..<Datum.maximumDepth { value = try .array([value]) }
        #expect(Self.kind { _ = try Datum.array([value]) } == .tooDeep)
        #expect(Self.kind { _ = try Datum.object([("a", value)]) } == .tooDeep)
        #expect(Self.kind { _ = try Datum.emptyArray.appending(value) } == .tooDeep)
        let object = try Datum.object([("a", value[0])])
        #expect(Self.kind { _ = try object.setting("b", to: value) } == .tooDeep)
        // A literal can't throw; it may be deeper, but not be stored.
        #expect(Self.kind { _ = try Document.encode(["a": ["b": value]]) } == .tooDeep)
        #expect(try object.merging(["b": value[0]]).count == 2)
    }

    /// Everything that is done with a value of 1,000 levels fits in 512 KiB, the smallest stack that a system gives a thread.
    /// (Measured: 256 KiB; without optimisation, where frames are several times as large, 1.5 MiB.)
    @Test func theDeepestValueFitsInASmallStack() throws {
        let failure = Mutex<String?>("did not run")
        try onSmallStack {
            do {
                let text = String(repeating: "{\"a\":[", count: 500) + "1" + String(repeating: "]}", count: 500)
                let value = try Datum(json: text)
                let other = try Datum(json: text)
                let merged = try value.merging(other)
                let resolved = try Datum(json: text, options: JSONOptions(pseudoTypes: false)).resolvingPseudoTypes()
                let encoded = try Document.encode(value)
                let ok =
                    value == other && value.hashValue == other.hashValue && value.description == text && merged == value
                    && resolved == value && Document.check(encoded.span) == nil
                failure.withLock { $0 = ok ? nil : "wrong result" }
            } catch {
                failure.withLock { $0 = "\(error)" }
            }
        }
        #expect(failure.withLock { $0 } == nil)
    }

    private func onSmallStack(_ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        #if DEBUG
            let byteCount = 3 << 20
        #else
            let byteCount = 512 << 10
        #endif
        #expect(unsafe pthread_attr_setstacksize(&attributes, byteCount) == 0)
        let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            let result = unsafe pthread_create(
                &thread, &attributes,
                { argument in
                    unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                    return nil
                }, box)
            try #require(result == 0)
            if let thread = unsafe thread { unsafe pthread_join(thread, nil) }
        #else
            var thread = pthread_t()
            let result = unsafe pthread_create(
                &thread, &attributes,
                { argument in
                    unsafe Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
                    return nil
                }, box)
            try #require(result == 0)
            pthread_join(thread, nil)
        #endif
    }

    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
