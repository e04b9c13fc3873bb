/// A place on the globe, in degrees: longitude −180...180, latitude −90...90.
struct Position: Hashable {
    var longitude: Double
    var latitude: Double
}
