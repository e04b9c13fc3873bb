/// The series that geodesics are computed with, to the sixth order of the third flattening n or of ε. Their coefficients are
/// those of C. F. F. Karney, "Algorithms for geodesics", Journal of Geodesy 87 (2013), 43–55, whose equations are named here.
/// For the Earth what is left out is less than a nanometre.
struct GeodesicSeries {
    /// Coefficients of sin 2kσ for k = 1...6, at these places; place 0 is not used.
    typealias Coefficients = InlineArray<7, Double>

    /// A₃ as a polynomial in ε, highest power first (equation 24).
    private var a3 = InlineArray<6, Double>(repeating: 0)
    /// C₃ₖ as polynomials in ε, divided by εᵏ, highest power first (equation 25).
    private var c3 = InlineArray<15, Double>(repeating: 0)

    init(thirdFlattening n: Double) {
        a3[0] = -3 / 128
        a3[1] = (-2 * n - 3) / 64
        a3[2] = ((-1 * n - 3) * n - 1) / 16
        a3[3] = ((3 * n - 1) * n - 2) / 8
        a3[4] = (n - 1) / 2
        a3[5] = 1

        c3[0] = 3 / 128
        c3[1] = (2 * n + 5) / 128
        c3[2] = ((-n + 3) * n + 3) / 64
        c3[3] = (-n * n + 1) / 8
        c3[4] = (-n + 1) / 4

        c3[5] = 5 / 256
        c3[6] = (n + 3) / 128
        c3[7] = ((-3 * n - 2) * n + 3) / 64
        c3[8] = ((n - 3) * n + 2) / 32

        c3[9] = 7 / 512
        c3[10] = (-10 * n + 9) / 384
        c3[11] = ((5 * n - 9) * n + 5) / 192

        c3[12] = 7 / 512
        c3[13] = (-14 * n + 7) / 512
        c3[14] = 21 / 2560
    }

    /// The ε that belongs to k² (equation 16).
    static func epsilon(k2: Double) -> Double { k2 / (2 * (1 + (1 + k2).squareRoot()) + k2) }

    func a3(_ e: Double) -> Double {
        var value = a3[0]
        for index in 1..<6 { value = value * e + a3[index] }
        return value
    }

    /// C₃ₖ for k = 1...5.
    func c3(_ e: Double) -> Coefficients {
        var result = Coefficients(repeating: 0)
        var power = 1.0
        var place = 0
        for k in 1...5 {
            var value = c3[place]
            for index in 1..<6 - k { value = value * e + c3[place + index] }
            place += 6 - k
            power *= e
            result[k] = value * power
        }
        return result
    }

    /// A₁ − 1 (equation 17).
    static func a1m1(_ e: Double) -> Double {
        let e2 = e * e
        return (e2 * (e2 * (e2 + 4) + 64) / 256 + e) / (1 - e)
    }

    /// A₂ − 1 (equation 42, with 1 − ε for its divisor).
    static func a2m1(_ e: Double) -> Double {
        let e2 = e * e
        return e2 * (e2 * (25 * e2 + 36) + 64) / 256 * (1 - e) - e
    }

    /// C₁ₖ (equation 18).
    static func c1(_ e: Double) -> Coefficients {
        let e2 = e * e
        return powers(
            e, [0, (6 - e2) * e2 - 16, (64 - 9 * e2) * e2 - 128, 9 * e2 - 16, 3 * e2 - 5, -7, -7], [1, 32, 2048, 768, 512, 1280, 2048])
    }

    /// C₁'ₖ, which turn the distance's angle τ back into σ (equation 21).
    static func c1Inverse(_ e: Double) -> Coefficients {
        let e2 = e * e
        return powers(
            e,
            [
                0, e2 * (205 * e2 - 432) + 768, e2 * (4005 * e2 - 4736) + 3840, 116 - 225 * e2, 2695 - 7173 * e2, 3467, 38081,
            ], [1, 1536, 12288, 384, 7680, 7680, 61440])
    }

    /// C₂ₖ (equation 43).
    static func c2(_ e: Double) -> Coefficients {
        let e2 = e * e
        return powers(
            e, [0, e2 * (e2 + 2) + 16, e2 * (35 * e2 + 64) + 384, 15 * e2 + 80, 7 * e2 + 35, 63, 77], [1, 32, 2048, 768, 512, 1280, 2048])
    }

    /// Each numerator times its power of ε, and then divided, in this order: the last digits depend on it.
    private static func powers(_ e: Double, _ numerators: Coefficients, _ denominators: Coefficients) -> Coefficients {
        var result = Coefficients(repeating: 0)
        var power = 1.0
        for k in 1...6 {
            power *= e
            result[k] = power * numerators[k] / denominators[k]
        }
        return result
    }

    /// Σ cₖ sin 2kσ, by Clenshaw's summation.
    static func sum(_ c: Coefficients, _ angle: SineCosine) -> Double {
        let factor = 2 * (angle.cosine - angle.sine) * (angle.cosine + angle.sine)
        var y0 = 0.0
        var y1 = 0.0
        for k in stride(from: 6, to: 0, by: -2) {
            y1 = factor * y0 - y1 + c[k]
            y0 = factor * y1 - y0 + c[k - 1]
        }
        return 2 * angle.sine * angle.cosine * y0
    }
}
