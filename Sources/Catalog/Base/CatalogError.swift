/// A failure on this floor: a kind that callers can switch over, and a message for people that says what was wrong,
/// where, and what to do.
///
/// Messages name databases, tables, files and pages, and never show the contents of a document.
public struct CatalogError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable, CaseIterable {
        // What was asked for.
        /// No database or table of that name (or it was dropped in the meantime).
        case databaseNotFound, tableNotFound
        /// The name is taken.
        case databaseExists, tableExists
        /// A database made, renamed or dropped where there is to be one: ``CatalogOptions/onlyDatabase``.
        case oneDatabase
        /// No index of that name, or one of it already.
        case indexNotFound, indexExists
        /// No named state of that name, or one of it already.
        case stateNotFound, stateExists
        /// A name that no state can have, or a file that can't have named states.
        case invalidState
        /// An encrypted file without its key, a plain file with one, or a key that can't be had or used.
        case invalidEncryption
        /// A name that ``NameRule`` refuses.
        case invalidName
        /// A name, password or role that no account may have.
        case invalidAccount
        /// A change of `admin` that nobody may make.
        case protectedAccount

        // Keys and documents.
        /// A document without its primary key.
        case keyMissing
        /// Null as a key (ReQL counts it as "does not exist"), also inside an array.
        case keyNull
        /// A type that can't be a key, or a string key with a NUL byte.
        case invalidKey
        /// A key above the length limit.
        case keyTooLong
        /// A value that can't stand in a table: no object at the top, `minval`, `maxval`, an array above
        /// ``Document/maximumArrayCount``.
        case notStorable
        /// Nested more than ``Datum/maximumDepth`` levels.
        case tooDeep
        /// A second document with the same key, where there may be one only.
        case documentExists
        /// A second document with the same value of a unique index.
        case duplicateValue
        /// The table's write hook failed for the document, or made something of it that hooks must not.
        case hookFailed
        /// What SQL has declared of the table does not allow the document: its columns' types, NOT NULL, CHECK, a foreign key.
        case constraintViolated
        /// The table's write hook, or the function of an index, computes longer for the document than ``CatalogOptions/functionTime``.
        case functionTooSlow
        /// A document above ``Catalog/maximumDocumentByteCount``.
        case tooLarge

        // Transactions.
        /// An open transaction has written what this would write, or is needed for it to hold.
        case locked
        /// What a transaction has read was changed meanwhile: it may succeed if it is tried again from its beginning.
        case serializationFailure
        /// Two transactions wait for each other; this one has ended.
        case deadlock

        // Feeds.
        /// The point that a feed is to be resumed from is not in the change log (any more), or there is no log: begin anew.
        case notResumable

        // The file.
        /// Not a Pando file at all.
        case notPandoFile
        /// Made by a newer version of Pando.
        case newerFormat
        /// A damaged page, or contents that contradict each other.
        case corrupt
        /// Opened read-only, or the file or its directory does not allow writing.
        case readOnly
        /// Another process is writing this file.
        case busy
        /// ``Catalog/close()`` was called.
        case closed
        /// No space left.
        case diskFull
        /// Any other failure of the file system, a file that does not exist among them.
        case io
        /// A write or sync failed earlier; nothing is written until the file is opened again.
        case writesStopped
        /// The engine that keeps the records in place of a file can't be reached.
        case unavailable
        /// Nobody knows whether the commit was made.
        case indeterminate

        // Archives.
        /// A dump archive that breaks its rules.
        case malformedArchive
        /// The archive doesn't hold what was asked for.
        case notInArchive
        /// Whoever asked for it wants it no longer.
        case cancelled
    }

    public let kind: Kind
    public let message: String
    /// Of what a declaration refuses.
    package let violation: DeclarationViolation?

    public init(_ kind: Kind, _ message: String) { self.init(kind, message, nil) }

    package init(_ kind: Kind, _ message: String, _ violation: DeclarationViolation?) {
        self.kind = kind
        self.message = message
        self.violation = violation
    }

    public var description: String { message }
}

extension CatalogError {
    /// A value that can't be built or stored.
    init(_ error: DatumError) {
        let kind: Kind =
            switch error.kind {
            case .tooDeep: .tooDeep
            case .tooLarge: .tooLarge
            case .duplicateKey, .invalidPseudoType, .notStorable: .notStorable
            }
        self.init(kind, error.message)
    }
}
