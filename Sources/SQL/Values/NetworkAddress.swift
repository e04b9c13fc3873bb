/// An address of the Internet with the length of its network: inet and cidr.
package struct NetworkAddress: Hashable, Sendable {
}
