import ReQLish

// What happens when nothing happens. Time is what the caller says it is.
extension HTTPConnection {
    /// When ``next(at:)`` has to be called although nothing else happened; nil if time does not matter now.
    var deadline: ContinuousClock.Instant? {
        let stall = output.isEmpty ? nil : outputProgress + limits.writeStallTime
        let own: ContinuousClock.Instant? =
            switch phase {
            case .waiting: phaseStart + (requestsTaken == 0 ? limits.headTime : limits.idleTime)
            case .head: stall == nil ? phaseStart + limits.headTime : nil
            case .body: phaseStart + limits.bodyTime + .milliseconds(bodyReceived * 1000 / max(limits.minimumBodyRate, 1))
            case .lingering: phaseStart + limits.lingerTime
            case .answering where canProbe: phaseStart + limits.probeTime
            case .admitting, .answering, .ending, .closed: nil
            }
        guard let own, let stall else { return own ?? stall }
        return min(own, stall)
    }

    /// A client that shut its write side may still wait for its answer, or be gone; only sending something tells. HTTP has an interim answer
    /// that clients pass over.
    private var canProbe: Bool { inputEnded && !hasProbed && output.isEmpty && !isStreaming && !answersOldVersion }

    mutating func timeOut(at now: ContinuousClock.Instant) -> HTTPEvent? {
        let stalled = !output.isEmpty && now >= outputProgress + limits.writeStallTime
        switch phase {
        case .head where !stalled:
            return violate(HTTPViolation(408, "The head of the request did not come within \(limits.headTime)."), at: now)
        case .body where !stalled: return violate(HTTPViolation(408, "The body of the request came too slowly."), at: now)
        case .answering where !stalled:
            markOutput(at: now)
            output.append("HTTP/1.1 100 Continue\r\n\r\n")
            hasProbed = true
            return nil
        default:
            enter(.closed, at: now)
            return .close
        }
    }
}
