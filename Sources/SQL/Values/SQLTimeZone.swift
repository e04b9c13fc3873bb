/// A time zone of a session: UTC, a fixed offset, or a zone of the system's database.
package struct SQLTimeZone: Sendable {
    package static let utc = SQLTimeZone()
}
