@_exported public import ReQLish
