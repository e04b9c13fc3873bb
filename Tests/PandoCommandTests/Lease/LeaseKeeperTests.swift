import Ground
import Testing

@testable import Catalog
@testable import PandoCommand

@Suite struct LeaseKeeperTests {
    private let scene = LeaseScene()
    private let permit: WritePermit
    private let keeper: LeaseKeeper

    init() {
        let scene = scene
        permit = WritePermit { scene.now }
        keeper = LeaseKeeper(scene, permit, address: "http://a:1", run: "1", time: .seconds(10)) { scene.now }
        scene.keeper = keeper
    }

    /// One step, and the time until the next.
    @discardableResult private func step() -> Duration? {
        let rest = keeper.step(scene)
        scene.passed += rest ?? .zero
        return rest
    }

    private func steps(for duration: Duration) {
        let end = scene.passed + duration
        while scene.passed < end, step() != nil {}
    }

    private var writes: Bool { (try? permit.requireBegin()) != nil && (try? permit.requireAcknowledgement()) != nil }

    private func asPrimary() throws {
        #expect(try keeper.begin(isCopy: false) == .primary)
        #expect(writes)
    }

    /// A standby of `http://b:1` that has everything.
    private func asStandby() throws {
        scene.hold("http://b:1")
        scene.isStandby = true
        #expect(try keeper.begin(isCopy: true) == .standby(of: "http://b:1"))
        (scene.isConnected, scene.lagSeconds) = (true, 0.2)
        #expect(step() == LeaseKeeper.look)
        #expect(!writes && scene.followed.isEmpty)
    }

    // MARK: The beginning

    @Test func whoBeginsTakesTheLeaseOrFollows() throws {
        scene.hold("http://b:1")
        #expect(try keeper.begin(isCopy: false) == .standby(of: "http://b:1"))
        scene.expire()
        #expect(try keeper.begin(isCopy: true) == .standby(of: nil))
        #expect(!writes)
        // Who had it last may have more in its file.
        #expect(throws: CommandError.self) { try keeper.begin(isCopy: false) }
        #expect(!writes && scene.holder == nil)
        scene.newest = nil
        #expect(try keeper.begin(isCopy: false) == .primary)
        #expect(writes)
    }

    @Test func anEarlierRunOfTheSameServerIsWaitedFor() throws {
        scene.hold("http://a:1", "0")
        #expect(try keeper.begin(isCopy: false) == .wait)
        scene.expire()
        #expect(try keeper.begin(isCopy: false) == .primary)
    }

    @Test func whoDoesNotReachItDoesNotBegin() {
        scene.isDown = true
        #expect(throws: LeaseScene.Silence.self) { try keeper.begin(isCopy: false) }
        #expect(!writes)
    }

    // MARK: A primary

    @Test func aPrimaryRenewsInTime() throws {
        try asPrimary()
        for _ in 0..<20 {
            #expect(step() == .seconds(10) / 3)
            #expect(writes)
        }
        #expect(scene.ends.isEmpty && scene.resumptions == 0)
    }

    /// The right counts from the question, not from its answer.
    @Test func aSlowAnswerGivesNoLongerRight() throws {
        try asPrimary()
        scene.delay = .seconds(4)
        #expect(keeper.step(scene) != nil)
        #expect((4.9...5.1).contains(permit.secondsLeft ?? 0))
    }

    /// Of a longer lease a clock that goes wrong by a tenth takes more than a second.
    @Test(arguments: [(3, 2.0), (10, 9.0), (60, 54.0)]) func theRightEndsATenthBeforeTheLease(time: Int, right: Double) throws {
        let permit = WritePermit { [scene] in scene.now }
        let keeper = LeaseKeeper(scene, permit, address: "http://a:1", run: "1", time: .seconds(time)) { [scene] in scene.now }
        #expect(try keeper.begin(isCopy: false) == .primary)
        #expect(abs((permit.secondsLeft ?? 0) - right) < 0.001)
    }

    @Test func aPrimaryThatCannotRenewStopsBeforeTheLeaseEnds() throws {
        try asPrimary()
        scene.isDown = true
        scene.passed += .milliseconds(8900)
        step()
        #expect(scene.lines.count == 1)
        scene.passed = .milliseconds(9001)
        #expect(!writes)
        steps(for: .seconds(60))
        #expect(!writes && scene.ends.isEmpty)
        // Said once, however often it was tried.
        #expect(scene.lines.count == 1)

        scene.isDown = false
        step()
        #expect(writes && scene.resumptions == 1)
        #expect(scene.lines.last == "Has the lease etcd://host/app, and writes.")
    }

    @Test func aLeaseThatEndedIsTakenAgainIfNobodyElseHadIt() throws {
        try asPrimary()
        scene.expire()
        step()
        #expect(writes && scene.holder == "http://a:1" && scene.ends.isEmpty && scene.resumptions == 1)
    }

    @Test(arguments: [true, false]) func whoSeesAnotherHolderEnds(isThere: Bool) throws {
        try asPrimary()
        scene.hold("http://b:1")
        if !isThere { scene.expire() }
        #expect(step() == nil)
        #expect(!writes && scene.ends.count == 1)
        #expect(keeper.endReason?.contains("http://b:1") == true)
        keeper.stop()
        #expect(scene.holder == (isThere ? "http://b:1" : nil))
    }

    @Test func whoStopsGivesTheLeaseBack() throws {
        try asPrimary()
        keeper.stop()
        #expect(scene.holder == nil && !writes)
        scene.hold("http://b:1")
        keeper.stop()
        #expect(scene.holder == "http://b:1")
    }

    // MARK: A standby

