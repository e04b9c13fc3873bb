/// All built-in functions, operators and casts, and how PostgreSQL chooses among those of one name.
package enum FunctionTable {
    /// What a call or an operator came to mean: the function, and the type that each argument is cast to first.
    package struct Resolved: Sendable {
        package var function: SQLFunction
        /// One for each argument that was given; those of a variadic function are its element type.
        package var argumentTypes: [SQLType]
        package var resultType: SQLType
        /// Whether the arguments from the variadic one on are to be gathered in an array.
        package var gathersVariadic: Bool

        package init(function: SQLFunction, argumentTypes: [SQLType], resultType: SQLType, gathersVariadic: Bool) {
            self.function = function
            self.argumentTypes = argumentTypes
            self.resultType = resultType
            self.gathersVariadic = gathersVariadic
        }
    }
}
