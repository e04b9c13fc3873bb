private import CSystem
internal import Ground

#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#endif

/// The file on a disk.
final class DiskFile: StorageFile {
    let path: String
    private let descriptor: Int32
    /// The process that opened it.
    private let processID: Int32
    /// Whether the system tells which parts of the file are in memory. It does that only for those who may write the file, and says yes
    /// to all others.
    private let tellsResidence: Bool
    var isVolatile: Bool { false }

    /// Opens a regular file, or makes it.
    ///
    /// - Parameters:
    ///   - isNew: whether there may be nothing of that name yet.
    ///   - followsLinks: whether the name may be that of a symbolic link to the file.
    ///   - processID: the process that may write it.
    init(
        _ path: String, options: StoreOptions, isNew: Bool = false, followsLinks: Bool = true,
        processID: Int32 = SystemFacts.processIdentifier
    ) throws(StoreError) {
        self.path = path
        self.processID = processID
        var flags = O_CLOEXEC | O_NONBLOCK
        if isNew { flags |= O_EXCL }
        if !followsLinks { flags |= O_NOFOLLOW }
        flags |= options.readOnly ? O_RDONLY : O_RDWR
        if options.create && !options.readOnly { flags |= O_CREAT }
        var opened: Int32
        repeat { opened = unsafe path.withCString { unsafe openDescriptor($0, flags, 0o600) } } while opened < 0 && errno == EINTR
        guard opened >= 0 else {
            switch errno {
            case ENOENT: throw .notFound(path: path)
            case EACCES, EPERM, EROFS: throw .permissionDenied(path: path)
            case EISDIR: throw .unsupportedFile(path: path, kind: "directory")
            case EEXIST: throw .alreadyExists(path: path)
            case ELOOP where !followsLinks: throw .unsupportedFile(path: path, kind: "symbolic link")
            case ENOSPC, EDQUOT: throw .diskFull(path: path)
            case let code: throw .io(operation: "open", path: path, errorNumber: code)
            }
        }
        descriptor = opened
        tellsResidence = unsafe !options.readOnly || path.withCString { unsafe access($0, W_OK) } == 0
        var status = stat()
        let failed = unsafe fstat(opened, &status) != 0
        let type = status.st_mode & S_IFMT
        if failed || type != S_IFREG {
            let code = errno
            closeDescriptor(opened)
            if failed { throw .io(operation: "fstat", path: path, errorNumber: code) }
            throw .unsupportedFile(path: path, kind: type == S_IFDIR ? "directory" : "device, pipe or socket")
        }
        if status.st_size == 0 && !options.readOnly { syncDirectory() }
    }

