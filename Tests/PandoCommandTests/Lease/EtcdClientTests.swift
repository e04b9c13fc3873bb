import Ground
import Testing

@testable import Catalog
@testable import PandoCommand

/// What etcd 3.4.23 has answered, for the key `a/app`.
private enum Recorded {
    private static let header =
        #""header":{"cluster_id":"324952591200643719","member_id":"3319814642761637952","revision":"2","raft_term":"2"}"#
    private static let onePut = #"{"response_put":{"header":{"revision":"2"}}}"#
    private static let nothing = #"{"response_range":{"header":{"revision":"2"}}}"#

    static let granted = #"{\#(header),"ID":"2324035725860179463","TTL":"10"}"#
    static let taken = #"{\#(header),"succeeded":true,"responses":[\#(onePut),\#(onePut)]}"#
    static let kept = #"{"result":{\#(header),"ID":"2324035725860179463","TTL":"10"}}"#
    static let over = #"{"result":{\#(header),"ID":"2324035725860179463"}}"#
    static let revoked = #"{\#(header)}"#
    static let put = #"{\#(header)}"#
    static let free = #"{\#(header),"succeeded":true,"responses":[\#(nothing),\#(nothing)]}"#
    /// What holds both keys' places in another etcd.
    static let elsewhere = #"{"header":{"cluster_id":"7","member_id":"1","revision":"2","raft_term":"2"},"succeeded":true}"#
    static let missed = #"{\#(header),"responses":[\#(nothing),\#(nothing)]}"#
    static let badToken = #"{"error":"etcdserver: invalid auth token","message":"etcdserver: invalid auth token","code":16}"#
    static let token = #"{\#(header),"token":"WmUuYdjpuxTqIcoj.9"}"#
    static let noSuchLease = """
        {"error":"etcdserver: requested lease not found","message":"etcdserver: requested lease not found","code":5}
        """

    /// What is found of several keys.
    static func keys(_ values: [String]) -> String {
        let records = values.enumerated().map { index, value in
            #"{"key":"YS9hcHA\#(index)","create_revision":"2","mod_revision":"2","version":"1","value":"\#(Base64.encode(Array(value.utf8)))"}"#
        }
        return #"{\#(header),"kvs":[\#(records.joined(separator: ","))],"count":"\#(values.count)"}"#
    }

