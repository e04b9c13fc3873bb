import Ground
import TestSupport
import Testing

@testable import Catalog
@testable import PandoCommand

/// Several standbys of one primary: the one that has most takes its place.
@Suite struct LeaseSuccessionTests {
    private let world = LeaseWorld()

    /// - Returns: how long it took from now on until one of them was a primary.
    private func succeed(within longest: Duration = .seconds(60)) -> Duration {
        let from = world.passed
        world.run(for: longest) { !world.primaries.isEmpty }
        let took = world.passed - from
        // Whoever could do it as well has its time.
        world.run(for: .seconds(20))
        return took
    }

    @Test func theOneThatHasMostTakesIt() throws {
        let (less, more) = (world.add("a", has: 7), world.add("b", has: 9))
        try world.begin()
        world.run(for: .seconds(5))
        world.expire()
        // The one that has less sees it first, and says what it has.
        (less.due, more.due) = (world.passed, world.passed + .milliseconds(240))
        let took = succeed()
        #expect(world.primaries.map(\.address) == [more.address])
        #expect(less.followed == [more.address] && !less.hasCeased)
        // Nobody waited for longer than until the last one had said it.
        #expect(took < .milliseconds(400))
    }

    @Test func ofTwoThatHaveTheSameOneTakesItAtOnce() throws {
        let standbys = ["b", "a", "c"].map { world.add($0, has: 7) }
        try world.begin()
        world.expire()
        #expect(succeed() < .milliseconds(700))
        #expect(world.primaries.map(\.address) == ["http://a:1"])
        #expect(standbys.allSatisfy { $0.lines.allSatisfy { !$0.contains("promote one") } })
    }

    @Test func whoDoesNotSayWhatItHasIsWaitedForAWhile() throws {
        let (less, more) = (world.add("a", has: 7), world.add("b", has: 9))
        try world.begin()
        world.expire()
        more.isDead = true
        let took = succeed()
        #expect(world.primaries.map(\.address) == [less.address])
        #expect(took >= LeaseSuccession.patience && took < LeaseSuccession.patience + .milliseconds(500))
    }

    @Test func whoDiesOnceItHasSaidThatItHasMostIsWaitedForAWhile() throws {
        let (least, less, most) = (world.add("a", has: 5), world.add("b", has: 7), world.add("c", has: 9))
        try world.begin()
        world.expire()
        most.diesWithItsWord = true
        let took = succeed()
        #expect(world.primaries.map(\.address) == [less.address])
        #expect(took >= LeaseSuccession.turn && took < LeaseSuccession.turn + .milliseconds(1000))
        #expect(least.followed == [less.address])
    }

    /// One after the other, and each has its time.
    @Test func theLastOneTakesItWhereAllBeforeAreDead() throws {
        let (least, less, most) = (world.add("a", has: 5), world.add("b", has: 7), world.add("c", has: 9))
        try world.begin()
        world.expire()
        (less.diesWithItsWord, most.diesWithItsWord) = (true, true)
        let took = succeed()
        #expect(world.primaries.map(\.address) == [least.address])
        #expect(took >= LeaseSuccession.turn * 2 && took < LeaseSuccession.turn * 2 + .milliseconds(1000))
    }

    /// What only it has is lost, as if it were dead; there is one primary all the same.
    @Test func whoIsTooLateComesSecond() throws {
        let (less, more) = (world.add("a", has: 7), world.add("b", has: 9))
        try world.begin()
        world.expire()
        more.due = world.passed + .seconds(3)
        _ = succeed()
        #expect(world.primaries.map(\.address) == [less.address])
        #expect(more.followed == [less.address] && !more.hasCeased)
    }

    /// It was cut off from those who keep the lease for so long that it stands there no more.
    @Test func whoIsNotThereIsNotWaitedFor() throws {
        let (less, more) = (world.add("a", has: 7), world.add("b", has: 9))
        try world.begin()
        more.isCutOff = true
        world.run(for: .seconds(20))
        #expect(world.said[less.address] != nil)
        world.expire()
        #expect(succeed() < .milliseconds(400))
        #expect(world.primaries.map(\.address) == [less.address])
    }

    /// The one that is cut off from a primary that is there, though it has lost the lease, does not go before the other.
    @Test func whoWaitsForAPrimaryThatAnswersIsCalled() throws {
        let (cutOff, more) = (world.add("a", has: 7), world.add("b", has: 9))
        try world.begin()
        more.isConnected = true
        world.expire()
        #expect(succeed() < .milliseconds(700))
        #expect(world.primaries.map(\.address) == [more.address])
        #expect(cutOff.followed == [more.address])
    }

