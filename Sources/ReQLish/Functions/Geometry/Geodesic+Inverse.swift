#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// The inverse problem: how far it is from one point to another.
extension Geodesic {
    private static let tolerance0 = Double.ulpOfOne
    private static let tolerance1 = 200 * tolerance0
    private static let tolerance2 = tolerance0.squareRoot()
    private static let bisectionTolerance = tolerance0 * tolerance2
    private static let antipodalThreshold = 1000 * tolerance2
    private static let newtonSteps = 20
    private static let allSteps = newtonSteps + Double.significandBitCount + 1 + 10

    /// The length of the shortest way.
    func distance(_ first: Position, _ second: Position) -> Double {
        // Turned around so that the first latitude is the lower one and not north of the equator, and the second point is east.
        let difference = SineCosine.difference(from: first.longitude, to: second.longitude)
        let lambda = abs(SineCosine.roundedAngle(difference.degrees + difference.error))
        var latitude1 = SineCosine.roundedAngle(first.latitude)
        var latitude2 = SineCosine.roundedAngle(second.latitude)
        if abs(latitude1) < abs(latitude2) { swap(&latitude1, &latitude2) }
        if latitude1 >= 0 { (latitude1, latitude2) = (-latitude1, -latitude2) }

        var ends = Ends(beta1: reduced(latitude: latitude1), beta2: reduced(latitude: latitude2))
        ends.settle(ep2: ep2)
        let lambda12 = lambda * (.pi / 180)
        let direction = SineCosine(lambda == 180 ? 0 : sin(lambda12), cos(lambda12))
        if latitude1 == -90 || direction.sine == 0, let length = alongMeridian(ends, direction) { return length }
        if ends.beta1.sine == 0, f <= 0 || lambda12 <= .pi - f * .pi { return a * lambda12 }  // along the equator
        return byAzimuth(ends, lambda: lambda12, direction)
    }

    /// The reduced latitudes of both ends.
    private struct Ends {
        var beta1: SineCosine
        var beta2: SineCosine
        var dn1 = 1.0
        var dn2 = 1.0

        /// Latitudes that are equal or opposite are so in every digit.
        mutating func settle(ep2: Double) {
            if beta1.cosine < -beta1.sine {
                if beta2.cosine == beta1.cosine { beta2.sine = beta2.sine < 0 ? beta1.sine : -beta1.sine }
            } else if abs(beta2.sine) == -beta1.sine {
                beta2.cosine = beta1.cosine
            }
            dn1 = (1 + ep2 * beta1.sine * beta1.sine).squareRoot()
            dn2 = (1 + ep2 * beta2.sine * beta2.sine).squareRoot()
        }
    }

    /// A geodesic on the auxiliary sphere, from σ₁ to σ₂.
    private struct Arc {
        var sigma12: Double
        var sigma1: SineCosine
        var sigma2: SineCosine
        var epsilon: Double

        /// σ₁₂ from both ends.
        static func angle(_ sigma1: SineCosine, _ sigma2: SineCosine) -> Double {
            // The sum turns a negative zero, with which the angle would be −π, into a positive one.
            atan2(
                max(0, sigma1.cosine * sigma2.sine - sigma1.sine * sigma2.cosine) + 0,
                sigma1.cosine * sigma2.cosine + sigma1.sine * sigma2.sine)
        }
    }

