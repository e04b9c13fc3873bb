#if os(Linux)
    import Glibc
    import TestSupport
    import Testing

    @testable import BTreeStore

    /// File systems that are really full, or really read-only. To mount one takes the superuser; elsewhere these tests say so and do nothing.
    @Suite struct FileSystemTests {
        /// A file system in memory, of so many bytes, for one test.
        private final class Mount {
            private let directory: TemporaryDirectory
            var path: String { directory.path }

            /// - Returns: nil if this process may not mount.
            init?(byteCount: Int) throws {
                directory = try TemporaryDirectory()
                guard unsafe mount("tmpfs", directory.path, "tmpfs", 0, "size=\(byteCount)") == 0 else {
                    print("skipped, as this process may mount no file system (error \(errno))")
                    return nil
                }
            }

            deinit { _ = unsafe umount2(path, Int32(MNT_DETACH)) }

            func file(_ name: String) -> String { directory.file(name) }

            func makeReadOnly() throws {
                let code = unsafe mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil)
                try require(code == 0, "remounting failed with error \(errno)")
            }

            /// Takes up the space that is left, but for so many bytes.
            func fill(leaving byteCount: Int) throws {
                var facts = statvfs()
                unsafe statvfs(path, &facts)
                let size = Int(facts.f_bavail) * Int(facts.f_bsize) - byteCount
                let descriptor = unsafe open(file("ballast"), O_RDWR | O_CREAT, 0o600)
                defer { close(descriptor) }
                try require(posix_fallocate(descriptor, 0, off_t(size)) == 0)
            }

            func empty() { _ = unsafe unlink(file("ballast")) }
        }

        /// A commit that the disk has no room for fails with the reason, wherever it was; readers go on, the file stays whole, and once there is
        /// room it is written again.
        @Test func aFullDisk() throws {
            guard let disk = try Mount(byteCount: 2 << 20) else { return }
            let path = disk.file("full")
            for left in [0, 4096, 12288, 40960, 200_000] {
                let store = try Store.open(path)
                try store.write { for number in 0..<300 { try $0.put(key(number), filler(200, seed: left)) } }
                let before = try store.contents()
                let snapshot = try store.snapshot()
                try disk.fill(leaving: left)
                var written = before
                expectError {
                    for round in 0..<100 {
                        var next = written
                        try store.write {
                            for number in 0..<50 {
                                let (key, value) = (key(left + round * 50 + number, prefix: "more:"), filler(300, seed: round))
                                try $0.put(key, value)
                                next[key] = value
                            }
                        }
                        written = next
                    }
                } matches: {
                    $0 == .diskFull(path: path)
                }
                #expect(try store.contents() == written)
                #expect(try snapshot.contents() == before)
                try store.expectSound()
                let full = try Store.open(path, options: readOnly())
                #expect(try full.contents() == written)
                #expect(try full.check().problems == [])
                disk.empty()
                // The store goes on as soon as there is room.
                written[key(left + 1, prefix: "more:")] = [1]
                try store.write { try $0.put(key(left + 1, prefix: "more:"), [1]) }
                #expect(try store.contents() == written)
                try store.close()

                let again = try Store.open(path)
                #expect(try again.contents() == written)
                try again.write { try $0.delete(.prefix(bytes("more:"))) }
                try again.expectSound()
                try again.compact()
                try again.close()
            }
        }

        /// The better way to sync may not be there; but when it has failed, another one proves nothing.
        @Test func aSecondSyncProvesNothing() {
            for code in [EIO, ENOSPC, EDQUOT] {
                #expect(DiskFile.sync(fully: { code }, otherwise: { 0 }) == code)
            }
            for code in [ENOTSUP, EINVAL, ENOTTY] {
                #expect(DiskFile.sync(fully: { code }, otherwise: { 0 }) == 0)
                #expect(DiskFile.sync(fully: { code }, otherwise: { EIO }) == EIO)
            }
        }

        /// A compaction needs a little room, and does no harm where there is none.
        @Test func compactionOfAFullDisk() throws {
            guard let disk = try Mount(byteCount: 2 << 20) else { return }
            let path = disk.file("full")
            let store = try Store.open(path)
            for round in 0..<8 {
                try store.write { for number in 0..<200 { try $0.put(key((number * 77 + round) % 1600), filler(200, seed: round)) } }
            }
            let contents = try store.contents()
            try disk.fill(leaving: 0)
            do { try store.compact() } catch StoreError.diskFull {}
            #expect(try store.contents() == contents)
            try store.close()
            disk.empty()
            let again = try Store.open(path)
            #expect(try again.contents() == contents)
            try again.expectSound()
        }

        @Test func aFileSystemWithoutRoomForAFile() throws {
            guard let disk = try Mount(byteCount: 1 << 20) else { return }
            try disk.fill(leaving: 0)
            expectError {
                _ = try Store.open(disk.file("none"))
            } matches: {
                $0 == .diskFull(path: disk.file("none"))
            }
        }

        @Test func readOnlyMedia() throws {
            guard let disk = try Mount(byteCount: 1 << 20) else { return }
            let path = disk.file("media")
            do {
                let store = try Store.open(path)
                try store.write { for number in 0..<200 { try $0.put(key(number), filler(30, seed: 1)) } }
            }
            try disk.makeReadOnly()
            for path in [path, disk.file("new")] {
                expectError {
                    _ = try Store.open(path)
                } matches: {
                    $0 == .permissionDenied(path: path)
                }
            }
            let store = try Store.open(path, options: readOnly())
            #expect(try store.contents().count == 200)
            #expect(try store.check().problems == [])
            expectError {
                _ = try store.beginWrite()
            } matches: {
                $0 == .readOnly
            }
            expectError {
                try store.backup(to: disk.file("copy"))
            } matches: {
                if case .permissionDenied = $0 { true } else { false }
            }
        }
    }
#endif
