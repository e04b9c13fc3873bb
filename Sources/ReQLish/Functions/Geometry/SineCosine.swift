#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

// Angles in degrees, computed so that multiples of 90° come out exact.

/// The sine and cosine of an angle, scaled together.
struct SineCosine {
    var sine: Double
    var cosine: Double

    init(_ sine: Double, _ cosine: Double) {
        self.sine = sine
        self.cosine = cosine
    }

    init(radians: Double) {
        sine = sin(radians)
        cosine = cos(radians)
    }

    /// By operations that round alike on every machine, which the library's sine and cosine need not. Exact at the multiples of 90°, and
    /// right to about the last digit.
    init(reproducibleDegrees degrees: Double) {
        let rest = degrees.remainder(dividingBy: 90)
        let quadrant = Int(((degrees - rest) / 90).rounded())
        // Taylor's series; of at most 45° the first term left out is less than 10⁻¹⁹.
        let x = rest * (.pi / 180)
        let square = x * x
        var s = 0.0
        var c = 0.0
        for n in stride(from: 17.0, through: 3, by: -2) { s = (1 + s) * -square / (n * (n - 1)) }
        for n in stride(from: 18.0, through: 4, by: -2) { c = (1 + c) * -square / (n * (n - 1)) }
        s = x + x * s
        // The largest part of the cosine's error would be that of 1 − x²/2.
        let half = square / 2
        c = (1 - half) + ((1 - (1 - half)) - half - half * c)
        switch quadrant & 3 {
        case 0: self.init(s, c)
        case 1: self.init(c, -s)
        case 2: self.init(-s, -c)
        default: self.init(-c, s)
        }
    }

    /// Both divided by their root of squares.
    var normalized: SineCosine {
        let length = Self.hypotenuse(sine, cosine)
        return SineCosine(sine / length, cosine / length)
    }

    /// √(x² + y²) by operations that round alike on every machine, which the library's function need not. Neither number is large
    /// here, nor both too small for their squares.
    static func hypotenuse(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }

    /// Rounds an angle next to zero, so that it has no more digits behind the point than one at 1/16.
    static func roundedAngle(_ degrees: Double) -> Double {
        let step = 1.0 / 16
        var size = abs(degrees)
        size = size < step ? step - (step - size) : size
        return degrees < 0 ? -size : size
    }

    /// `to − from` in −180...180, and what of it a double has no digits for.
    static func difference(from: Double, to: Double) -> (degrees: Double, error: Double) {
        let (first, error) = sum((-from).remainder(dividingBy: 360), to.remainder(dividingBy: 360))
        var (degrees, rest) = sum(first.remainder(dividingBy: 360), error)
        if degrees == 0 || abs(degrees) == 180 {
            degrees = Double(signOf: rest == 0 ? to - from : -rest, magnitudeOf: degrees)
        }
        return (degrees, rest)
    }

    private static func sum(_ a: Double, _ b: Double) -> (sum: Double, error: Double) {
        let sum = a + b
        let b2 = sum - a
        let a2 = sum - b2
        return (sum, (a - a2) + (b - b2))
    }
}