    /// Distance and reduced length of an arc, and the scale of the latter, all in units of b (equations 7, 38, 40).
    private func lengths(_ arc: Arc, _ ends: Ends) -> (distance: Double, reduced: Double, scale: Double) {
        let e = arc.epsilon
        let a1m1 = GeodesicSeries.a1m1(e)
        let a2m1 = GeodesicSeries.a2m1(e)
        let c1 = GeodesicSeries.c1(e)
        let c2 = GeodesicSeries.c2(e)
        let b1 = GeodesicSeries.sum(c1, arc.sigma2) - GeodesicSeries.sum(c1, arc.sigma1)
        let b2 = GeodesicSeries.sum(c2, arc.sigma2) - GeodesicSeries.sum(c2, arc.sigma1)
        let scale = a1m1 - a2m1
        let j12 = scale * arc.sigma12 + ((1 + a1m1) * b1 - (1 + a2m1) * b2)
        let (s1, s2) = (arc.sigma1, arc.sigma2)
        let reduced = ends.dn2 * (s1.cosine * s2.sine) - ends.dn1 * (s1.sine * s2.cosine) - s1.cosine * s2.cosine * j12
        return ((1 + a1m1) * arc.sigma12 + (1 + a1m1) * b1, reduced, scale)
    }

    /// The way along a meridian; nil if that is not the shortest one.
    private func alongMeridian(_ ends: Ends, _ lambda12: SineCosine) -> Double? {
        let sigma1 = SineCosine(ends.beta1.sine, lambda12.cosine * ends.beta1.cosine)
        let sigma2 = ends.beta2
        let arc = Arc(sigma12: Arc.angle(sigma1, sigma2), sigma1: sigma1, sigma2: sigma2, epsilon: n)
        let (distance, reduced, _) = lengths(arc, ends)
        guard arc.sigma12 < 1 || reduced >= 0 else { return nil }
        return distance * b
    }

    /// The general case: finds the azimuth at the first end with which the second is met.
    private func byAzimuth(_ ends: Ends, lambda: Double, _ lambda12: SineCosine) -> Double {
        var alpha: SineCosine
        switch start(ends, lambda: lambda, lambda12) {
        case .length(let length): return length
        case .azimuth(let azimuth): alpha = azimuth
        }
        // Newton's method within a bracket; where that leaves the bracket, halving it.
        var low = SineCosine(Self.tiny, 1)
        var high = SineCosine(Self.tiny, -1)
        var isNear = false
        var isDone = false
        var arc: Arc
        var step = 0
        while true {
            let isNewton = step < Self.newtonSteps
            let miss = longitude(ends, alpha, lambda: lambda, derivative: isNewton)
            arc = miss.arc
            if isDone || !(abs(miss.error) >= (isNear ? 8 : 2) * Self.tolerance0) || step == Self.allSteps { break }
            if miss.error > 0, step > Self.newtonSteps || alpha.cosine / alpha.sine > high.cosine / high.sine {
                high = alpha
            } else if miss.error < 0, step > Self.newtonSteps || alpha.cosine / alpha.sine < low.cosine / low.sine {
                low = alpha
            }
            step += 1
            if step < Self.newtonSteps, miss.derivative > 0 {
                let change = -miss.error / miss.derivative
                let next = alpha.plus(SineCosine(radians: change))
                if abs(change) < .pi, next.sine > 0 {
                    alpha = next.normalized
                    isNear = abs(miss.error) <= 16 * Self.tolerance0
                    continue
                }
            }
            alpha = SineCosine((low.sine + high.sine) / 2, (low.cosine + high.cosine) / 2).normalized
            isNear = false
            isDone =
                abs(low.sine - alpha.sine) + (low.cosine - alpha.cosine) < Self.bisectionTolerance
                || abs(alpha.sine - high.sine) + (alpha.cosine - high.cosine) < Self.bisectionTolerance
        }
        return lengths(arc, ends).distance * b
    }

    private enum Start {
        /// The points are so near each other that this is the answer.
        case length(Double)
        case azimuth(SineCosine)
    }