    /// Makes the name of a new file durable. Some systems can't sync a directory, and then do without.
    private func syncDirectory() {
        let directory = path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) : "."
        let opened = unsafe (directory.isEmpty ? "/" : directory).withCString { unsafe openDescriptor($0, O_RDONLY | O_CLOEXEC, 0) }
        if opened >= 0 {
            fsync(opened)
            closeDescriptor(opened)
        }
    }

    deinit {
        closeDescriptor(descriptor)
    }

    private func failure(_ operation: String, _ code: Int32) -> StoreError {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case EFBIG: .fileTooLarge(path: path)
        default: .io(operation: operation, path: path, errorNumber: code)
        }
    }

    /// Whether the name that it was opened by is still its own.
    var hasItsName: Bool {
        var own = stat()
        var named = stat()
        guard unsafe fstat(descriptor, &own) == 0, unsafe lstat(path, &named) == 0 else { return false }
        return own.st_dev == named.st_dev && own.st_ino == named.st_ino
    }

    /// Whether the name that it was opened by is another file's now, or nobody's.
    var isReplaced: Bool {
        var own = stat()
        var named = stat()
        guard unsafe fstat(descriptor, &own) == 0 else { return false }
        guard unsafe stat(path, &named) == 0 else { return errno == ENOENT }
        return own.st_dev != named.st_dev || own.st_ino != named.st_ino
    }

    /// Gives this file the owner, the group and the mode of another one, whose place it is to take.
    ///
    /// - Throws: `keyRefused` if they can't be given, as somebody else's can by root alone.
    func takeOwner(ofFileAt other: String) throws(StoreError) {
        var (wanted, own) = (stat(), stat())
        guard unsafe stat(other, &wanted) == 0 else { throw .io(operation: "stat", path: other, errorNumber: errno) }
        guard unsafe fstat(descriptor, &own) == 0 else { throw failure("fstat", errno) }
        let isOther = own.st_uid != wanted.st_uid || own.st_gid != wanted.st_gid
        if isOther, fchown(descriptor, wanted.st_uid, wanted.st_gid) != 0 {
            throw .keyRefused(
                reason: """
                    The file \(other) belongs to account \(wanted.st_uid) and group \(wanted.st_gid), and what is to take its place can't be \
                    given to them: run this as that account or as root, or make another file of it. Nothing was changed.
                    """)
        }
        // After the owner, as a change of that takes bits of the mode away.
        let isSameMode = (own.st_mode ^ wanted.st_mode) & 0o777 == 0
        guard isSameMode || fchmod(descriptor, wanted.st_mode & 0o777) == 0 else { throw failure("fchmod", errno) }
    }

    func byteCount() throws(StoreError) -> UInt64 {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("fstat", errno) }
        return UInt64(status.st_size)
    }

    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StoreError) {
        var done = 0
        while done < buffer.count {
            let count = unsafe pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + off_t(done))
            if count > 0 {
                done += count
            } else if count == 0 {
                throw unsafe .truncated(
                    path: path, byteCount: offset + UInt64(done), expected: offset + UInt64(buffer.count))
            } else if errno != EINTR {
                throw failure("read", errno)
            }
        }
    }

    /// The most bytes that one call writes. For a longer write the kernel takes larger pieces of memory, which it has to look for: measured
    /// on a virtual machine, a load of a million records took 1.6 times as long with a mebibyte; reading was the same after both.
    private static let writeByteCount = 64 << 10

    /// A process that was forked has its parent's locks, and would be a second writer.
    private func checkProcess() throws(StoreError) {
        if SystemFacts.processIdentifier != processID { throw .busy(path: path, processID: processID) }
    }

    func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(StoreError) {
        try checkProcess()
        var done = 0
        while done < buffer.count {
            let wanted = min(buffer.count - done, Self.writeByteCount)
            let count = unsafe pwrite(descriptor, buffer.baseAddress! + done, wanted, off_t(offset) + off_t(done))
            if count > 0 {
                done += count
            } else if count == 0 {
                throw .diskFull(path: path)
            } else if errno != EINTR {
                throw failure("write", errno)
            }
        }
    }

    func resize(_ byteCount: UInt64) throws(StoreError) {
        try checkProcess()
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw failure("ftruncate", errno) }
    }

    func reserve(_ byteCount: UInt64) throws(StoreError) {
        let size = try self.byteCount()
        guard byteCount > size else { return }
        if byteCount > Self.processLimit { throw .fileTooLarge(path: path) }
        #if os(Linux)
            let code = pando_reserve(descriptor, Int64(size), Int64(byteCount - size))
        #else
            var wish = fstore_t(
                fst_flags: UInt32(F_ALLOCATEALL), fst_posmode: F_PEOFPOSMODE, fst_offset: 0, fst_length: off_t(byteCount - size),
                fst_bytesalloc: 0)
            let code = unsafe fcntl(descriptor, F_PREALLOCATE, &wish) == -1 ? errno : 0
        #endif
        // Other file systems than most can't do that. Then it may turn out later, when a write fails, that there is no room.
        if [ENOSPC, EDQUOT, EFBIG].contains(code) { throw failure("fallocate", code) }
    }

    /// How long this process may make files (`ulimit -f`). To keep room beyond it succeeds, and to write there doesn't.
    private static var processLimit: UInt64 {
        var limit = rlimit()
        #if canImport(Darwin)
            let status = unsafe getrlimit(RLIMIT_FSIZE, &limit)
        #else
            let status = unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #endif
        return status == 0 ? UInt64(limit.rlim_cur) : .max
    }

    func sync() throws(StoreError) {
        #if canImport(Darwin)
            // fsync leaves the data in the drive's cache there.
            let descriptor = descriptor
            let code = Self.sync(
                fully: { fcntl(descriptor, F_FULLFSYNC) == 0 ? 0 : errno }, otherwise: { fsync(descriptor) == 0 ? 0 : errno })
            if code != 0 { throw failure("fsync", code) }
        #else
            guard fdatasync(descriptor) == 0 else { throw failure("fdatasync", errno) }
        #endif
    }

    /// Syncs in the better of two ways, and in the other one only if the file system doesn't have that. After a failure a second sync may
    /// return success without having written what the first one lost.
    ///
    /// - Returns: 0, or the error number.
    static func sync(fully: () -> Int32, otherwise: () -> Int32) -> Int32 {
        let code = fully()
        return [ENOTSUP, EOPNOTSUPP, EINVAL, ENOTTY].contains(code) ? otherwise() : code
    }

    func beginSync(_ range: Range<UInt64>) throws(StoreError) {
        #if os(Linux)
            let status = pando_begin_sync(descriptor, Int64(range.lowerBound), Int64(range.count))
            // Where that can't be done, `sync` does all of it; it also reports what failed meanwhile.
            guard status == 0 || ![EIO, ENOSPC, EDQUOT].contains(errno) else { throw failure("sync_file_range", errno) }
        #endif
    }

    // MARK: Mapping

    func map(_ wanted: Int) throws(StoreError) -> (base: UnsafeRawPointer, byteCount: Int) {
        var byteCount = wanted
        while true {
            let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
            if unsafe address != MAP_FAILED { return unsafe (UnsafeRawPointer(address!), byteCount) }
            // Valgrind says EINVAL where the kernel says ENOMEM.
            guard [ENOMEM, EINVAL].contains(errno) else { throw failure("mmap", errno) }
            byteCount /= 2
            // Less address space than asked for will do while the file itself fits.
            guard byteCount >= 1 << 20, try UInt64(byteCount) >= self.byteCount() else { throw .fileTooLarge(path: path) }
        }
    }

    func unmap(_ base: UnsafeRawPointer, _ byteCount: Int) {
        unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
    }

    func residentParts(_ address: UnsafeRawPointer, partByteCount: Int, count: Int) -> UInt64 {
        #if os(Linux)
            unsafe tellsResidence ? pando_resident(address, partByteCount, UInt32(count)) : 0
        #else
            0
        #endif
    }

    func load(_ address: UnsafeRawPointer, _ byteCount: Int, at offset: UInt64) throws(StoreError) {
        #if os(Linux)
            var code = unsafe pando_populate(address, byteCount)
            if code == 0 { return }
            // Before Linux 5.14 there is no such call; and it says that a page can't be had, and not why.
            if code == EFAULT { code = EIO }
            let end = offset + UInt64(byteCount)
            let size = try self.byteCount()
            if size < end { throw .truncated(path: path, byteCount: size, expected: end) }
            if code == EIO || code == EHWPOISON { throw .io(operation: Self.reading(offset), path: path, errorNumber: EIO) }
        #endif
        // Reading reports what a look at the mapping would die of, and leaves the pages in the cache.
        var done = 0
        try unsafe withUnsafeTemporaryAllocation(byteCount: min(byteCount, 64 << 10), alignment: 16) { (buffer) throws(StoreError) in
            while done < byteCount {
                let count = min(buffer.count, byteCount - done)
                do throws(StoreError) {
                    try unsafe read(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset + UInt64(done))
                } catch {
                    guard case .io(_, _, let code) = error else { throw error }
                    throw .io(operation: Self.reading(offset), path: path, errorNumber: code)
                }
                done += count
            }
        }
    }

    private static func reading(_ offset: UInt64) -> String { "reading at byte \(offset)" }

    // MARK: Locks

    func lockWriter() throws(StoreError) {
        let code = pando_lock(descriptor, Int16(F_WRLCK), LockOffset.writer, 1)
        if code == 0 { return }
        guard code == EAGAIN || code == EACCES else { throw .lockRefused(path: path, errorNumber: code) }
        throw .busy(path: path, processID: readProcessNote(self))
    }

    func unlockWriter() {
        _ = pando_lock(descriptor, Int16(F_UNLCK), LockOffset.readyWriter, 2)
    }

    func lockReadyWriter() throws(StoreError) {
        let code = pando_lock(descriptor, Int16(F_WRLCK), LockOffset.readyWriter, 1)
        guard code == 0 else { throw .lockRefused(path: path, errorNumber: code) }
    }

    func isWriterElsewhere() throws(StoreError) -> Bool {
        try findLock(LockOffset.readyWriter, 1) != nil
    }

    func lockReader(_ flush: TransactionID) throws(StoreError) {
        let code = pando_lock(descriptor, Int16(F_RDLCK), LockOffset.readers + Int64(flush.rawValue), 1)
        guard code == 0 else { throw .lockRefused(path: path, errorNumber: code) }
    }

    func unlockReader(_ flush: TransactionID) {
        _ = pando_lock(descriptor, Int16(F_UNLCK), LockOffset.readers + Int64(flush.rawValue), 1)
    }

    func readersElsewhere(below end: TransactionID) throws(StoreError) -> [TransactionID] {
        var found: [TransactionID] = []
        try findReaders(0, Int64(end.rawValue), &found)
        return found.sorted()
    }

    /// Each call of the system names one of the locks, no matter which; so the bytes before and after it are asked for one after the
    /// other.
    private func findReaders(_ start: Int64, _ end: Int64, _ found: inout [TransactionID]) throws(StoreError) {
        guard start < end, let lock = try findLock(LockOffset.readers + start, end - start) else { return }
        // Locks on neighbouring bytes by one opening are joined into one.
        let first = max(lock.start - LockOffset.readers, start)
        let next = min(lock.start - LockOffset.readers + lock.count, end)
        found += (first..<next).map { TransactionID(rawValue: UInt64($0)) }
        try findReaders(start, first, &found)
        try findReaders(next, end, &found)
    }

    private func findLock(_ start: Int64, _ count: Int64) throws(StoreError) -> (start: Int64, count: Int64)? {
        var foundStart: Int64 = 0
        var foundCount: Int64 = 0
        let code = unsafe pando_find_lock(descriptor, Int16(F_WRLCK), start, count, &foundStart, &foundCount)
        guard code == 0 else { throw .lockRefused(path: path, errorNumber: code) }
        // A count of zero means all bytes that follow.
        return foundStart < 0 ? nil : (foundStart, foundCount > 0 ? foundCount : .max - foundStart)
    }
}

// Names of their own, so that methods of the same names elsewhere can never be meant.
private func openDescriptor(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t) -> Int32 {
    unsafe open(path, flags, mode)
}

private func closeDescriptor(_ descriptor: Int32) {
    _ = close(descriptor)
}
