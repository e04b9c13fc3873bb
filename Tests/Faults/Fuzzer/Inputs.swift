import Glibc
import Ground
import ReQLish
import Synchronization

@testable import httpd

// What strangers send, each kind a target of its own: PANDO_FUZZ_TARGET names it.

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    unsafe target(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "request": fuzzRequests, "route": fuzzRoutes, "json": fuzzJSON, "gzip": fuzzGzip, "deflate": fuzzDeflate, "handshake": fuzzHandshake,
    "frame": fuzzFrames,
    "term": fuzzTerms, "text": fuzzText,
]

private let target: @Sendable ([UInt8]) -> Void = {
    let name = unsafe getenv("PANDO_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = targets[name] else { fatalError("PANDO_FUZZ_TARGET is one of \(targets.keys.sorted())") }
    return target
}()

private func expect(_ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String) {
    if !condition() { fatalError(message()) }
}

extension Array<UInt8> {
    /// Pieces of odd lengths, which depend on the bytes themselves.
    fileprivate var pieces: [[UInt8]] {
        var pieces: [[UInt8]] = []
        var position = 0
        var length = count % 7 + 1
        while position < count {
            let end = Swift.min(count, position + length)
            pieces.append(Array(self[position..<end]))
            length = Int(self[end - 1]) % 13 + 1
            position = end
        }
        return pieces
    }
}

// MARK: HTTP

/// The machine says the same however its bytes are split.
@Sendable private func fuzzRequests(_ input: [UInt8]) {
    let whole = ConnectionHarness()
    whole.receive(input)
    whole.end()
    let split = ConnectionHarness()
    for piece in input.pieces { split.receive(piece) }
    split.end()
    expect(whole.requests == split.requests, "requests: \(whole.requests) and in pieces \(split.requests)")
    expect(whole.violations == split.violations, "violations: \(whole.violations) and in pieces \(split.violations)")
}

/// Requests that go all the way, into a database in memory. Whatever is answered is an HTTP answer, and the database is sound.
@Sendable private func fuzzRoutes(_ input: [UInt8]) {
    let world = World.current
    let counters = ServerCounters()
    let service = PandoService(pando: world.pando, configuration: HTTPConfiguration(), counters: counters)
    var connection = HTTPConnection(limits: HTTPLimits(), now: .now)
    var response = HTTPResponse()
    connection.receive(input.span, at: .now)
    connection.receiveEnd(at: .now)
    while true {
        if !connection.output.isEmpty { connection.sent(connection.output.count, at: .now) }
        guard let event = connection.next(at: .now) else { return }
        switch event {
        case .head:
            guard service.admit(&connection.request, &response) == .admitted else {
                connection.respond(&response, date: "", at: .now)
                return
            }
            connection.admit(at: .now)
        case .request:
            if case .compact = connection.request.route { return }
            let stream = world.limited { service.answer(&connection.request, &response, cancellation: $0) }
            expect((200...599).contains(response.status.code), "the status \(response.status.code)")
            guard let stream else {
                connection.respond(&response, date: "", at: .now)
                response.reset()
                continue
            }
            world.limited { _ in
                for _ in 0..<20 {
                    guard stream.produce(into: &response.body) == .more else { break }
                    response.body.removeAll()
                }
            }
            stream.close()
            return
        case .violation(let violation):
            service.refuse(violation, &response)
            connection.respond(&response, date: "", at: .now)
            response.reset()
        case .shutDownWriting: break
        case .close: return
        }
    }
}

/// A database that many inputs share, and what keeps a query from going on without end.
private final class World: Sendable {
    let pando: Pando
    private let running = Mutex<(Cancellation, ContinuousClock.Instant)?>(nil)

    private static let shared = Mutex<(world: World?, uses: Int)>((nil, 0))

    /// A new one now and then, so that what inputs wrote doesn't pile up.
    static var current: World {
        shared.withLock { shared in
            shared.uses += 1
            if shared.world == nil || shared.uses % 500 == 0 {
                if let old = shared.world {
                    let problems = (try? old.pando.catalog.check().problems) ?? []
                    expect(problems.isEmpty, "the database is not sound: \(problems)")
                    try? old.pando.close()
                }
                shared.world = World()
            }
            return shared.world ?? World()
        }
    }

    private init() {
        do {
            pando = try Pando.inMemory()
            for text in [
                "r.dbCreate('app')", "r.db('app').tableCreate('t')", "r.db('app').table('t').indexCreate('a')",
                "r.db('app').table('t').insert(r.range(6).map(i => ({id: i, a: i.mod(2), b: [i, 'x'], c: {d: i}})))",
                "r.db('app').table('t').indexWait('a').count()", "r.dbCreate('test')", "r.tableCreate('t')",
            ] {
                _ = try pando.start(TermTree(text: text)).collected()
            }
        } catch {
            fatalError("\(error)")
        }
    }

    /// Cancels what takes longer than a second.
    func limited<Result>(_ body: (Cancellation) -> Result) -> Result {
        let cancellation = Cancellation()
        Watchdog.shared.watch(cancellation)
        defer { Watchdog.shared.watch(nil) }
        return body(cancellation)
    }
}

private final class Watchdog: Sendable {
    static let shared = Watchdog()
    private let watched = Mutex<(cancellation: Cancellation, start: ContinuousClock.Instant)?>(nil)

    private init() {
        // Nobody waits for its end: the process ends with the fuzzer.
        _ = try? SystemThread(stackByteCount: 1 << 20) { [self] in
            while true {
                usleep(50_000)
                watched.withLock { if let one = $0, ContinuousClock.now - one.start > .seconds(1) { one.cancellation.cancel() } }
            }
        }
    }

    func watch(_ cancellation: Cancellation?) {
        watched.withLock { $0 = cancellation.map { ($0, .now) } }
    }
}

// MARK: JSON and gzip

/// What the input tells to make comes back from being compressed, at once and in pieces. Steps of four bytes: bytes of chance, bytes from before, the beginnings
/// of a series each longer than the one before, and one byte many times; so that a few of them fill blocks, windows and chunks.
@Sendable private func fuzzDeflate(_ input: [UInt8]) {
    var bytes: [UInt8] = []
    var state: UInt64 = 1
    func chance() -> UInt8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
    var position = 0
    while position + 4 <= input.count, bytes.count < 600_000 {
        let (a, b) = (Int(input[position + 1]) << 8 | Int(input[position + 2]), Int(input[position + 3]))
        switch input[position] % 4 {
        case 0: for _ in 0..<a { bytes.append(chance() % UInt8(max(b, 1))) }
        case 1 where !bytes.isEmpty:
            let distance = min(a + 1, bytes.count)
            for _ in 0..<3 * b { bytes.append(bytes[bytes.count - distance]) }
        case 2:
            let series = (0..<b + 3).map { _ in chance() }
            for count in stride(from: 3, through: b + 3, by: a % 5 + 1) { bytes += series[..<count] + [chance()] }
            bytes += series
        default: bytes += [UInt8](repeating: UInt8(b), count: a)
        }
        position += 4
    }
    let compressed = GzipEncoder.compress(bytes.span)
    expect(
        (try? GzipDecoder.decompress(compressed.span, maximumByteCount: bytes.count))?.bytes == bytes,
        "compressed and not the same: \(bytes.count) bytes")
    var encoder = GzipEncoder(threads: 1 + input.count % 3)
    var output = ByteBuffer()
    var rest = bytes[...]
    while !rest.isEmpty {
        let piece = Array(rest.prefix(Int(rest.first ?? 0) * 1000 + 1))
        encoder.append(piece.span, to: &output)
        rest = rest.dropFirst(piece.count)
    }
    encoder.finish(to: &output)
    expect(
        (try? GzipDecoder.decompress(output.span, maximumByteCount: bytes.count))?.bytes == bytes,
        "compressed in pieces and not the same: \(bytes.count) bytes")
}

/// What can be read can be written, and read again as the same; whole and in pieces.
@Sendable private func fuzzJSON(_ input: [UInt8]) {
    if let datum = try? Datum(json: input) {
        var text = ByteBuffer()
        datum.writeJSON(into: &text)
        guard let again = try? Datum(json: text.span) else { fatalError("written and not read: \(text.string)") }
        expect(again == datum, "written and read as another: \(text.string)")
        var second = ByteBuffer()
        again.writeJSON(into: &second)
        expect(second.bytes == text.bytes, "written in two ways: \(text.string), \(second.string)")
    }
    expect(split([input]) == split(input.pieces), "in pieces it is another sequence of values")
}

private func split(_ pieces: [[UInt8]]) -> [String] {
    var splitter = JSONValueSplitter(maximumByteCount: 1 << 16)
    var seen: [String] = []
    func take() {
        while true {
            do throws(JSONError) {
                guard let value = try splitter.next() else { return }
                seen.append(value.description)
            } catch {
                seen.append("\(error.message) at \(error.offset)")
            }
        }
    }
    for piece in pieces {
        splitter.append(piece.span)
        take()
    }
    splitter.finish()
    take()
    return seen
}

/// Whole and in pieces the same comes out, or the same is wrong; and what is compressed comes back.
@Sendable private func fuzzGzip(_ input: [UInt8]) {
    let limit = 1 << 20
    var whole: [UInt8]?
    var kind: CompressionError.Kind?
    do throws(CompressionError) {
        whole = try GzipDecoder.decompress(input.span, maximumByteCount: limit).bytes
    } catch {
        kind = error.kind
    }
    var decoder = GzipDecoder(maximumByteCount: UInt64(limit))
    var output = ByteBuffer()
    do throws(CompressionError) {
        for piece in input.pieces {
            decoder.append(piece.span)
            while try decoder.read(into: &output) {}
        }
        decoder.finish()
        while try decoder.read(into: &output) {}
        expect(whole == output.bytes, "in pieces something else comes out, or \(String(describing: kind))")
    } catch {
        expect(kind == error.kind, "in pieces it is \(error.kind), whole \(String(describing: kind))")
    }
    let back = try? GzipDecoder.decompress(GzipEncoder.compress(input.span).span, maximumByteCount: input.count)
    expect(back?.bytes == input, "what was compressed does not come back")
}

// MARK: The driver port

private let administrator = Credential(password: "", salt: Array("0123456789abcdef".utf8), iterations: 1)
private let accounts = Authenticator { .success($0 == "admin" ? administrator : nil) }
private let secret = Credential(password: "key", salt: Array("0123456789abcdef".utf8), iterations: 1)
private let guardedAccounts = Authenticator { .success($0 == "admin" ? secret : nil) }

/// Feeds a connection, and lets its queries run. Ends with the client gone; nothing may be left.
private func drive(_ pieces: [[UInt8]], _ accounts: Authenticator = accounts) -> [UInt8] {
    let world = World.current
    var limits = DriverLimits()
    limits.queryBytes = 1 << 20
    limits.openQueries = 8
    let service = DriverService(pando: world.pando, authenticator: accounts, limits: limits)
    let start = ContinuousClock.now
    var connection = DriverConnection(service: service, now: start)
    var sent: [UInt8] = []
    func turn(_ now: ContinuousClock.Instant) {
        while true {
            if !connection.output.isEmpty {
                sent += connection.output.staged.bytes.dropFirst(connection.output.stagedSent)
                sent += connection.output.large.bytes.dropFirst(connection.output.largeSent)
                connection.sent(connection.output.count, at: now)
            }
            guard let event = connection.next(at: now) else { return }
            switch event {
            case .run(let query):
                query.onReady = {}
                Watchdog.shared.watch(query.cancellation)
                query.run()
                Watchdog.shared.watch(nil)
                connection.complete(query, at: now)
            case .release(let query): query.release()
            case .prove(let check): connection.proved(check.isRight(), at: now)
            case .shutDownWriting, .wasGuessed: break
            case .close: return
            }
        }
    }
    for piece in pieces {
        guard connection.wantsInput else { break }
        connection.receive(piece.span, at: start)
        turn(start)
    }
    connection.receiveEnd()
    turn(start)
    turn(start + .seconds(1_000_000))
    for query in connection.abandon() { query.release() }
    expect(connection.phase == .closed, "the client is gone, and the connection is not closed")
    return sent
}

@Sendable private func fuzzHandshake(_ input: [UInt8]) {
    _ = drive([input])
    _ = drive(input.pieces)
    _ = drive(input.pieces, guardedAccounts)
}

/// Frames of the protocol after a good handshake: each response is a token, a length and JSON.
@Sendable private func fuzzFrames(_ input: [UInt8]) {
    let hello: [UInt8] = [0x20, 0x2d, 0x0c, 0x40, 0, 0, 0, 0, 0xc7, 0x70, 0x69, 0x7e]
    let sent = drive([hello] + input.pieces)
    let greeting = Array("SUCCESS\0".utf8)
    expect(sent.starts(with: greeting), "no greeting")
    var position = greeting.count
    while position < sent.count {
        expect(sent.count - position >= 12, "half a header")
        let length = (0..<4).reduce(0) { $0 | Int(sent[position + 8 + $1]) << (8 * $1) }
        expect(sent.count - position - 12 >= length, "half a response")
        let body = Array(sent[position + 12..<position + 12 + length])
        let json = try? Datum(json: body, options: JSONOptions(pseudoTypes: false))
        expect(json != nil, "no JSON: \(String(decoding: body, as: UTF8.self))")
        position += 12 + length
    }
}

// MARK: Queries

/// Any term can be printed, and the text is the same term; it answers or fails with an error of the language.
@Sendable private func fuzzTerms(_ input: [UInt8]) {
    guard let tree = try? TermTree(json: input.span) else { return }
    var json = ByteBuffer()
    tree.writeJSON(into: &json)
    guard let again = try? TermTree(json: json.span) else { fatalError("written and not read: \(json.string)") }
    expect(again == tree, "written and read as another: \(json.string)")
    run(tree)
}

@Sendable private func fuzzText(_ input: [UInt8]) {
    guard let text = String(validating: input, as: UTF8.self), let tree = try? TermTree(text: text) else { return }
    let printed = tree.text()
    do {
        let again = try TermTree(text: printed)
        expect(again == tree, "printed as another: \(printed)")
    } catch {
        fatalError("printed and not read: \(printed): \(error)")
    }
    run(tree)
}

private func run(_ tree: TermTree) {
    let world = World.current
    world.limited { cancellation in
        var options = QueryOptions()
        options.arrayLimit = 1000
        options.memoryLimit = 16 << 20
        options.cancellation = cancellation
        do throws(ReQLError) {
            switch try world.pando.start(tree, options: options) {
            case .value(let value): _ = value.description
            case .sequence(let cursor):
                defer { cursor.close() }
                var count = 0
                while count < 1000, case .row(let row) = try cursor.poll() {
                    _ = row.description
                    count += 1
                }
            }
        } catch {
            expect(error.kind != .internal, "\(tree.text()): \(error)")
        }
    }
}
