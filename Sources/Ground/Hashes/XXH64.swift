/// XXH64 of bytes.
package func checksum(_ bytes: Bytes) -> UInt64 { unsafe checksum(bytes.base, bytes.count) }

/// XXH64 with seed 0, over pages, overflow runs and meta pages. [Yann Collet's xxHash, `doc/xxhash_spec.md`]
///
/// A sound checksum rather than a cryptographic one: it finds damage, lost and torn writes, not forgery.
package func checksum(_ base: UnsafeRawPointer, _ count: Int) -> UInt64 {
    let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    @inline(__always) func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }
    @inline(__always) func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }
    @inline(__always) func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
        (hash ^ round(0, lane)) &* prime1 &+ prime4
    }

    var index = 0
    var hash: UInt64
    if count >= 32 {
        var lane1 = prime1 &+ prime2
        var lane2 = prime2
        var lane3: UInt64 = 0
        var lane4 = 0 &- prime1
        while index &+ 32 <= count {
            lane1 = unsafe round(lane1, base.load64(index))
            lane2 = unsafe round(lane2, base.load64(index &+ 8))
            lane3 = unsafe round(lane3, base.load64(index &+ 16))
            lane4 = unsafe round(lane4, base.load64(index &+ 24))
            index &+= 32
        }
        hash = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
        hash = merge(merge(merge(merge(hash, lane1), lane2), lane3), lane4)
    } else {
        hash = prime5
    }
    hash &+= UInt64(count)
    while index &+ 8 <= count {
        hash = unsafe rotate(hash ^ round(0, base.load64(index)), 27) &* prime1 &+ prime4
        index &+= 8
    }
    if index &+ 4 <= count {
        hash = unsafe rotate(hash ^ UInt64(base.load32(index)) &* prime1, 23) &* prime2 &+ prime3
        index &+= 4
    }
    while index < count {
        hash = unsafe rotate(hash ^ UInt64(base.load8(index)) &* prime5, 11) &* prime1
        index &+= 1
    }
    hash = (hash ^ (hash &>> 33)) &* prime2
    hash = (hash ^ (hash &>> 29)) &* prime3
    return hash ^ (hash &>> 32)
}
