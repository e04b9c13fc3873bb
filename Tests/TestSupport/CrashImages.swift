/// The disks that a crash may leave: what had been synced, and of everything written since, sector by sector, any version.
///
/// That covers writes that were lost, torn between sectors or reordered, whatever their order. The file's size may be any that
/// it had since the last sync; what was cut off and written over again may also be zeros.
package struct CrashImages {
    package typealias Image = [UInt8]

    /// What a write made of a sector.
    private struct Version {
        var step: Int
        var bytes: ArraySlice<UInt8>
    }

    private static let sectorSize = 512
    private static let zeros = ArraySlice([UInt8](repeating: 0, count: sectorSize))

    private var durable: Image
    /// The file as the page cache has it.
    package private(set) var cache: Image
    /// Of the sectors written since the last sync, oldest version first.
    private var versions: [Int: [Version]] = [:]
    private var sizes: Set<Int>
    private var step = 0
    /// The images given out since the last sync, so that none is given out twice.
    private var given: Set<[Int]> = []

    package init(_ image: Image = []) {
        durable = image
        cache = image
        sizes = [image.count]
    }

    // MARK: The way there

    package mutating func apply(_ next: RecordingFile.Step) {
        step += 1
        switch next {
        case .write(let offset, let bytes):
            let end = Int(offset) + bytes.count
            if cache.count < end { cache += [UInt8](repeating: 0, count: end - cache.count) }
            cache.replaceSubrange(Int(offset)..<end, with: bytes)
            noteVersions(Int(offset)..<end)
        case .resize(let size):
            let old = cache.count
            if old > Int(size) {
                cache.removeSubrange(Int(size)...)
                noteVersions(Int(size)..<old)
            } else {
                cache += [UInt8](repeating: 0, count: Int(size) - old)
            }
        case .sync:
            durable = cache
            versions = [:]
            sizes = []
            given = []
        }
        sizes.insert(cache.count)
    }

    private mutating func noteVersions(_ range: Range<Int>) {
        for sector in range.lowerBound / Self.sectorSize..<(range.upperBound + Self.sectorSize - 1) / Self.sectorSize {
            let bytes = Self.sector(sector, of: cache)
            // What says nothing new makes no new disk.
            if bytes == versions[sector]?.last?.bytes ?? Self.sector(sector, of: durable) { continue }
            versions[sector, default: []].append(Version(step: step, bytes: bytes))
        }
    }

    private static func sector(_ sector: Int, of image: Image) -> ArraySlice<UInt8> {
        let start = min(sector * sectorSize, image.count)
        let bytes = image[start..<min(start + sectorSize, image.count)]
        return bytes.count == sectorSize ? bytes : bytes + zeros.prefix(sectorSize - bytes.count)
    }

    // MARK: What may be left

    /// All images that a crash here may leave if they are at most `limit`, else so many: those of each write kept, lost or torn
    /// by itself, and others by chance. None that was given out since the last sync.
    package mutating func images(limit: Int, _ random: inout SeededGenerator) -> [Image] {
        let sectors = versions.keys.sorted()
        let sizes = sizes.sorted()
        var result: [Image] = []
        func give(_ images: inout Self, _ choices: [Int], size: Int) {
            guard result.count < limit, let image = images.image(sectors, choices, size: size) else { return }
            result.append(image)
        }
        let latest = sectors.map { versions[$0]?.count ?? 0 }

        var combinations = sizes.count
        for count in latest where combinations <= limit { combinations *= count + 1 }
        if combinations <= limit {
            for size in sizes {
                var choices = [Int](repeating: 0, count: sectors.count)
                repeat { give(&self, choices, size: size) } while Self.advance(&choices, latest)
            }
            return result
        }

        let writes = Set(versions.values.joined().map(\.step)).sorted()
        let size = cache.count
        func kept(_ isKept: (_ step: Int, _ sector: Int) -> Bool) -> [Int] {
            sectors.map { sector in
                (versions[sector]?.lastIndex { isKept($0.step, sector) }).map { $0 + 1 } ?? 0
            }
        }
        for size in sizes { give(&self, kept { _, _ in false }, size: size) }
        give(&self, latest, size: size)
        for write in writes {
            give(&self, kept { step, _ in step != write }, size: size)
            give(&self, kept { step, _ in step == write }, size: size)
            let torn = sectors.filter { versions[$0]?.contains { $0.step == write } ?? false }
            let middle = torn[torn.count / 2]
            give(&self, kept { step, sector in step != write || sector < middle }, size: size)
            give(&self, kept { step, sector in step != write || sector >= middle }, size: size)
        }
        for _ in 0..<2 * limit where result.count < limit {
            let bias = 1 + random.below(9)
            let byWrite = random.below(2) == 0
            let keptWrites = Set(writes.filter { _ in random.below(10) < bias })
            let choices =
                byWrite
                ? kept { step, _ in keptWrites.contains(step) }
                : latest.map { random.below(10) < bias ? 1 + random.below($0) : 0 }
            give(&self, choices, size: sizes[random.below(sizes.count)])
        }
        return result
    }

    /// The next one of all choices, as a number counts up. Returns false after the last.
    private static func advance(_ choices: inout [Int], _ limits: [Int]) -> Bool {
        for index in choices.indices {
            if choices[index] < limits[index] {
                choices[index] += 1
                return true
            }
            choices[index] = 0
        }
        return false
    }

    /// The image with one version of each sector, 0 for what was synced: nil if it was given out before.
    private mutating func image(_ sectors: [Int], _ choices: [Int], size: Int) -> Image? {
        var image = durable.prefix(size) + [UInt8](repeating: 0, count: max(0, size - durable.count))
        var name = [size]
        for (sector, choice) in zip(sectors, choices) {
            let start = sector * Self.sectorSize
            guard choice > 0, start < size, let version = versions[sector]?[choice - 1] else { continue }
            let end = min(start + Self.sectorSize, size)
            image.replaceSubrange(start..<end, with: version.bytes.prefix(end - start))
            name += [sector, version.step]
        }
        return given.insert(name).inserted ? Image(image) : nil
    }
}
