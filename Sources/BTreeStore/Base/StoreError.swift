import Ground

/// The reason why the store could not do what was asked. `description` says which file or page, what is wrong and what to do.
public enum StoreError: Error, Sendable, Equatable {
    /// There is no file at this path, and it was not to be created.
    case notFound(path: String)
    /// There is a file at this path already, and it was not to be replaced.
    case alreadyExists(path: String)
    /// The file is not one of ours: neither meta page carries the magic number.
    case notPandoFile(path: String)
    /// The file was written by a newer release in a format that this one can't read.
    case newerFormat(path: String, version: Int, supported: Int)
    /// The file has something that this release doesn't know of.
    case newerFeatures(path: String, features: String)
    /// The file is shorter than its newest meta page says.
    case truncated(path: String, byteCount: UInt64, expected: UInt64)
    /// A page, or a meta page (`page` 0 or 1), is not what its parent says it should be.
    case damaged(page: PageNumber?, reason: String)
    /// The path leads to something that can't hold a store: a directory, a device, a socket.
    case unsupportedFile(path: String, kind: String)
    /// Another process, or another `Store` of this one, has the file open for writing. `processID` is 0 if it left no note.
    case busy(path: String, processID: Int32)
    /// The file system refused a lock, as network file systems may.
    case lockRefused(path: String, errorNumber: Int32)
    /// The operating system may not write the file or its directory.
    case permissionDenied(path: String)
    /// The store was opened read-only.
    case readOnly
    /// No space was left on the device.
    case diskFull(path: String)
    /// Another failure of the operating system.
    case io(operation: String, path: String, errorNumber: Int32)
    /// The store was closed.
    case closed
    /// A write or sync failed before, so nobody knows what the disk kept. Reading goes on; to write, reopen.
    case failedBefore(reason: String)
    /// A key longer than this store's limit (`Store.maximumKeyLength`).
    case keyTooLong(byteCount: Int, limit: Int)
    /// A value longer than `Store.maximumValueLength`.
    case valueTooLong(byteCount: Int, limit: Int)
    /// A page size that is not a power of two from 512 to 65,536.
    case unsupportedPageSize(Int)
    /// There is no state of that name.
    case stateNotFound(name: String)
    /// There is a state of that name already.
    case stateExists(name: String)
    /// A name that no state can have, or a store that has no states.
    case stateRefused(reason: String)
    /// A position that is not in the history of the file.
    case positionUnknown(reason: String)
    /// A delta that is cut off, or damaged, or does not fit what it was applied to.
    case deltaRefused(reason: String)
    /// The file is encrypted, with one of the keys of these names, and no key was given.
    case keyWanted(path: String, names: [String])
    /// The file is encrypted with keys of these names, and the one that was given is none of them.
    case wrongKey(path: String, name: String, names: [String])
    /// A key was given, and the file is not encrypted.
    case notEncrypted(path: String)
    /// A key that can't be had, or not be used.
    case keyRefused(reason: String)
    /// The file has as many pages as page numbers reach, or as its file system or the process's limits allow, or the address space has no
    /// room to map more of it.
    case fileTooLarge(path: String)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let path):
            "there is no file at \(path); check the path, or open it so that it is created"
        case .alreadyExists(let path):
            "there is a file at \(path) already; choose another path, or have it replaced"
        case .notPandoFile(let path):
            "the file \(path) is not a Pando file: neither of its meta pages is readable; check the path, or restore a backup"
        case .newerFormat(let path, let version, let supported):
            "the file \(path) has file format \(version), this release reads up to \(supported); use a newer release"
        case .newerFeatures(let path, let features):
            "the file \(path) needs what this release does not have: \(features); use a newer release"
        case .truncated(let path, let byteCount, let expected):
            "the file \(path) is cut short: it has \(byteCount) bytes where its meta page tells of \(expected); restore a backup"
        case .damaged(let page?, let reason):
            "page \(page) is damaged: \(reason); run `pando check`, and restore a backup"
        case .damaged(nil, let reason):
            "the file is damaged: \(reason); run `pando check`, and restore a backup"
        case .unsupportedFile(let path, let kind):
            "the path \(path) is a \(kind), not a regular file; choose another path"
        case .busy(let path, let processID) where processID > 0:
            "the file \(path) is open for writing in process \(processID); stop it, connect to it, or open the file read-only"
        case .busy(let path, _):
            "the file \(path) is open for writing elsewhere; close it there, or open the file read-only"
        case .lockRefused(let path, let errorNumber):
            "the file \(path) can't be locked (\(systemMessage(errorNumber))); keep the file on a local file system"
        case .permissionDenied(let path):
            "the file \(path) may not be written (permission denied or read-only media); open it read-only, or change its permissions"
        case .readOnly:
            "the store was opened read-only"
        case .diskFull(let path):
            "no space is left on the device of \(path); free some"
        case .io(let operation, let path, let errorNumber):
            "\(operation) failed on \(path): \(systemMessage(errorNumber))"
        case .closed:
            "the store is closed"
        case .failedBefore(let reason):
            "an earlier write failed (\(reason)), so nothing more is written; reopen the file"
        case .keyTooLong(let byteCount, let limit):
            "a key of \(byteCount) bytes is too long; at most \(limit) bytes with this page size"
        case .valueTooLong(let byteCount, let limit):
            "a value of \(byteCount) bytes is too long; at most \(limit) bytes"
        case .unsupportedPageSize(let size):
            "a page size of \(size) is not supported; choose a power of two from 512 to 65536"
        case .stateNotFound(let name):
            "there is no state \(name); `pando state FILE list` shows those that there are"
        case .stateExists(let name):
            "there is a state \(name) already; choose another name, or drop it first"
        case .stateRefused(let reason):
            reason
        case .keyWanted(let path, let names):
            "the file \(path) is encrypted with \(Self.quoted(names)); say where the key is (--key-file, --key-command, --passphrase)"
        case .wrongKey(let path, _, let names):
            "this is not the key of the file \(path), which is encrypted with \(Self.quoted(names))"
        case .notEncrypted(let path):
            "the file \(path) is not encrypted, but a key was given; encrypt it with `pando encrypt`, or leave the key out"
        case .keyRefused(let reason), .positionUnknown(let reason), .deltaRefused(let reason):
            reason
        case .fileTooLarge(let path):
            "the file \(path) can't grow further"
        }
    }

    private static func quoted(_ names: [String]) -> String {
        (names.count == 1 ? "the key " : "one of the keys ") + names.map { "\"\(shown($0))\"" }.joined(separator: ", ")
    }

    /// A name that stands in a file, which anybody may have written.
    private static func shown(_ name: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in name.unicodeScalars { shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar) }
        return String(shown)
    }
}