    /// Where the search for the azimuth begins.
    private func start(_ ends: Ends, lambda: Double, _ lambda12: SineCosine) -> Start {
        let (b1, b2) = (ends.beta1, ends.beta2)
        let sineDifference = b2.sine * b1.cosine - b2.cosine * b1.sine
        let sineSum = b2.sine * b1.cosine + b2.cosine * b1.sine
        let cosineDifference = b2.cosine * b1.cosine + b2.sine * b1.sine
        let isShort = cosineDifference >= 0 && sineDifference < 0.5 && b2.cosine * lambda < 0.5
        var omega = lambda12
        var dn = 1.0
        if isShort {
            var mean = (b1.sine + b2.sine) * (b1.sine + b2.sine)
            mean /= mean + (b1.cosine + b2.cosine) * (b1.cosine + b2.cosine)
            dn = (1 + ep2 * mean).squareRoot()
            omega = SineCosine(radians: lambda / (f1 * dn))
        }
        let square = omega.sine * omega.sine
        var alpha = SineCosine(
            b2.cosine * omega.sine,
            omega.cosine >= 0
                ? sineDifference + b2.cosine * b1.sine * square / (1 + omega.cosine)
                : sineSum - b2.cosine * b1.sine * square / (1 - omega.cosine))
        let sigma = SineCosine(SineCosine.hypotenuse(alpha.sine, alpha.cosine), b1.sine * b2.sine + b1.cosine * b2.cosine * omega.cosine)
        let shortest = 0.1 * Self.tolerance2 / (max(0.001, abs(f)) * min(1, 1 - f / 2) / 2).squareRoot()
        if isShort, sigma.sine < shortest { return .length(atan2(sigma.sine, sigma.cosine) * b * dn) }
        // With points nearly opposite each other the sphere's azimuth may point the wrong way.
        if abs(n) < 0.1, sigma.cosine < 0, sigma.sine < 6 * abs(n) * .pi * b1.cosine * b1.cosine {
            alpha = nearlyAntipodal(ends, lambda12, sineSum: sineSum)
        }
        return .azimuth(alpha.sine > 0 ? alpha.normalized : SineCosine(1, 0))
    }

    /// The azimuth for nearly antipodal points, from the astroid that the geodesics of the first end are tangent to (section 5).
    private func nearlyAntipodal(_ ends: Ends, _ lambda12: SineCosine, sineSum: Double) -> SineCosine {
        let (b1, b2) = (ends.beta1, ends.beta2)
        let fromAntipode = atan2(-lambda12.sine, -lambda12.cosine)
        let x: Double
        let y: Double
        let longitudeScale: Double
        if f >= 0 {
            let e = GeodesicSeries.epsilon(k2: b1.sine * b1.sine * ep2)
            longitudeScale = f * b1.cosine * series.a3(e) * .pi
            x = fromAntipode / longitudeScale
            y = sineSum / (longitudeScale * b1.cosine)
        } else {
            let angle = atan2(sineSum, b2.cosine * b1.cosine - b2.sine * b1.sine)
            let arc = Arc(sigma12: .pi + angle, sigma1: SineCosine(b1.sine, -b1.cosine), sigma2: b2, epsilon: n)
            let (_, reduced, scale) = lengths(arc, ends)
            x = -1 + reduced / (b1.cosine * b2.cosine * scale * .pi)
            let latitudeScale = x < -0.01 ? sineSum / x : -f * b1.cosine * b1.cosine * .pi
            longitudeScale = latitudeScale / b1.cosine
            y = fromAntipode / longitudeScale
        }
        if y > -Self.tolerance1, x > -1 - Self.antipodalThreshold {
            if f >= 0 {
                let sine = min(1, -x)
                return SineCosine(sine, -(1 - sine * sine).squareRoot())
            }
            let cosine = max(x > -Self.tolerance1 ? 0 : -1, x)
            return SineCosine((1 - cosine * cosine).squareRoot(), cosine)
        }
        let k = Self.astroid(x, y)
        let omega = SineCosine(radians: longitudeScale * (f >= 0 ? -x * k / (1 + k) : -y * (1 + k) / k))
        return SineCosine(
            b2.cosine * omega.sine, sineSum - b2.cosine * b1.sine * omega.sine * omega.sine / (1 + omega.cosine))
    }

