#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// Shortest ways on an ellipsoid of revolution, by the method of C. F. F. Karney (see ``GeodesicSeries``).
///
/// On the Earth distances are right to about 15 nanometres, for nearly antipodal points too. With a flattening up to 1/50 that
/// holds relative to the size; beyond, the series lose digits.
struct Geodesic {
    /// The equatorial radius, in the unit that distances are in.
    let a: Double
    /// The flattening: (a − b) / a. Negative if the poles are further out than the equator.
    let f: Double
    /// The polar radius.
    let b: Double
    let f1: Double
    /// The square of the second eccentricity.
    let ep2: Double
    /// The third flattening.
    let n: Double
    let series: GeodesicSeries

    /// - Precondition: a positive radius, and a flattening below 1.
    init(a: Double, f: Double) {
        precondition(a > 0 && f < 1)
        self.a = a
        self.f = f
        f1 = 1 - f
        b = a * (1 - f)
        ep2 = f * (2 - f) / ((1 - f) * (1 - f))
        n = f / (2 - f)
        series = GeodesicSeries(thirdFlattening: n)
    }

    /// Small enough that its square is next to nothing, and large enough that it isn't nothing.
    static let tiny = Double.leastNormalMagnitude.squareRoot()

    /// The reduced latitude's sine and cosine. The cosine is not 0 at the poles.
    func reduced(latitude: Double) -> SineCosine {
        var beta = SineCosine(radians: latitude * (.pi / 180))
        if abs(latitude) == 90 { beta.cosine = Self.tiny }
        beta.sine *= f1
        beta = beta.normalized
        return beta
    }

    /// Where one arrives who goes a distance in a direction.
    ///
    /// - Parameter azimuth: Degrees from north, clockwise, in −180..<180.
    func destination(from start: Position, azimuth: Double, distance: Double) -> Position {
        // Angles and their units are computed step by step as RethinkDB's code does, whose last digits clients compare with.
        let azimuth = SineCosine.roundedAngle(azimuth)
        var alpha1 = SineCosine(radians: azimuth * (.pi / 180))
        if azimuth == -180 { alpha1.sine = 0 }
        if abs(azimuth) == 90 { alpha1.cosine = 0 }
        let beta1 = reduced(latitude: start.latitude)
        let alpha0 = SineCosine(alpha1.sine * beta1.cosine, SineCosine.hypotenuse(alpha1.cosine, alpha1.sine * beta1.sine))
        let omega1 = SineCosine(
            alpha0.sine * beta1.sine, beta1.sine != 0 || alpha1.cosine != 0 ? beta1.cosine * alpha1.cosine : 1)
        let sigma1 = SineCosine(beta1.sine, omega1.cosine).normalized

        let k2 = alpha0.cosine * alpha0.cosine * ep2
        let e = GeodesicSeries.epsilon(k2: k2)
        let a1 = 1 + GeodesicSeries.a1m1(e)
        let c1 = GeodesicSeries.c1(e)
        let b11 = GeodesicSeries.sum(c1, sigma1)
        let shift = SineCosine(radians: b11)
        let tau1 = sigma1.plus(shift)

        // From the distance to the angle σ.
        let tau12 = distance / (b * a1)
        let b12 = -GeodesicSeries.sum(GeodesicSeries.c1Inverse(e), tau1.plus(SineCosine(radians: tau12)))
        var sigma12 = tau12 - (b12 - b11)
        if abs(f) > 0.01 {
            // The series alone is too coarse; one step of Newton's method makes up for it.
            let sigma2 = sigma1.plus(SineCosine(radians: sigma12))
            let error = a1 * (sigma12 + (GeodesicSeries.sum(c1, sigma2) - b11)) - distance / b
            sigma12 -= error / (1 + k2 * sigma2.sine * sigma2.sine).squareRoot()
        }
        var sigma2 = sigma1.plus(SineCosine(radians: sigma12))

        // From σ to latitude and longitude.
        var beta2 = SineCosine(alpha0.cosine * sigma2.sine, SineCosine.hypotenuse(alpha0.sine, alpha0.cosine * sigma2.cosine))
        if beta2.cosine == 0 {
            beta2.cosine = Self.tiny
            sigma2.cosine = Self.tiny
        }
        let omega2 = SineCosine(alpha0.sine * sigma2.sine, sigma2.cosine)
        let omega12 = atan2(
            omega2.sine * omega1.cosine - omega2.cosine * omega1.sine, omega2.cosine * omega1.cosine + omega2.sine * omega1.sine)
        let c3 = series.c3(e)
        let b3 = GeodesicSeries.sum(c3, sigma2) - GeodesicSeries.sum(c3, sigma1)
        let lambda12 = omega12 - f * alpha0.sine * series.a3(e) * (sigma12 + b3)
        let eastward = Self.turned((lambda12 / (.pi / 180)).truncatingRemainder(dividingBy: 360))
        return Position(
            longitude: Self.turned(Self.turned(start.longitude) + eastward), latitude: atan2(beta2.sine, f1 * beta2.cosine) / (.pi / 180))
    }

    /// The longitude in −180..<180, of one that is at most a turn away.
    private static func turned(_ longitude: Double) -> Double {
        longitude >= 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude
    }
}

extension SineCosine {
    /// The sine and cosine of the sum of two angles.
    func plus(_ other: SineCosine) -> SineCosine {
        SineCosine(sine * other.cosine + cosine * other.sine, cosine * other.cosine - sine * other.sine)
    }
}
