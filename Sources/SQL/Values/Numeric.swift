/// A decimal number of any size: up to 131,072 digits before the point and 16,383 after it. Also NaN and the infinities.
package struct Numeric: Sendable {
}
