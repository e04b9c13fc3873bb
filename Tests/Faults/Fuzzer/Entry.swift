import Glibc

// What strangers send, each kind a target of its own: PANDO_FUZZ_TARGET names it, and `targets` of each program has them.

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    unsafe target(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private let target: @Sendable ([UInt8]) -> Void = {
    let name = unsafe getenv("PANDO_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = targets[name] else { fatalError("PANDO_FUZZ_TARGET is one of \(targets.keys.sorted())") }
    return target
}()

func expect(_ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String) {
    if !condition() { fatalError(message()) }
}

extension Array<UInt8> {
    /// Pieces of odd lengths, which depend on the bytes themselves.
    var pieces: [[UInt8]] {
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
