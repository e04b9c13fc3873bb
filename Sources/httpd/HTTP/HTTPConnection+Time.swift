import Ground
import ReQLish

// What happens when nothing happens. Time is what the caller says it is.
extension HTTPConnection {
    /// When ``next(_:at:)`` has to be called although nothing else happened; nil if time does not matter now. How long output may stay unread
    /// is for the channel to say.
    func deadline(_ channel: borrowing Channel) -> MonotonicTime? {
        switch phase {
        case .waiting: phaseStart + (requestsTaken == 0 ? limits.headTime : limits.idleTime)
        case .head: channel.output.isEmpty ? phaseStart + limits.headTime : nil
        case .body: phaseStart + limits.bodyTime + .milliseconds(bodyReceived * 1000 / max(limits.minimumBodyRate, 1))
        case .answering where canProbe(channel): phaseStart + limits.probeTime
        case .admitting, .storing, .answering, .over: nil
        }
    }

    /// A client that shut its write side may still wait for its answer, or be gone; only sending something tells. HTTP has an interim answer
    /// that clients pass over.
    func canProbe(_ channel: borrowing Channel) -> Bool {
        channel.inputEnded && !hasProbed && channel.output.isEmpty && !isStreaming && !answersOldVersion
    }

    mutating func timeOut(_ channel: inout Channel, at now: MonotonicTime) -> HTTPEvent? {
        switch phase {
        case .head: return violate(HTTPViolation(408, "The head of the request did not come within \(limits.headTime)."), at: now)
        case .body: return violate(HTTPViolation(408, "The body of the request came too slowly."), at: now)
        case .answering:
            channel.output.append("HTTP/1.1 100 Continue\r\n\r\n")
            hasProbed = true
        default: channel.cut()
        }
        return nil
    }
}