    @Test func aStandbyThatHasEverythingSucceeds() throws {
        try asStandby()
        steps(for: .seconds(60))
        #expect(scene.promotions == 0)
        scene.expire()
        (scene.isConnected, scene.lagSeconds) = (false, 11.5)
        step()
        #expect(scene.promotions == 1 && scene.holder == "http://a:1" && writes)
        #expect(step() == .seconds(10) / 3)
        #expect(scene.isOurs)
    }

    /// It has the lease, and nobody has told it so.
    @Test(arguments: [true, false]) func whatWasTakenWithoutAnAnswerIsUsed(isThere: Bool) throws {
        try asStandby()
        scene.expire()
        (scene.isConnected, scene.lagSeconds, scene.isMute) = (false, 1, true)
        step()
        #expect(scene.promotions == 0 && scene.holder == "http://a:1" && !writes)
        scene.isMute = false
        if !isThere { scene.expire() }
        step()
        #expect(scene.promotions == 1 && scene.holder == "http://a:1" && writes && scene.followed.isEmpty)
    }

    @Test func aPrimaryThatAnswersMayTakeItsLeaseAgain() throws {
        try asStandby()
        scene.expire()
        step()
        #expect(scene.promotions == 0 && !scene.hasCeased)
        scene.holder = "http://b:1"
        step()
        scene.expire()
        steps(for: LeaseKeeper.courtesy + LeaseKeeper.look)
        #expect(scene.promotions == 1 && scene.hasCeased)
    }

    @Test(arguments: [nil, 15.1]) func aStandbyThatLacksSomethingDoesNot(lag: Double?) throws {
        try asStandby()
        scene.expire()
        (scene.isConnected, scene.lagSeconds) = (false, lag)
        for _ in 0..<100 {
            scene.lagSeconds = lag.map { $0 + scene.passed / .seconds(1) }
            step()
        }
        #expect(scene.promotions == 0 && scene.holder == nil && !writes)
        #expect(scene.lines.count(where: { $0.contains("promote one") }) == 1)
    }

    /// What counts is how much it lacked when it saw that the lease is free, however long the service does not answer after that.
    @Test func timeThatPassesAfterwardsDoesNotCount() throws {
        try asStandby()
        scene.expire()
        (scene.isConnected, scene.lagSeconds, scene.failsToPromote) = (false, 14, true)
        step()
        #expect(scene.promotions == 0 && scene.holder == nil && !writes)
        scene.failsToPromote = false
        scene.passed += .seconds(100)
        scene.lagSeconds = 14 + scene.passed / .seconds(1)
        step()
        #expect(scene.promotions == 1 && writes)
    }

    /// It has received nothing more since it said what it has, and its primary has the lease again.
    @Test func aStandbyGoesOnWithThePrimaryThatIsBack() throws {
        try asStandby()
        let mark = try #require(scene.newest)
        let candidate = LeaseCandidate(mark: LeaseMark(address: "http://a:1", run: "1"), predecessor: mark, position: nil)
        #expect(scene.declared == candidate)
        scene.expire()
        (scene.isConnected, scene.lagSeconds, scene.failsToPromote) = (false, 1, true)
        step()
        #expect(scene.hasCeased && scene.declared?.position == scene.position)
        (scene.holder, scene.newest) = ("http://b:1", mark)
        step()
        #expect(!scene.hasCeased && scene.declared == candidate && scene.followed.isEmpty && scene.promotions == 0)
    }

    /// An account that may not say what standbys say keeps nobody from succeeding.
    @Test func whereNothingMayBeComparedTheFirstTakesIt() throws {
        scene.refusesCandidates = true
        try asStandby()
        steps(for: .seconds(60))
        #expect(scene.lines.count == 1 && scene.lines[0].contains("app.standbys/"))
        scene.expire()
        (scene.isConnected, scene.lagSeconds) = (false, 11.5)
        step()
        #expect(scene.promotions == 1 && writes && scene.lines.count == 1)
    }

    @Test func whoStopsOrTakesNoPlaceIsNotWaitedFor() throws {
        try asStandby()
        #expect(scene.declared != nil)
        scene.expire()
        (scene.isConnected, scene.lagSeconds) = (false, 15.1)
        step()
        #expect(scene.declared == nil && !scene.hasCeased)
        scene.hold("http://b:1")
        (scene.isConnected, scene.lagSeconds) = (true, 0.2)
        step()
        #expect(scene.declared != nil)
        keeper.stop()
        #expect(scene.declared == nil)
    }

    @Test func aStandbyThatHasNotSeenTheLastHolderDoesNot() throws {
        try asStandby()
        scene.hold("http://c:1")
        scene.expire()
        (scene.isConnected, scene.lagSeconds) = (false, 1)
        steps(for: .seconds(5))
        #expect(scene.promotions == 0)
        #expect(scene.lines.count == 1)
    }

    @Test func aStandbyGoesOnWithTheNextHolder() throws {
        try asStandby()
        scene.hold("http://c:1")
        step()
        step()
        #expect(scene.followed == ["http://c:1"])
        scene.isDown = true
        steps(for: .seconds(30))
        scene.isDown = false
        step()
        #expect(scene.followed == ["http://c:1"] && scene.promotions == 0)
    }

    @Test func aPersonMayPromoteWhatWouldNotByItself() throws {
        try asStandby()
        // Not beside a primary.
        #expect(keeper.takeForPromotion()?.kind == .readOnly)
        scene.expire()
        (scene.isConnected, scene.lagSeconds) = (false, nil)
        step()
        #expect(scene.promotions == 0)
        try scene.promote()
        #expect(writes)
        #expect(step() == .seconds(10) / 3)
    }
}
