import Ground
import httpd

/// One key of etcd as a lease, by the JSON gateway of its version 3. The key has the holder's address as its value, and goes with a lease
/// of etcd's; beside it is a second one, `NAME.last`, which stays and has the mark of the newest holder, and one of each standby,
/// `NAME.standbys/ADDRESS`, which goes with a lease of the standby's own.
final class EtcdClient: LeaseService, @unchecked Sendable {
    // Sendable: by its protocol one thread asks at a time.
    typealias Transport = (_ host: Int, _ path: String, _ body: Datum, _ token: String?) throws -> (status: Int, body: Datum?)

    let name: String
    private let address: EtcdAddress
    private let seconds: Int
    private let transport: Transport
    /// The host that answered last: the next question begins there.
    private var host = 0
    private var token: String?
    /// Which etcd has answered first.
    private var cluster: String?
    /// What etcd calls the lease that we asked for.
    private var lease: String?
    /// The one that this server's key among the standbys goes with, and what the key has for certain.
    private var candidateLease: String?
    private var declared: LeaseCandidate?

    /// - Parameters:
    ///   - seconds: how long the lease lasts that isn't renewed.
    ///   - transport: asks one of the hosts; nil: over the network.
    init(_ address: EtcdAddress, seconds: Int, transport: Transport? = nil) {
        self.address = address
        self.seconds = seconds
        name = address.name
        let patience = Duration.milliseconds(min(3000, max(1000, seconds * 250)))
        self.transport = transport ?? { try Self.send($1, $2, token: $3, to: address.hosts[$0], patience: patience) }
    }

    var lastName: String { newestKey }
    private var newestKey: String { address.key + ".last" }
    var candidatesName: String { address.key + ".standbys/" }

    // MARK: The lease

    func holding() throws -> LeaseHolding {
        let found = Self.found(in: try read())
        return found.holding
    }

    /// What is there of both keys. A transaction that only reads is linearizable: whoever answers has asked the leader, and that a majority,
    /// whether it is the leader still.
    private func read() throws -> Datum { try ask("kv/txn", ["success": ranges]) }

    func take(_ mark: LeaseMark, after newest: LeaseMark?) throws -> LeaseTaking {
        // One that was asked for in vain before may have been had all the same.
        let extended = try keepAlive(lease)
        let lease = if extended != nil, let lease { lease } else { try grant(seconds) }
        self.lease = lease
        var compared: [Datum] = [
            ["key": Self.encoded(address.key), "target": "CREATE", "result": "EQUAL", "create_revision": "0"]
        ]
        if let newest {
            let value = Self.encoded(newest.description)
            compared.append(["key": Self.encoded(newestKey), "target": "VALUE", "result": "EQUAL", "value": value])
        }
        let put: Datum = ["key": Self.encoded(address.key), "value": Self.encoded(mark.address), "lease": Datum(lease)]
        let note: Datum = ["key": Self.encoded(newestKey), "value": Self.encoded(mark.description)]
        let answer = try ask(
            "kv/txn",
            [
                "compare": Datum(elements: compared), "success": [["request_put": put], ["request_put": note]], "failure": ranges,
            ])
        if answer[field: "succeeded"] != true {
            let found = Self.found(in: answer)
            guard let holder = found.holding.holder else { return .missed(found.holding.newest) }
            guard found.lease == lease else { return .held(by: holder) }
        }
        // One that was granted now lasts for as long as it says, whoever leads.
        if let extended { try requireSource(of: answer, extended) }
        return .taken
    }

    func renew() throws -> Bool {
        guard let lease else { return false }
        let extended = try keepAlive(lease)
        let answer = try read()
        guard Self.found(in: answer).lease == lease else {
            self.lease = nil
            return false
        }
        // A leader that has just begun may not know of a lease yet that there is.
        guard let extended else { throw LeaseRefusal(description: "etcd does not extend the lease, though the key goes with it still.") }
        try requireSource(of: answer, extended)
        return true
    }

    /// Who extended a lease, and in which term.
    private typealias Source = (host: Int, term: String?)

    /// A leader that others have replaced does not know of it, and extends leases all the same. So it counts only if the same host says in the
    /// same term, confirmed by a majority, that the key goes with the lease.
    private func requireSource(of answer: Datum, _ source: Source) throws {
        guard source.host == host, source.term == Self.term(of: answer) else {
            throw LeaseRefusal(
                description: "etcd has changed its leader, or \(address.hosts[source.host].name) has ceased to answer.")
        }
    }

