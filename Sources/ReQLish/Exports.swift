@_exported public import Catalog
