/// A cell of the globe: a square on a face of the cube around it, seen from the centre.
///
/// The six faces are cells of level 0, and each cell has four children of the next level, down to level 24, where a cell is about half
/// a metre wide. Its sides are arcs of great circles. A cell's number has, from the top,
///
///     3 bits       the face: 0 to 2 for the axes x, y, z, 3 to 5 for their far ends
///     2 per level  the bits of the place on the face, column and row by turns, the large ones first
///     1 bit        1
///     2 per level that is missing to 24: 0
///
/// so that the numbers of all cells inside a cell are a range around its own, and every number is an integer that a double holds. Index
/// entries have these numbers: none of this may change.
struct SphereCell: Hashable {
    static let maximumLevel = 24

    let face: Int
    let level: Int
    let column: Int
    let row: Int

    static let faces = (0..<6).map { SphereCell(face: $0, level: 0, column: 0, row: 0) }

    private init(face: Int, level: Int, column: Int, row: Int) {
        self.face = face
        self.level = level
        self.column = column
        self.row = row
    }

    /// The smallest cell that a point is in.
    init(_ point: SphereVector) {
        let sizes = SphereVector(abs(point.x), abs(point.y), abs(point.z))
        let axis = sizes.x >= sizes.y && sizes.x >= sizes.z ? 0 : sizes.y >= sizes.z ? 1 : 2
        func step(_ coordinate: Double) -> Int {
            let side = Double(1 << Self.maximumLevel)
            return min(Int((coordinate / sizes[axis] + 1) * (side / 2)), 1 << Self.maximumLevel - 1)
        }
        face = axis + (point[axis] < 0 ? 3 : 0)
        level = Self.maximumLevel
        column = step(point[(axis + 1) % 3])
        row = step(point[(axis + 2) % 3])
    }

    var id: Int {
        var path = face
        for bit in (0..<level).reversed() { path = path << 2 | (column >> bit & 1) << 1 | row >> bit & 1 }
        return (path << 1 | 1) << (2 * (Self.maximumLevel - level))
    }

    /// The numbers of this cell and of all inside it.
    var range: ClosedRange<Int> {
        let reach = 1 << (2 * (Self.maximumLevel - level)) - 1
        return (id - reach)...(id + reach)
    }

    var parent: SphereCell? {
        level == 0 ? nil : SphereCell(face: face, level: level - 1, column: column / 2, row: row / 2)
    }

    /// None at the last level.
    var children: [SphereCell] {
        guard level < Self.maximumLevel else { return [] }
        return (0..<4).map { SphereCell(face: face, level: level + 1, column: 2 * column + $0 / 2, row: 2 * row + $0 % 2) }
    }

    /// A circle around the cell: its middle, and how far from it, in a straight line, no point of the cell is further.
    var circle: (center: SphereVector, chord: Double) {
        let center = point(0.5, 0.5)
        var square = 0.0
        for corner in [point(0, 0), point(0, 1), point(1, 0), point(1, 1)] { square = max(square, (corner - center).squaredLength) }
        return (center, square.squareRoot())
    }

    /// A point of the cell, given by how far it is along the two sides.
    private func point(_ along: Double, _ across: Double) -> SphereVector {
        let scale = 2 / Double(1 << level)
        let axis = face % 3
        var point = SphereVector()
        point[axis] = face < 3 ? 1 : -1
        point[(axis + 1) % 3] = (Double(column) + along) * scale - 1
        point[(axis + 2) % 3] = (Double(row) + across) * scale - 1
        return point.normalized
    }
}
