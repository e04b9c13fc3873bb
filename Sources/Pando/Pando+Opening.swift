public import ReQLish
internal import SQL

extension Pando {
    /// Opens a file, creating it if the options allow. What queries write to tables that SQL has declared is held to that.
    ///
    /// Throws `operationFailed` if it can't be opened: it is not a Pando file, another process writes it, a page is damaged.
    public convenience init(path: String, options: PandoOptions = PandoOptions()) throws(ReQLError) {
        do {
            self.init(try Catalog.open(path: path, options: options.catalog), options: options)
        } catch {
            throw ReQLError(error)
        }
        SQLDeclarations.register(with: self)
    }
}
