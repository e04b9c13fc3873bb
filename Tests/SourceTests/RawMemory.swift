/// The files that may use raw memory, each with the invariant that makes it safe written above the code.
///
/// A pointer type or an `unsafe` expression anywhere else is an error: put the code behind one of these.
enum RawMemory {
    static let files: Set<String> = [
        "Sources/BTreeStore/Base/StoredBytes.swift",
        "Sources/BTreeStore/Commit/FlushBuffer.swift",
        "Sources/BTreeStore/Encryption/PageCipher.swift",
        "Sources/BTreeStore/Encryption/SealedFile.swift",
        "Sources/BTreeStore/File/DiskFile.swift",
        "Sources/BTreeStore/File/FileBytes.swift",
        "Sources/BTreeStore/File/FileName.swift",
        "Sources/BTreeStore/File/MemoryFile.swift",
        "Sources/BTreeStore/File/StorageFile.swift",
        "Sources/BTreeStore/File/WriteBehind.swift",
        "Sources/BTreeStore/Journal/JournalRecord.swift",
        "Sources/BTreeStore/Pages/Mapping+Opening.swift",
        "Sources/BTreeStore/Pages/Mapping.swift",
        "Sources/BTreeStore/Pages/MetaPage+Bytes.swift",
        "Sources/BTreeStore/Pages/Page+Digests.swift",
        "Sources/BTreeStore/Pages/Page+Overlay.swift",
        "Sources/BTreeStore/Pages/Page+Search.swift",
        "Sources/BTreeStore/Pages/Page+Validation.swift",
        "Sources/BTreeStore/Pages/Page.swift",
        "Sources/BTreeStore/Pages/PageCopy.swift",
        "Sources/BTreeStore/Pages/PageMemory.swift",
        "Sources/BTreeStore/Pages/PageReader.swift",
        "Sources/BTreeStore/Pages/ValueCopy.swift",
        "Sources/BTreeStore/Pages/WritablePage.swift",
        "Sources/BTreeStore/Space/SpaceLog+Reading.swift",
        "Sources/BTreeStore/Store/Cursor.swift",
        "Sources/BTreeStore/Tree/Entries.swift",
        "Sources/BTreeStore/Tree/Scratch.swift",
        "Sources/Catalog/Files/OpenFile.swift",
        "Sources/Catalog/Values/DatumTree.swift",
        "Sources/Ground/Bytes/ByteBuffer.swift",
        "Sources/Ground/Bytes/Bytes.swift",
        "Sources/Ground/Bytes/GrowingBuffer.swift",
        "Sources/Ground/Bytes/RawArea.swift",
        "Sources/Ground/Bytes/RawMemory.swift",
        "Sources/Ground/Ciphers/CipherWay.swift",
        "Sources/Ground/Ciphers/HKDF.swift",
        "Sources/Ground/Ciphers/MessageCipher+Bytes.swift",
        "Sources/Ground/Ciphers/MessageCipher.swift",
        "Sources/Ground/Ciphers/Scrypt.swift",
        "Sources/Ground/Ciphers/SecretBytes.swift",
        "Sources/Ground/Hashes/XXH64.swift",
        "Sources/Ground/System/SystemError.swift",
        "Sources/Ground/System/SystemFacts.swift",
        "Sources/Ground/System/SystemFiles.swift",
        "Sources/Ground/Threads/ForkedWork.swift",
        "Sources/Ground/Threads/Monitor.swift",
        "Sources/Ground/Threads/SystemThread.swift",
        "Sources/Ground/Threads/ThreadSlot.swift",
        "Sources/TLS/LibSSL.swift",
        "Sources/TLS/TLSCertificate.swift",
        "Sources/TLS/TLSChannel.swift",
        "Sources/TLS/TLSContext.swift",
        "Sources/httpd/Server/Inbox.swift",
        "Sources/httpd/Sockets/EventQueue+Epoll.swift",
        "Sources/httpd/Sockets/EventQueue+Kqueue.swift",
        "Sources/httpd/Sockets/LogFile.swift",
        "Sources/httpd/Sockets/SystemListener.swift",
        "Sources/httpd/Sockets/SystemSocket.swift",
        "Sources/PandoCommand/System/ClientSocket.swift",
        "Sources/PandoCommand/System/FileLocks.swift",
        "Sources/PandoCommand/System/SystemCalls.swift",
        "Sources/PandoCommand/System/Terminal.swift",
    ]

    /// What gives raw memory away. System calls take pointers too, so they live behind these files as well.
    static let words = ["unsafe ", "Unsafe", "withUnsafe", "Unmanaged", "ManagedBuffer", "unowned(unsafe)", "nonisolated(unsafe)"]
}

extension String {
    var usesRawMemory: Bool {
        // What a text says uses none.
        let code = split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        return RawMemory.words.contains { word in code.contains { $0.contains(word) } }
    }
}