    /// Of another holder, or in no position at all.
    @Test func whatIsSaidOfSomethingElseDoesNotCount() throws {
        let standby = world.add("a", has: 7)
        try world.begin()
        let other = LeaseMark(address: "http://q:1", run: "q")
        for (index, predecessor) in [other, LeaseWorld.primary].enumerated() {
            let mark = LeaseMark(address: "http://x\(index):1", run: "x")
            let position = FilePosition(index == 0 ? "f81d4fae-7dec-41d0-a765-00a0c91e6bf6.1.a.99" : "nonsense")
            world.said[mark.address] = (LeaseCandidate(mark: mark, predecessor: predecessor, position: position), .seconds(1000))
        }
        world.said["http://y:1"] = (
            LeaseCandidate(mark: LeaseMark(address: "http://y:1", run: "y"), predecessor: other, position: nil), .seconds(1000)
        )
        world.expire()
        #expect(succeed() < .milliseconds(400))
        #expect(!standby.isStandby)
    }

    @Test func whoMayNotSayItTakesItLikeOneAlone() throws {
        let (less, more) = (world.add("a", has: 7), world.add("b", has: 9))
        for standby in world.standbys { standby.refusal = LeaseRefusal(description: "permission denied") }
        try world.begin()
        world.run(for: .seconds(30))
        world.expire()
        (less.due, more.due) = (world.passed, world.passed + .milliseconds(240))
        #expect(succeed() < .milliseconds(100))
        #expect(world.primaries.map(\.address) == [less.address])
        #expect(world.standbys.allSatisfy { $0.lines.count { $0.contains("permission denied") } == 1 })
    }

    // MARK: Chance

    private enum Fault: CaseIterable {
        case nothing, silence, lateness, deathBefore, deathWithWord
    }

    /// Two to four standbys that have what chance gives them and receive more until they cease, with steps of the others in between, an answer of
    /// each that may be lost, and one that is late or dies. Of those that are there in time the one that has most is the primary.
    @Test(arguments: 0..<300) func inAnyOrder(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let fault = Fault.allCases[seed % Fault.allCases.count]
        for name in ["a", "b", "c", "d"].prefix(2 + random.below(3)) { _ = world.add(name, has: 1 + random.below(5)) }
        try world.begin()
        world.run(for: .milliseconds(random.below(9000)))
        var depth = 0
        world.between = { [unowned world] asking in
            for standby in world.standbys where standby.receives && random.below(4) == 0 { standby.transaction += random.below(3) }
            guard depth < 6, random.below(3) == 0 else { return }
            let next = world.standbys[random.below(world.standbys.count)]
            guard next.due <= world.passed + .milliseconds(60) else { return }
            depth += 1
            world.step(next)
            depth -= 1
        }
        world.expire()
        let odd = world.standbys[random.below(world.standbys.count)]
        if random.below(3) == 0 { odd.isConnected = true }
        switch fault {
        case .nothing: break
        case .silence:
            for standby in world.standbys { standby.loss = (random.below(8), random.below(2) == 0) }
        case .lateness: odd.due = world.passed + .seconds(4 + random.below(9))
        case .deathBefore: odd.isDead = true
        case .deathWithWord: odd.diesWithItsWord = true
        }
        let took = succeed()
        #expect(world.primaries.count == 1, "seed \(seed)")
        let winner = try #require(world.primaries.first)
        #expect(world.holder == winner.address)
        for standby in world.standbys where standby !== winner && !standby.isDead {
            // All others follow, and can: they have nothing that it has not.
            #expect(standby.followed == [winner.address] && !standby.hasCeased, "seed \(seed), \(fault): \(standby.address)")
            if fault == .lateness, standby === odd { continue }
            #expect(standby.transaction <= winner.transaction, "seed \(seed), \(fault): \(standby.address)")
        }
        let longest: Duration
        switch fault {
        case .nothing: longest = .milliseconds(900)
        // To take it is tried again after two seconds.
        case .silence: longest = .milliseconds(3500)
        case .lateness, .deathBefore: longest = LeaseSuccession.patience + .seconds(1)
        case .deathWithWord: longest = LeaseSuccession.turn + .seconds(1)
        }
        #expect(took <= longest, "seed \(seed), \(fault)")
    }
}