    /// The positive root of k⁴ + 2k³ − (x² + y² − 1) k² − 2y² k − y² = 0 (equation 55).
    static func astroid(_ x: Double, _ y: Double) -> Double {
        let p = x * x
        let q = y * y
        let r = (p + q - 1) / 6
        if q == 0, r <= 0 { return 0 }
        let s = p * q / 4
        let r3 = r * r * r
        let discriminant = s * (s + 2 * r3)
        var u = r
        if discriminant >= 0 {
            var t3 = s + r3
            t3 += t3 < 0 ? -discriminant.squareRoot() : discriminant.squareRoot()
            let t = cbrt(t3)
            u += t + (t != 0 ? r * r / t : 0)
        } else {
            let angle = atan2((-discriminant).squareRoot(), -(s + r3))
            u += 2 * r * cos(angle / 3)
        }
        let v = (u * u + q).squareRoot()
        let uv = u < 0 ? q / (v - u) : u + v
        let w = (uv - q) / (2 * v)
        return uv / ((uv + w * w).squareRoot() + w)
    }

    /// By how much a geodesic with an azimuth misses the second point's longitude where it meets its latitude.
    private func longitude(
        _ ends: Ends, _ azimuth: SineCosine, lambda: Double, derivative wantsDerivative: Bool
    ) -> (error: Double, derivative: Double, arc: Arc) {
        let (b1, b2) = (ends.beta1, ends.beta2)
        var alpha1 = azimuth
        // A geodesic from the equator along it would give no derivative.
        if b1.sine == 0, alpha1.cosine == 0 { alpha1.cosine = -Self.tiny }
        let alpha0 = SineCosine(alpha1.sine * b1.cosine, SineCosine.hypotenuse(alpha1.cosine, alpha1.sine * b1.sine))
        let omega1 = SineCosine(alpha0.sine * b1.sine, alpha1.cosine * b1.cosine)
        let sigma1 = SineCosine(b1.sine, omega1.cosine).normalized
        let cosineAlpha2: Double
        if b2.cosine != b1.cosine || abs(b2.sine) != -b1.sine {
            let part = alpha1.cosine * b1.cosine
            let rest =
                b1.cosine < -b1.sine
                ? (b2.cosine - b1.cosine) * (b1.cosine + b2.cosine) : (b1.sine - b2.sine) * (b1.sine + b2.sine)
            cosineAlpha2 = (part * part + rest).squareRoot() / b2.cosine
        } else {
            cosineAlpha2 = abs(alpha1.cosine)
        }
        let omega2 = SineCosine(alpha0.sine * b2.sine, cosineAlpha2 * b2.cosine)
        let sigma2 = SineCosine(b2.sine, omega2.cosine).normalized
        let k2 = alpha0.cosine * alpha0.cosine * ep2
        let e = GeodesicSeries.epsilon(k2: k2)
        let arc = Arc(sigma12: Arc.angle(sigma1, sigma2), sigma1: sigma1, sigma2: sigma2, epsilon: e)

        let omega12 = SineCosine(
            max(0, omega1.cosine * omega2.sine - omega1.sine * omega2.cosine) + 0,
            omega1.cosine * omega2.cosine + omega1.sine * omega2.sine)
        let c3 = series.c3(e)
        let b3 = GeodesicSeries.sum(c3, sigma2) - GeodesicSeries.sum(c3, sigma1)
        let error = atan2(omega12.sine, omega12.cosine) + alpha0.sine * (-f * series.a3(e)) * (arc.sigma12 + b3) - lambda
        guard wantsDerivative else { return (error, .nan, arc) }
        let derivative =
            cosineAlpha2 == 0
            ? -2 * f1 * ends.dn1 / b1.sine : lengths(arc, ends).reduced * f1 / (cosineAlpha2 * b2.cosine)
        return (error, derivative, arc)
    }
}
