import Ground
import Synchronization
import httpd

/// The servers that an address names, and which of them was the right one last.
final class PostgresHosts: Sendable {
    let address: PostgresAddress
    private let known = Mutex((place: 0, changes: 0))
    /// What came of the newest search in vain. One thread searches at a time.
    private let search = Mutex<(start: MonotonicTime, messages: [String])?>(nil)
    /// What came of the newest look whether a server lets anybody in, by its name: why not, or nil.
    private let life = Mutex<[String: (time: MonotonicTime, failure: String?)]>([:])
    private let isClosed = Monitored(false)

    /// A server that takes connections and answers nothing, or is cut off. What it was asked may have been done.
    struct Standstill: Error, CustomStringConvertible {
        let message: String
        var description: String { message }
    }

    /// Between two rounds through all of them.
    private static let pause = Duration.milliseconds(100)

    init(_ address: PostgresAddress) {
        self.address = address
    }

    /// How often another server has become the right one. Connections from before may be to a server that nobody writes any more.
    var changeCount: Int { known.withLock { $0.changes } }

    /// A session with the first server that is what the address asks for, beginning with the one that was it last. Where several are named, one
    /// of them may be about to take over: they are asked again and again for as long as the address says.
    ///
    /// - Throws: what each of them has answered.
    func connect() throws -> PostgresClient {
        let deadline = MonotonicTime.now + address.patience
        var messages: [String] = []
        if let client = try client(at: known.withLock { $0.place }, &messages) { return client }
        guard address.places.count > 1 else { throw CommandError.failed(messages[0]) }
        while true {
            if let client = try client(anywhere: .now, &messages) { return client }
            let isOver =
                MonotonicTime.now + Self.pause > deadline || isClosed.wait(until: .now + Self.pause) { $0 ? true : nil } ?? false
            if isOver {
                let what = address.target == .any ? "answers" : "can be written"
                throw CommandError.failed("No host of \(address.name) \(what):\n" + messages.joined(separator: "\n"))
            }
        }
    }

    /// How long a server may take to let somebody in before it is taken to stand still.
    private static let lifeTime = Duration.seconds(4)

    /// Looks whether a server that owes somebody an answer lets others in: then it is slow, and waited for.
    ///
    /// - Throws: ``Standstill``.
    private func requireLife(of place: PostgresAddress.Place) throws(Standstill) {
        let begun = MonotonicTime.now
        let failure = life.withLock { life -> String? in
            // One of those who wait for an answer looks for all.
            if let known = life[place.name], known.time > begun { return known.failure }
            let start = MonotonicTime.now
            let failure = reasonForStandstill(of: place)
            life[place.name] = (start, failure)
            return failure
        }
        guard let failure else { return }
        known.withLock { $0.changes += 1 }
        throw Standstill(message: "\(address.name(of: place)) answers nothing any more. \(failure)")
    }

    private func reasonForStandstill(of place: PostgresAddress.Place) -> String? {
        do {
            try PostgresClient(address, at: place, within: Self.lifeTime).close()
            return nil
        } catch is PostgresClient.LoginRefusal {
            // That is an answer, too.
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// How long it may take to ask all of them what they are.
    private static let surveyTime = Duration.seconds(2)

    /// What each server says that it is, or why it says nothing.
    func survey() -> [EngineCompany.Host] {
        let patience = min(address.patience, Self.surveyTime) / address.places.count
        return address.places.map { place in
            var state = "primary"
            do {
                let client = try PostgresClient(address, at: place, within: patience)
                if try client.reasonAgainst(.primary) != nil { state = "standby" }
                client.close()
            } catch let refusal as PostgresClient.LoginRefusal {
                state = "\(refusal.error)"
            } catch {
                state = "\(error)"
            }
            return EngineCompany.Host(name: place.name, state: state)
        }
    }

    /// Nobody waits for a server any more.
    func close() { isClosed.update { $0 = true } }

    /// Asks each server once, unless another thread has done so in vain since.
    private func client(anywhere start: MonotonicTime, _ messages: inout [String]) throws -> PostgresClient? {
        try search.withLock { search in
            if let search, search.start > start {
                messages = search.messages
                return nil
            }
            let start = MonotonicTime.now
            messages = []
            let first = known.withLock { $0.place }
            let count = address.places.count
            for index in (0..<count).map({ (first + $0) % count }) {
                if let client = try client(at: index, &messages) { return client }
            }
            search = (start, messages)
            return nil
        }
    }

    /// - Throws: what is said of us rather than of the server; no other one would say anything else.
    private func client(at index: Int, _ messages: inout [String]) throws -> PostgresClient? {
        let place = address.places[index]
        do {
            let client = try PostgresClient(address, at: place, within: address.patience / address.places.count)
            guard let reason = try client.reasonAgainst(address.target) else {
                known.withLock { if $0.place != index { $0 = (index, $0.changes + 1) } }
                client.lookAfter { [self] in try requireLife(of: place) }
                return client
            }
            client.close()
            messages.append("\(address.name(of: place)) \(reason).")
        } catch let refusal as PostgresClient.LoginRefusal {
            // A server that begins, ends or recovers.
            guard refusal.state.hasPrefix("57P") else { throw refusal.error }
            messages.append("\(refusal.error)")
        } catch {
            messages.append("\(error)")
        }
        return nil
    }
}
