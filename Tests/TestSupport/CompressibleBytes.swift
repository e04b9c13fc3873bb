/// Bytes to compress, of all kinds between noise and one long run.
public func compressibleBytes(_ count: Int, using generator: inout SeededGenerator) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + 300)
    let kind = generator.below(6)
    while result.count < count {
        switch kind {
        case 0: result.append(UInt8(generator.below(256)))
        case 1: result.append(UInt8(ascii: "a") + UInt8(generator.below(4)))
        case 2: result += [UInt8](repeating: UInt8(generator.below(256)), count: 1 + generator.below(2000))
        case 3: result += Array("{\"id\":\(generator.below(100_000)),\"name\":\"user \(generator.below(50))\",\"active\":true},\n".utf8)
        case 4 where result.count > 3:
            // What stood at any distance, also beyond the window.
            let start = generator.below(result.count)
            result += result[start..<min(result.count, start + 3 + generator.below(300))]
            result.append(UInt8(generator.below(256)))
        default: result.append(UInt8(min(generator.below(256), generator.below(256), generator.below(256))))
        }
    }
    result.removeLast(result.count - count)
    return result
}
