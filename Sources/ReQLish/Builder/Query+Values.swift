// Objects, arrays, sets, strings.
extension Query {
    // MARK: Fields and elements

    /// A field; of a sequence, that field of each element that has it. `u("age")`
    public subscript(_ field: String) -> Query { Query(.bracket, [self, Query(field)]) }

    /// An element; a negative position counts from the end. `x(0)`
    public subscript(_ position: Int) -> Query { Query(.bracket, [self, Query(position)]) }

    /// A field or element that the query computes. `u(key)`
    public subscript(_ key: Query) -> Query { Query(.bracket, [self, key]) }

    /// A field, never an element. `u.getField("age")`
    public func getField(_ name: some QueryConvertible) -> Query { Query(.getField, [self, name.query]) }

    /// Whether an object has all these fields, none of them null; of a sequence, the elements that do. `u.hasFields("age", {home: "city"})`
    public func hasFields(_ fields: Query...) -> Query { Query(.hasFields, [self] + fields) }

    /// Whether an object has all these fields; of a sequence, the elements that do. `u.hasFields(field)`
    @_disfavoredOverload
    public func hasFields<each Field: QueryConvertible>(_ fields: repeat each Field) -> Query {
        Query(.hasFields, [self] + Query.list(repeat each fields))
    }

    /// Only these fields. `u.pluck("id", {home: ["city"]})`
    public func pluck(_ fields: Query...) -> Query { Query(.pluck, [self] + fields) }

    /// Only these fields. `u.pluck(field)`
    @_disfavoredOverload
    public func pluck<each Field: QueryConvertible>(_ fields: repeat each Field) -> Query {
        Query(.pluck, [self] + Query.list(repeat each fields))
    }

    /// All fields but these. `u.without("password")`
    public func without(_ fields: Query...) -> Query { Query(.without, [self] + fields) }

    /// All fields but these. `u.without(field)`
    @_disfavoredOverload
    public func without<each Field: QueryConvertible>(_ fields: repeat each Field) -> Query {
        Query(.without, [self] + Query.list(repeat each fields))
    }

    /// Merged with objects, deeply, left to right. `u.merge({seen: r.now()})`
    public func merge(_ objects: Query...) -> Query { Query(.merge, [self] + objects) }

    /// Merged with a Swift value, deeply. `u.merge({age: 37})`
    @_disfavoredOverload
    public func merge(_ object: some Encodable) -> Query { Query(.merge, [self, Query(encoding: object)]) }

    /// Merged with what a function makes of it. `u.merge(x => ({next: x("age").add(1)}))`
    public func merge(_ make: (Query) -> Query) -> Query { Query(.merge, [self, Self.function(make)]) }

    /// The names of an object's fields, sorted. `u.keys()`
    public func keys() -> Query { Query(.keys, [self]) }

    /// The values of an object's fields, in the order of their names. `u.values()`
    public func values() -> Query { Query(.values, [self]) }

    // MARK: Arrays

    /// With a value at the end. `x.append(5)`
    public func append(_ value: Query) -> Query { Query(.append, [self, value]) }

    /// With a value at the end. `x.append(v)`
    public func append(_ value: some QueryConvertible) -> Query { Query(.append, [self, value.query]) }

    /// With a value at the front. `x.prepend(5)`
    public func prepend(_ value: Query) -> Query { Query(.prepend, [self, value]) }

    /// With a value at the front. `x.prepend(v)`
    public func prepend(_ value: some QueryConvertible) -> Query { Query(.prepend, [self, value.query]) }

    /// With a value put in before a position. `x.insertAt(0, "a")`
    public func insertAt(_ position: some QueryConvertible, _ value: Query) -> Query { Query(.insertAt, [self, position.query, value]) }

    /// With a value put in before a position. `x.insertAt(0, v)`
    public func insertAt(_ position: some QueryConvertible, _ value: some QueryConvertible) -> Query {
        Query(.insertAt, [self, position.query, value.query])
    }

    /// With an array's elements put in before a position. `x.spliceAt(0, [1, 2])`
    public func spliceAt(_ position: some QueryConvertible, _ values: some QueryConvertible) -> Query {
        Query(.spliceAt, [self, position.query, values.query])
    }

