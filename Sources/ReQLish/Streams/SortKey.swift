/// A key to sort by.
struct SortKey {
    let function: Function
    let isDescending: Bool

    /// The key of a row; nil where it is not there, which sorts first.
    func value(of row: Datum, _ execution: Execution) throws(ReQLError) -> Datum? {
        try function.lookup(execution, row)
    }

    /// Compares two keys in this direction; a missing one comes first, or last when descending.
    func compare(_ left: Datum?, _ right: Datum?) -> Int {
        let order =
            switch (left, right) {
            case (nil, nil): 0
            case (nil, _): -1
            case (_, nil): 1
            case (let left?, let right?): Datum.compare(left, right)
            }
        return isDescending ? -order : order
    }
}

extension [SortKey] {
    /// Whether rows with these keys stand in this order, and not the other way around.
    func areInOrder(_ left: [Datum?], _ right: [Datum?]) -> Bool {
        for position in indices {
            let order = self[position].compare(left[position], right[position])
            if order != 0 { return order < 0 }
        }
        return false
    }
}