    /// What a transaction has found of both keys: `http://a:1`, and `http://a:1 run`.
    static func held(lease: String = "2324035725860179463", term: String = "2") -> String {
        #"""
        {"header":{"cluster_id":"324952591200643719","member_id":"3319814642761637952","revision":"2","raft_term":"\#(term)"},
        "responses":[{"response_range":{"header":{"revision":"2"},"kvs":[{"key":"YS9hcHA=","create_revision":"2","mod_revision":"2",
        "version":"1","value":"aHR0cDovL2E6MQ==","lease":"\#(lease)"}],"count":"1"}},
        {"response_range":{"header":{"revision":"2"},"kvs":[{"key":"YS9hcHAubGFzdA==","create_revision":"2","mod_revision":"2",
        "version":"1","value":"aHR0cDovL2E6MSBydW4="}],"count":"1"}}]}
        """#
    }
}

@Suite struct EtcdClientTests {
    /// Gives answers in turn, and notes what was asked.
    private final class Script {
        var answers: [(status: Int, text: String?)] = []
        var asked: [(host: Int, path: String, body: Datum, token: String?)] = []

        struct Silence: Error {}

        /// - Parameter answers: nil is a host that does not answer.
        func add(_ answers: String?..., status: Int = 200) { self.answers += answers.map { (status, $0) } }
    }

    private let script = Script()
    private let mark = LeaseMark(address: "http://a:1", run: "run")

    private func client(_ url: String = "etcd://one,two:1/a/app") throws -> EtcdClient {
        let script = script
        return EtcdClient(try EtcdAddress(url, authorities: nil), seconds: 10) { host, path, body, token in
            script.asked.append((host, path, body, token))
            guard !script.answers.isEmpty else { throw Script.Silence() }
            let (status, text) = script.answers.removeFirst()
            guard let text else { throw Script.Silence() }
            return (status, try Datum(json: text))
        }
    }

    private func taken() throws -> EtcdClient {
        let client = try client()
        script.add(Recorded.granted, Recorded.taken)
        #expect(try client.take(mark, after: nil) == .taken)
        return client
    }

    @Test func aFreeLeaseIsTaken() throws {
        let client = try client()
        script.add(Recorded.granted, Recorded.taken)
        #expect(try client.take(mark, after: LeaseMark(address: "http://b:1", run: "r")) == .taken)
        #expect(script.asked.map(\.path) == ["/v3/lease/grant", "/v3/kv/txn"])
        #expect(script.asked[0].body == ["TTL": 10])
        let body = script.asked[1].body
        #expect(
            body[field: "compare"] == [
                ["key": "YS9hcHA=", "target": "CREATE", "result": "EQUAL", "create_revision": "0"],
                ["key": "YS9hcHAubGFzdA==", "target": "VALUE", "result": "EQUAL", "value": "aHR0cDovL2I6MSBy"],
            ])
        #expect(
            body[field: "success"] == [
                ["request_put": ["key": "YS9hcHA=", "value": "aHR0cDovL2E6MQ==", "lease": "2324035725860179463"]],
                ["request_put": ["key": "YS9hcHAubGFzdA==", "value": "aHR0cDovL2E6MSBydW4="]],
            ])
    }

    @Test func whoHasItIsTold() throws {
        let client = try client()
        script.add(Recorded.granted, Recorded.held(lease: "7"))
        #expect(try client.take(LeaseMark(address: "http://b:1", run: "r"), after: nil) == .held(by: "http://a:1"))
        script.add(Recorded.held())
        #expect(try client.holding() == LeaseHolding(holder: "http://a:1", newest: mark))
        script.add(Recorded.free)
        #expect(try client.holding() == LeaseHolding(holder: nil, newest: nil))
    }

    @Test func whoCameBetweenIsTold() throws {
        let client = try client()
        script.add(Recorded.granted, Recorded.missed)
        #expect(try client.take(mark, after: mark) == .missed(nil))
    }

    /// The answer to a transaction that had taken it was lost.
    @Test func whatWasTakenWithoutAnAnswerIsOurs() throws {
        let client = try client("etcd://one/a/app")
        script.add(Recorded.granted, nil)
        #expect(throws: Script.Silence.self) { try client.take(mark, after: nil) }
        script.add(Recorded.kept, Recorded.held())
        #expect(try client.take(mark, after: nil) == .taken)
        #expect(script.asked.map(\.path).suffix(2) == ["/v3/lease/keepalive", "/v3/kv/txn"])
    }

    @Test func aRenewalCountsIfTheKeyIsConfirmed() throws {
        let client = try taken()
        script.add(Recorded.kept, Recorded.held())
        #expect(try client.renew())
        // A leader that has been replaced extends leases that it has no right to.
        script.add(Recorded.kept, Recorded.held(term: "3"))
        #expect(throws: LeaseRefusal.self) { try client.renew() }
        script.add(Recorded.kept, nil, Recorded.held())
        #expect(throws: LeaseRefusal.self) { try client.renew() }
        script.add(Recorded.kept, Recorded.held())
        #expect(try client.renew())
    }

    /// So it is when a lease is taken that was granted before: the one who extended it may have been replaced.
    @Test func aLeaseOfBeforeCountsIfTheKeyIsConfirmed() throws {
        for answer in [Recorded.held(term: "3"), Recorded.taken.replacing(#""raft_term":"2""#, with: #""raft_term":"3""#)] {
            let client = try client("etcd://one/a/app")
            script.add(Recorded.granted, nil)
            #expect(throws: Script.Silence.self) { try client.take(mark, after: nil) }
            script.add(Recorded.kept, answer)
            #expect(throws: LeaseRefusal.self) { try client.take(mark, after: nil) }
            script.add(Recorded.kept, Recorded.held())
            #expect(try client.take(mark, after: nil) == .taken)
        }
        // What is granted now is good whoever leads, and whoever answers.
        let client = try client()
        script.add(Recorded.granted, nil, Recorded.taken.replacing(#""raft_term":"2""#, with: #""raft_term":"3""#))
        #expect(try client.take(mark, after: nil) == .taken)
    }

    /// A leader that has just begun may not know of the lease yet.
    @Test func aLeaseThatIsNotExtendedIsNotOverWhileTheKeyIsThere() throws {
        let client = try taken()
        script.add(Recorded.over, Recorded.held())
        #expect(throws: LeaseRefusal.self) { try client.renew() }
        script.add(Recorded.kept, Recorded.held())
        #expect(try client.renew())
    }

    @Test func anotherEtcdIsNotAsked() throws {
        let client = try client()
        script.add(Recorded.held(), nil, Recorded.elsewhere, Recorded.held())
        #expect(try client.holding().holder == "http://a:1")
        let error = #expect(throws: CommandError.self) { try client.holding() }
        #expect(error?.message.hasPrefix("two:1 is of another etcd") == true)
        #expect(try client.holding().holder == "http://a:1")
        #expect(script.asked.map(\.host) == [0, 0, 1, 0])
    }

    @Test(
        arguments: [
            [Recorded.over, Recorded.held(lease: "7")], [Recorded.over, Recorded.free], [Recorded.kept, Recorded.held(lease: "7")],
            [Recorded.kept, Recorded.free],
        ])
    func aLeaseThatIsOverIsNotRenewed(answers: [String]) throws {
        let client = try taken()
        for answer in answers { script.add(answer) }
        #expect(try !client.renew())
        #expect(try !client.renew())
    }

    @Test func itIsGivenBackOnce() throws {
        let client = try taken()
        script.add(Recorded.revoked)
        try client.release()
        try client.release()
        #expect(script.asked.last?.path == "/v3/lease/revoke" && script.asked.last?.body == ["ID": "2324035725860179463"])
        #expect(script.asked.count == 3)
    }

    // MARK: Standbys

    private let candidate = LeaseCandidate(
        mark: LeaseMark(address: "http://b:1", run: "r"), predecessor: LeaseMark(address: "http://a:1", run: "run"), position: nil)

    @Test func aStandbyIsDeclaredOnceAndKept() throws {
        let client = try client()
        script.add(Recorded.granted, Recorded.put)
        try client.declare(candidate)
        #expect(script.asked.map(\.path) == ["/v3/lease/grant", "/v3/kv/put"])
        #expect(script.asked[0].body == ["TTL": 15])
        #expect(
            script.asked[1].body == [
                "key": Datum(Base64.encode(Array("a/app.standbys/http://b:1".utf8))),
                "value": Datum(Base64.encode(Array("http://b:1 r http://a:1 run".utf8))), "lease": "2324035725860179463",
            ])
        // etcd keeps each version of a key.
        script.add(Recorded.kept)
        try client.declare(candidate)
        #expect(script.asked.last?.path == "/v3/lease/keepalive" && script.asked.count == 3)
        // What has changed is written, with the same lease.
        let position = FilePosition("f81d4fae-7dec-41d0-a765-00a0c91e6bf6.1.a.7")
        let final = LeaseCandidate(mark: candidate.mark, predecessor: candidate.predecessor, position: position)
        script.add(Recorded.kept, Recorded.put)
        try client.declare(final)
        #expect(script.asked.last?.body[field: "value"]?.string.flatMap { Base64.decode($0) } == Array("\(candidate) \(position)".utf8))
        // It went with its lease.
        script.add(Recorded.over, Recorded.granted, Recorded.put)
        try client.declare(final)
        #expect(script.asked.map(\.path).suffix(3) == ["/v3/lease/keepalive", "/v3/lease/grant", "/v3/kv/put"])
        script.add(Recorded.revoked)
        try client.withdrawCandidate()
        try client.withdrawCandidate()
        #expect(script.asked.last?.path == "/v3/lease/revoke" && script.asked.count == 9)
    }

    /// Nobody knows whether it was written.
    @Test func whatWasDeclaredWithoutAnAnswerIsDeclaredAgain() throws {
        let client = try client("etcd://one/a/app")
        script.add(Recorded.granted, nil)
        #expect(throws: Script.Silence.self) { try client.declare(candidate) }
        script.add(Recorded.kept, Recorded.put)
        try client.declare(candidate)
        #expect(script.asked.map(\.path).suffix(2) == ["/v3/lease/keepalive", "/v3/kv/put"])
        script.add(Recorded.kept)
        try client.declare(candidate)
        #expect(script.asked.count == 5)
    }

    @Test func whatStandbysDeclareIsRead() throws {
        let client = try client()
        let final = LeaseCandidate(
            mark: LeaseMark(address: "http://c:1", run: "s"), predecessor: mark, position: FilePosition("f81d4fae.1.a.7"))
        script.add(Recorded.keys(["\(candidate)", "somebody else's", "\(final)", "a b c d e f"]))
        #expect(try client.candidates() == [candidate, final])
        let (first, end) = (Array("a/app.standbys/".utf8), Array("a/app.standbys0".utf8))
        #expect(
            script.asked[0].body == ["key": Datum(Base64.encode(first)), "range_end": Datum(Base64.encode(end)), "limit": 100])
        script.add(Recorded.revoked)
        #expect(try client.candidates().isEmpty)
        script.add(#"{"error":"etcdserver: permission denied","message":"etcdserver: permission denied","code":7}"#, status: 403)
        #expect(throws: LeaseRefusal.self) { try client.candidates() }
    }

    @Test func anotherHostIsAsked() throws {
        let client = try client()
        script.add(nil, Recorded.held())
        #expect(try client.holding().holder == "http://a:1")
        // One that has no leader is as good as none; the next question begins with the one that answered.
        script.add(#"{"error":"etcdserver: no leader","code":14}"#, status: 503)
        script.add(Recorded.held())
        #expect(try client.holding().holder == "http://a:1")
        #expect(script.asked.map(\.host) == [0, 1, 1, 0])
        script.add(nil, nil)
        #expect(throws: Script.Silence.self) { try client.holding() }
        script.add(Recorded.noSuchLease, status: 404)
        #expect(throws: LeaseRefusal.self) { try client.holding() }
        #expect(script.asked.count == 7)
    }

    @Test func aLoginIsRenewed() throws {
        let client = try client("etcd://pando:p%40ss@one/a/app")
        script.add(Recorded.token, Recorded.held())
        _ = try client.holding()
        #expect(script.asked[0].path == "/v3/auth/authenticate" && script.asked[0].token == nil)
        #expect(script.asked[0].body == ["name": "pando", "password": "p@ss"])
        #expect(script.asked[1].token == "WmUuYdjpuxTqIcoj.9")
        script.add(Recorded.badToken, status: 401)
        script.add(Recorded.token, Recorded.held())
        #expect(try client.holding().holder == "http://a:1")
        // A refusal of the login is one.
        script.add(Recorded.badToken, Recorded.badToken, status: 401)
        #expect(throws: LeaseRefusal.self) { try client.holding() }
    }

    @Test func addresses() throws {
        let address = try EtcdAddress("etcd://u:p@one,[::1]:99,127.0.0.1/a/b", authorities: nil)
        #expect(address.hosts.map(\.name) == ["one:2379", "[::1]:99", "127.0.0.1:2379"])
        #expect(address.key == "a/b" && address.name == "etcd://one,[::1]:99,127.0.0.1/a/b")
        #expect(address.login?.user == "u" && address.login?.password == "p")
    }

    @Test(
        arguments: [
            "one/a", "http://one/a", "etcd://one", "etcd://one/", "etcd:///a", "etcd://one,/a", "etcd://u@one/a", "etcd://one:x/a",
            "etcd://one/a b",
        ])
    func whatIsNoAddress(text: String) {
        #expect(throws: CommandError.self) { try EtcdAddress(text, authorities: nil) }
    }

    @Test func settingsThatDoNotFit() throws {
        let place = try Workplace()
        let lease = "etcd://127.0.0.1:1/app"
        #expect(try place.bad("serve", place.file, "--lease", "one", status: 2).contains("lease is etcd://HOST"))
        #expect(try place.bad("serve", place.file, "--lease", lease, status: 2).contains("lease needs advertise"))
        #expect(try place.bad("serve", place.file, "--advertise", "http://a:1", status: 2).contains("goes with lease"))
        #expect(try place.bad("serve", place.file, "--lease", lease, "--advertise", "a:1", status: 2).contains("advertise is http://"))
        #expect(try place.bad("serve", place.file, "--lease", lease, "--standby-of", "a:1", status: 2).contains("two ways"))
        #expect(
            try place.bad("serve", place.file, "--lease", lease, "--advertise", "http://a:1", "--http-port", "0")
                .contains("No server answers at 127.0.0.1:1"))
        #expect(!place.exists("test.pando"))
        let shown = try place.good("serve", place.file, "--lease", "etcd://u:geheim@one/app", "--print-config")
        #expect(shown.contains("etcd://one/app") && !shown.contains("geheim"))
    }
}
