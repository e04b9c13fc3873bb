import httpd

extension ServeSettings {
    /// The lease that decides who is the primary; nil: none does.
    ///
    /// - Throws: what is not understood, or missing.
    func lease(isPlainWanted: Bool = false) throws -> LeaseSettings? {
        let (text, source) = value("lease")
        guard !text.isEmpty else {
            guard value("advertise").value.isEmpty else {
                throw CommandError.usage("advertise (\(value("advertise").source)) goes with lease.")
            }
            return nil
        }
        guard value("standby-of").value.isEmpty else {
            throw CommandError.usage("standby-of and lease (\(source)) are two ways to say who is the primary; give one.")
        }
        let (authority, token) = (value("standby-ca").value, value("token-file").value)
        return LeaseSettings(
            address: try EtcdAddress(text, authorities: authority.isEmpty ? nil : authority),
            seconds: try number("lease-time", in: 3...600), advertised: try advertised(),
            token: token.isEmpty ? "" : try firstLine(ofFile: token), authorities: authority.isEmpty ? nil : authority,
            isPlainWanted: isPlainWanted)
    }

    /// The address by which others reach this server's port of HTTP.
    private func advertised() throws -> String {
        let text = value("advertise").value
        if text.isEmpty {
            let configuration = try configuration()
            guard configuration.addresses.count == 1, let address = configuration.addresses.first, configuration.port != 0,
                !address.allSatisfy({ "0.:".contains($0) })
            else {
                throw CommandError.usage(
                    "lease needs advertise, the URL by which others reach this server, unless bind names one address and http-port a port.")
            }
            let scheme = configuration.tls == nil ? "http" : "https"
            return "\(scheme)://\(address.contains(":") ? "[\(address)]" : address):\(configuration.port)"
        }
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.contains(where: \.isWhitespace) else {
            throw CommandError.usage("advertise is http://HOST:PORT or https://HOST:PORT, not “\(text)”.")
        }
        _ = try ServerAddress(text)
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