    private static func term(of answer: Datum) -> String? { text(answer[field: "header"]?[field: "raft_term"]) }

    func release() throws {
        guard let lease else { return }
        self.lease = nil
        _ = try ask("lease/revoke", ["ID": Datum(lease)])
    }

    private func grant(_ seconds: Int) throws -> String {
        let answer = try ask("lease/grant", ["TTL": Datum(seconds)])
        guard let lease = Self.text(answer[field: "ID"]), lease != "0" else { throw Self.notUnderstood }
        return lease
    }

    /// - Returns: nil if the lease is over.
    private func keepAlive(_ lease: String?) throws -> Source? {
        guard let lease else { return nil }
        let answer = try ask("lease/keepalive", ["ID": Datum(lease)])
        guard let result = answer[field: "result"] else { throw Self.notUnderstood }
        guard let seconds = Self.text(result[field: "TTL"]).flatMap({ Int($0) }), seconds > 0 else { return nil }
        return (host, Self.term(of: result))
    }

    // MARK: Standbys

    /// How much longer than the lease a standby's key stays that is not renewed, in seconds: for as long as its copy may succeed.
    private static let longerStay = 5
    /// More than anybody has, and few enough for an answer.
    private static let mostCandidates = 100

    /// Writes the key only if it has something else: etcd keeps each version of it until it is compacted.
    func declare(_ candidate: LeaseCandidate) throws {
        // A leader that others have replaced may extend it in vain; then nobody waits for this standby.
        let extended = try keepAlive(candidateLease)
        if extended != nil, declared == candidate { return }
        let lease = if extended != nil, let candidateLease { candidateLease } else { try grant(seconds + Self.longerStay) }
        (candidateLease, declared) = (lease, nil)
        let key = candidatesName + candidate.mark.address
        _ = try ask("kv/put", ["key": Self.encoded(key), "value": Self.encoded(candidate.description), "lease": Datum(lease)])
        declared = candidate
    }

    func candidates() throws -> [LeaseCandidate] {
        // All keys that begin so are less than the one whose last character is the next.
        let answer = try ask(
            "kv/range",
            [
                "key": Self.encoded(candidatesName), "range_end": Self.encoded(candidatesName.dropLast() + "0"),
                "limit": Datum(Self.mostCandidates),
            ])
        // Where there are none, JSON of this kind has no field.
        guard let records = answer[field: "kvs"]?.elements else { return [] }
        return records.compactMap { Self.decoded($0[field: "value"]).flatMap { LeaseCandidate($0) } }
    }

    func withdrawCandidate() throws {
        guard let lease = candidateLease else { return }
        (candidateLease, declared) = (nil, nil)
        _ = try ask("lease/revoke", ["ID": Datum(lease)])
    }

    // MARK: What is said

    private var ranges: Datum {
        [
            ["request_range": ["key": Self.encoded(address.key)]], ["request_range": ["key": Self.encoded(newestKey)]],
        ]
    }

    private static func encoded(_ text: String) -> Datum { Datum(Base64.encode(Array(text.utf8))) }

    /// A number of 64 bits is a text in JSON of this kind; smaller ones may be either.
    private static func text(_ datum: Datum?) -> String? { datum?.string ?? datum?.integer.map { String($0) } }