    /// Without the element at a position. `x.deleteAt(0)`
    public func deleteAt(_ position: some QueryConvertible) -> Query { Query(.deleteAt, [self, position.query]) }

    /// Without the elements from one position up to another. `x.deleteAt(0, 2)`
    public func deleteAt(_ start: some QueryConvertible, _ end: some QueryConvertible) -> Query {
        Query(.deleteAt, [self, start.query, end.query])
    }

    /// With another value at a position. `x.changeAt(0, "a")`
    public func changeAt(_ position: some QueryConvertible, _ value: Query) -> Query { Query(.changeAt, [self, position.query, value]) }

    /// With another value at a position. `x.changeAt(0, v)`
    public func changeAt(_ position: some QueryConvertible, _ value: some QueryConvertible) -> Query {
        Query(.changeAt, [self, position.query, value.query])
    }

    // MARK: Sets

    /// With a value, each value once. `x.setInsert("a")`
    public func setInsert(_ value: Query) -> Query { Query(.setInsert, [self, value]) }

    /// With a value, each value once. `x.setInsert(v)`
    public func setInsert(_ value: some QueryConvertible) -> Query { Query(.setInsert, [self, value.query]) }

    /// The values of both, each once. `x.setUnion([1, 2])`
    public func setUnion(_ other: Query) -> Query { Query(.setUnion, [self, other]) }

    /// The values of both, each once. `x.setUnion(values)`
    public func setUnion(_ other: some QueryConvertible) -> Query { Query(.setUnion, [self, other.query]) }

    /// The values in both, each once. `x.setIntersection([1, 2])`
    public func setIntersection(_ other: Query) -> Query { Query(.setIntersection, [self, other]) }

    /// The values in both, each once. `x.setIntersection(values)`
    public func setIntersection(_ other: some QueryConvertible) -> Query { Query(.setIntersection, [self, other.query]) }

    /// The values not in the other, each once. `x.setDifference([1, 2])`
    public func setDifference(_ other: Query) -> Query { Query(.setDifference, [self, other]) }

    /// The values not in the other, each once. `x.setDifference(values)`
    public func setDifference(_ other: some QueryConvertible) -> Query { Query(.setDifference, [self, other.query]) }

    // MARK: Strings

    /// The first match of a regular expression (RE2 syntax), or null. `u("name").match("^A(.*)")`
    public func match(_ pattern: some QueryConvertible) -> Query { Query(.match, [self, pattern.query]) }

    /// The words between white space. `x.split()`
    public func split() -> Query { Query(.split, [self]) }

    /// The pieces between separators. `x.split(",")`
    public func split(_ separator: some QueryConvertible) -> Query { Query(.split, [self, separator.query]) }

    /// The pieces between separators, after at most `maximum` splits. `x.split(",", 1)`
    public func split(_ separator: Query, _ maximum: some QueryConvertible) -> Query { Query(.split, [self, separator, maximum.query]) }

    /// With the letters a–z in upper case. `x.upcase()`
    public func upcase() -> Query { Query(.upcase, [self]) }

    /// With the letters A–Z in lower case. `x.downcase()`
    public func downcase() -> Query { Query(.downcase, [self]) }

    /// A template filled in with an object's fields. `r.expr("Dear {name}").format(u)`
    public func format(_ values: Query) -> Query { Query(.format, [self, values]) }

    /// A template filled in with the fields of a Swift value. `r.expr("Dear {name}").format({name: "Ada"})`
    public func format(_ values: some Encodable) -> Query { Query(.format, [self, Query(encoding: values)]) }

    // MARK: Types

    /// The same value as another type. `x.coerceTo("string")`
    public func coerceTo(_ type: some QueryConvertible) -> Query { Query(.coerceTo, [self, type.query]) }

    /// The name of the value's type. `x.typeOf()`
    public func typeOf() -> Query { Query(.typeOf, [self]) }

    /// The value as JSON text. `x.toJsonString()`
    public func toJSONString() -> Query { Query(.toJSONString, [self]) }
}
