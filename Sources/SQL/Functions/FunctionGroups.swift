extension FunctionTable {
    /// The functions of each subject, by name; a later group's stand for an earlier one's of the same name.
    static let groups: [[String: SQLFunction.Body]] = [
        ComparisonFunctions.bodies, ArithmeticFunctions.bodies, MathFunctions.bodies, CastFunctions.bodies, TextFunctions.bodies,
        DateTimeFunctions.bodies, JSONFunctions.bodies, JSONBuilding.bodies, JSONPathFunctions.bodies, ArrayFunctions.bodies,
        AggregateFunctions.bodies, StatisticsFunctions.bodies, TransitionFunctions.bodies, SeriesFunctions.bodies, NetworkFunctions.bodies,
        MiscellaneousFunctions.bodies, CatalogFunctions.bodies, FormattingFunctions.bodies, SessionFunctions.bodies,
        RegexFunctions.bodies, TextSearchFunctions.bodies, TextStatistics.bodies, BitStringFunctions.bodies,
        ExtensionFunctions.bodies,
    ]
}
