// Opens and seals pages of 4 KiB with Sources/CCipher, as Swift's compiler makes it: see cipher_in_turns.py. cipher.c is the same in C.
import CCipher
import Foundation

func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

let page = 4096
guard CommandLine.arguments.count == 3, let way = Int32(CommandLine.arguments[1]), let pages = Int(CommandLine.arguments[2]) else {
    exit(2)
}

let key = UnsafeMutableRawPointer.allocate(byteCount: pando_cipher_key_size(), alignment: 64)
let plain = UnsafeMutablePointer<UInt8>.allocate(capacity: page)
let hidden = UnsafeMutablePointer<UInt8>.allocate(capacity: page)
let small = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)
plain.initialize(repeating: 0, count: page)
small.initialize(repeating: 0, count: 64)
let (nonce, tag, associated) = (small, small + 16, small + 32)
let readyKey = OpaquePointer(key)
pando_cipher_prepare(way, [UInt8](repeating: 7, count: 32), .init(readyKey))

var sealing = pando_message(nonce: nonce, associated: associated, associated_count: 32, in: plain, out: hidden, count: page)
var opening = pando_message(nonce: nonce, associated: associated, associated_count: 32, in: hidden, out: plain, count: page)
let start = processorSeconds()
for number in 0..<pages {
    UnsafeMutableRawPointer(nonce).storeBytes(of: Int32(truncatingIfNeeded: number), as: Int32.self)
    pando_cipher_seal(.init(readyKey), &sealing, tag)
}
let sealed = processorSeconds()
var opened = 0
for _ in 0..<pages { opened += Int(pando_cipher_open(.init(readyKey), &opening, tag)) }
let end = processorSeconds()
guard opened == pages else { exit(1) }
print(sealed - start, end - sealed)
