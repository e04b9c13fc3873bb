/// The type of an expression, a column or a parameter: PostgreSQL's number of it, and its modifier.
package struct SQLType: Hashable, Sendable {
    package var oid: UInt32
    /// What stands in parentheses after the type's name, as PostgreSQL encodes it (`varchar(10)` is 14); −1 if nothing does.
    package var modifier: Int32 = -1

    package init(_ oid: UInt32, modifier: Int32 = -1) {
        self.oid = oid
        self.modifier = modifier
    }
}

extension SQLType {
    package static let bool = SQLType(16)
    package static let bytea = SQLType(17)
    package static let char = SQLType(18)
    package static let name = SQLType(19)
    package static let int8 = SQLType(20)
    package static let int2 = SQLType(21)
    package static let int2vector = SQLType(22)
    package static let int4 = SQLType(23)
    package static let regproc = SQLType(24)
    package static let text = SQLType(25)
    package static let oid = SQLType(26)
    package static let tid = SQLType(27)
    package static let xid = SQLType(28)
    package static let cid = SQLType(29)
    package static let oidvector = SQLType(30)
    package static let json = SQLType(114)
    package static let pgNodeTree = SQLType(194)
    package static let cidr = SQLType(650)
    package static let float4 = SQLType(700)
    package static let float8 = SQLType(701)
    package static let unknown = SQLType(705)
    package static let inet = SQLType(869)
    package static let bpchar = SQLType(1042)
    package static let varchar = SQLType(1043)
    package static let date = SQLType(1082)
    package static let time = SQLType(1083)
    package static let timestamp = SQLType(1114)
    package static let timestamptz = SQLType(1184)
    package static let interval = SQLType(1186)
    package static let timetz = SQLType(1266)
    package static let bit = SQLType(1560)
    package static let varbit = SQLType(1562)
    package static let numeric = SQLType(1700)
    package static let regprocedure = SQLType(2202)
    package static let regoperator = SQLType(2204)
    package static let regclass = SQLType(2205)
    package static let regtype = SQLType(2206)
    package static let record = SQLType(2249)
    package static let any = SQLType(2276)
    package static let anyarray = SQLType(2277)
    package static let void = SQLType(2278)
    package static let anyelement = SQLType(2283)
    package static let anynonarray = SQLType(2776)
    package static let anyenum = SQLType(3500)
    package static let uuid = SQLType(2950)
    package static let pgLSN = SQLType(3220)
    package static let tsvector = SQLType(3614)
    package static let tsquery = SQLType(3615)
    package static let regconfig = SQLType(3734)
    package static let regdictionary = SQLType(3769)
    package static let jsonb = SQLType(3802)
    package static let jsonpath = SQLType(4072)
    package static let regnamespace = SQLType(4089)
    package static let regrole = SQLType(4096)
    package static let anycompatible = SQLType(5077)
    package static let anycompatiblearray = SQLType(5078)
    package static let anycompatiblenonarray = SQLType(5079)

    /// The type of a field of an open table: it takes the type that it meets, value by value. No client sees this number.
    package static let open = SQLType(0xFFFF_FF01)
}
