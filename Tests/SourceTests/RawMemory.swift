/// The files that may use raw memory, each with the invariant that makes it safe written above the code.
///
/// A pointer type or an `unsafe` expression anywhere else is an error: put the code behind one of these.
enum RawMemory {
    static let files: Set<String> = [
        "Sources/BTreeStore/StorageFile.swift",
        "Sources/Catalog/Archive/ArchiveFile.swift",
        "Sources/Catalog/Compression/RawArea.swift",
        "Sources/Catalog/Compression/RawThread.swift",
        "Sources/Catalog/Datum/DatumTree.swift",
        "Sources/Catalog/Datum/GrowingBuffer.swift",
        "Sources/Catalog/Datum/RawBytes.swift",
        "Sources/Catalog/JSON/ByteBuffer.swift",
        "Sources/Catalog/Measuring/SystemFacts.swift",
        "Sources/ReQLish/Engine/BigStackThread.swift",
        "Sources/httpd/Sockets/EventQueue+Epoll.swift",
        "Sources/httpd/Sockets/EventQueue+Kqueue.swift",
        "Sources/httpd/Sockets/LogFile.swift",
        "Sources/httpd/Sockets/SystemListener.swift",
        "Sources/httpd/Sockets/SystemSocket.swift",
        "Sources/httpd/Sockets/SystemThread.swift",
        "Sources/PandoCommand/System/ClientSocket.swift",
        "Sources/PandoCommand/System/FileLocks.swift",
        "Sources/PandoCommand/System/SystemCalls.swift",
        "Sources/PandoCommand/System/Terminal.swift",
    ]

    /// In the store, whose pages are raw memory, a file says so in its name.
    static func isNamed(_ file: SourceFile) -> Bool {
        file.path.hasPrefix("Sources/BTreeStore/Raw") || files.contains(file.path)
    }

    /// What gives raw memory away. System calls take pointers too, so they live behind these files as well.
    static let words = ["unsafe ", "Unsafe", "withUnsafe", "Unmanaged", "ManagedBuffer", "unowned(unsafe)", "nonisolated(unsafe)"]
}

extension String {
    var usesRawMemory: Bool {
        RawMemory.words.contains { contains($0) }
    }
}