    private static func decoded(_ datum: Datum?) -> String? {
        datum?.string.flatMap { Base64.decode($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// What two ranges have found, the key and that of the newest mark.
    private static func found(in answer: Datum) -> (holding: LeaseHolding, lease: String?) {
        var records: [Datum?] = []
        if let responses = answer[field: "responses"]?.elements {
            records = responses.map { $0[field: "response_range"]?[field: "kvs"]?.elements.first }
        }
        let (key, newest) = (records.first ?? nil, records.dropFirst().first ?? nil)
        let mark = decoded(newest?[field: "value"]).flatMap { LeaseMark($0) }
        // Where a key has no value, JSON of this kind has none either.
        return (
            LeaseHolding(holder: key.map { decoded($0[field: "value"]) ?? "" }, newest: mark), text(key?[field: "lease"])
        )
    }

    private static let notUnderstood = LeaseRefusal(description: "What answers there is not etcd's JSON gateway of version 3.")

    // MARK: Requests

    /// Asks the host that answered last, and the others in turn if it doesn't.
    private func ask(_ path: String, _ body: Datum) throws -> Datum {
        var failure: any Error = Self.notUnderstood
        for _ in address.hosts {
            do { return try askHost(path, body) } catch let refusal as LeaseRefusal {
                throw refusal
            } catch {
                failure = error
                // A token is of the whole of etcd.
                host = (host + 1) % address.hosts.count
            }
        }
        throw failure
    }

    private func askHost(_ path: String, _ body: Datum) throws -> Datum {
        guard let login = address.login else { return try answer(path, body) }
        if token != nil {
            // It may be too old, or etcd's accounts have changed since.
            do { return try answer(path, body) } catch let refusal as LeaseRefusal where refusal.isOfLogin { token = nil }
        }
        let given = try answer("auth/authenticate", ["name": Datum(login.user), "password": Datum(login.password)])
        guard let text = given[field: "token"]?.string else { throw Self.notUnderstood }
        token = text
        return try answer(path, body)
    }

    private func answer(_ path: String, _ body: Datum) throws -> Datum {
        let isLogin = path.hasPrefix("auth/")
        let (status, found) = try transport(host, "/v3/" + path, body, isLogin ? nil : token)
        guard let found else { throw Self.notUnderstood }
        // An answer that is a stream has its errors inside.
        let error = found[field: "error"]
        if status == 200, error == nil {
            try requireSameCluster(found[field: "result"] ?? found)
            return found
        }
        let reason = error?.string ?? error?[field: "message"]?.string ?? found[field: "message"]?.string ?? "status \(status)"
        let refusal = LeaseRefusal(
            description: "\(address.hosts[host].name) answers: \(Self.line(reason)).",
            // What an account may not do it may not do after another login either, which costs etcd more than anything else that is asked.
            isOfLogin: status < 500 && status != 403 && !isLogin)
        // One that has no leader may be cut off from the others.
        if status >= 500 { throw CommandError.failed(refusal.description) }
        throw refusal
    }

    /// Of two that know nothing of each other each gives the lease to somebody. Such a host is as good as none.
    private func requireSameCluster(_ answer: Datum) throws {
        guard let found = Self.text(answer[field: "header"]?[field: "cluster_id"]) else { return }
        guard found == cluster ?? found else {
            throw CommandError.failed(
                "\(address.hosts[host].name) is of another etcd than the one that has answered before. Name hosts of one; if it was made anew, "
                    + "start this server again.")
        }
        cluster = found
    }

    /// The beginning of what somebody else says, as a part of one line.
    private static func line(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Far more than two keys take, and more than those of all standbys.
    private static let longestAnswer = 64 << 10

    /// - Throws: also which of the hosts it is that something is wrong with.
    private static func send(
        _ path: String, _ body: Datum, token: String?, to host: ServerAddress, patience: Duration
    ) throws -> (status: Int, body: Datum?) {
        var hasAnswered = false
        do { return try send(path, body, token: token, to: host, patience: patience, &hasAnswered) } catch {
            let message = CommandError(error).message
            if message.contains(host.name) { throw error }
            let isEncrypted = host.encryption != nil
            throw CommandError.failed(
                "\(host.name): \(message)" + (hasAnswered || isEncrypted ? "" : " If it wants TLS, the lease begins with etcds://."))
        }
    }

    private static func send(
        _ path: String, _ body: Datum, token: String?, to host: ServerAddress, patience: Duration, _ hasAnswered: inout Bool
    ) throws -> (status: Int, body: Datum?) {
        let deadline = MonotonicTime.now + patience
        let socket = try ClientSocket(host: host.host, port: host.port, patience: patience, hint: "Is it etcd's port for clients?")
        let connection = ServerConnection(socket, name: host.name, Stopper())
        connection.deadline = deadline
        if let encryption = host.encryption {
            try connection.encrypt(encryption, host: host.host, advice: "--standby-ca names the file of who has signed it.")
        }
        let content = Array(body.description.utf8)
        var head = [
            "POST \(path) HTTP/1.1", "Host: \(host.name)", "Connection: close", "Content-Type: application/json",
            "Content-Length: \(content.count)",
        ]
        if let token { head.append("Authorization: \(token)") }
        try connection.send(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + content)
        var answer = HTTPAnswer()
        var received: [UInt8] = []
        // The answer of a keepalive is a stream, of which one line is enough.
        while !answer.isFinished, !received.contains(UInt8(ascii: "\n")) {
            if let bytes = try connection.receive() { answer.append(bytes) } else { try answer.end() }
            hasAnswered = true
            while let piece = try answer.next() { received += piece }
            guard received.count <= longestAnswer else { throw notUnderstood }
        }
        return (answer.head?.status ?? 0, try? Datum(json: received.span))
    }
}
