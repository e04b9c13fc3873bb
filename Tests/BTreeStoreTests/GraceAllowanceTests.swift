import Testing

@testable import BTreeStore

/// How much of a grace is left to whoever comes.
@Suite struct GraceAllowanceTests {
    private let grace = Duration.milliseconds(10)

    @Test func oneWaitIsLong() {
        var allowance = GraceAllowance()
        #expect(allowance.allowed(of: grace, at: .now) == grace)
        #expect(allowance.allowed(of: .zero, at: .now) == .zero)
    }

    @Test func manyAreAFiftiethOfTheTime() {
        var allowance = GraceAllowance()
        var now = ContinuousClock.now
        var waited = Duration.zero
        // Eight a second, for twenty seconds.
        for _ in 0..<160 {
            let allowed = allowance.allowed(of: grace, at: now)
            #expect(allowed >= grace / 16 && allowed <= grace)
            now += allowed
            waited += allowed
            allowance.spend(allowed, of: grace, at: now)
            now += .milliseconds(125) - allowed
        }
        #expect(waited > .milliseconds(350) && waited < .milliseconds(450), "\(waited)")
        // What was waited is forgotten, and no debt is longer than a grace takes.
        #expect(allowance.allowed(of: grace, at: now + .milliseconds(500)) == grace)
    }
}
