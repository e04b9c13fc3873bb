/// How long a turn that is lent may keep others waiting.
///
/// One such wait is short; many of them, one after the other, would take writers a good part of their time. So all together they get a fiftieth
/// of it: who comes then waits for a part of the grace only, at least a sixteenth.
struct GraceAllowance {
    private static let share = 50
    private static let least = 16

    /// The time that was waited, less what time has passed since allows for.
    private var debt = Duration.zero
    private var lastLook = ContinuousClock.now

    private mutating func look(at now: ContinuousClock.Instant) {
        guard now > lastLook else { return }
        debt = max(.zero, debt - (now - lastLook) / Self.share)
        lastLook = now
    }

    /// What is left of a grace.
    mutating func allowed(of grace: Duration, at now: ContinuousClock.Instant) -> Duration {
        look(at: now)
        return max(grace / Self.least, grace - debt)
    }

    /// Somebody has waited so long, out of a grace of which so much is owed at most.
    mutating func spend(_ time: Duration, of grace: Duration, at now: ContinuousClock.Instant) {
        look(at: now)
        debt = min(debt + time, max(debt, grace))
    }
}
