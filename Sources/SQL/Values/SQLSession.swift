package import Catalog

/// What functions, input and output ask of the session that runs a statement.
package protocol SQLSession: AnyObject {
    var settings: OutputSettings { get }
    /// Microseconds from 2000-01-01 in UTC, when the transaction began.
    var transactionTime: Int64 { get }
    /// The same of the statement.
    var statementTime: Int64 { get }
    /// With what the statement keeps is counted; nil if it is not counted.
    var statementMemory: QueryMemory? { get }
    /// Enums, domains and composite types of the database.
    var types: any TypeCatalog { get }
    /// The value of a setting as SHOW gives it; nil if there is none of the name.
    func setting(_ name: String) -> String?
    /// How an object is called whose number is a value of regclass, regtype, regproc, regprocedure, regnamespace or regrole; nil if
    /// there is none of the number.
    func name(ofObject oid: UInt32, as type: SQLType) -> String?
    /// The number of the object that a text names, for the same types; nil if there is none.
    func object(named text: String, as type: SQLType) throws(SQLError) -> UInt32?
    /// Whether the transaction has added a label to an enum that was there before it: others may not have it yet.
    func isUncommitted(label: String, of type: UInt32) -> Bool
    /// Tells the client of something that is no error.
    func tell(_ notice: SQLNotice)
    /// Runs a query that a function was given as a text: tells the types of its columns, then its rows.
    func read(
        _ query: String, columns: ([SQLType]) throws(SQLError) -> Void, _ found: ([SQLValue]) throws(SQLError) -> Void
    ) throws(SQLError)
}

extension SQLSession {
    package func name(ofObject oid: UInt32, as type: SQLType) -> String? { nil }
    package func object(named text: String, as type: SQLType) throws(SQLError) -> UInt32? { nil }
    package func isUncommitted(label: String, of type: UInt32) -> Bool { false }
    package func tell(_ notice: SQLNotice) {}
    package func read(
        _ query: String, columns: ([SQLType]) throws(SQLError) -> Void, _ found: ([SQLValue]) throws(SQLError) -> Void
    ) throws(SQLError) {
        throw SQLError(.featureNotSupported, "queries cannot be run here")
    }
}

/// The settings that decide how values are read and written as text.
package struct OutputSettings: Sendable {
    package enum DateOrder: Sendable { case monthFirst, dayFirst, yearFirst }
    package enum DateStyle: Sendable { case iso, sql, postgres, german }
    package enum IntervalStyle: Sendable { case postgres, postgresVerbose, sqlStandard, iso8601 }

    package var dateStyle = DateStyle.iso
    package var dateOrder = DateOrder.monthFirst
    package var intervalStyle = IntervalStyle.postgres
    package var extraFloatDigits = 1
    package var byteaIsHexadecimal = true
    package var timeZone = SQLTimeZone.utc

    package init() {}
}
